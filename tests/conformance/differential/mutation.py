"""Cases made of FreeMarker's own: a few tokens of a template changed."""

import json
import pathlib
import re

CASES = pathlib.Path(__file__).parent.parent / "cases"
TOKEN = re.compile(
    r"</?[#@][a-zA-Z_.]*|\[/?[#@][a-zA-Z_]*|/?>|<#--|-->|\$\{|#\{|\?\??[a-zA-Z_]*"
    r"|[a-zA-Z_]\w*|\d+(?:\.\d+)?|r?'(?:[^'\\]|\\.)*'|r?\"(?:[^\"\\]|\\.)*\""
    r"|\.\.[<!*]?|[<>=!]=|&&|\|\||->|\+\+|--|[-+*/%]=|\n|[ \t]+|.", re.S)
OFTEN = ["\n", "  ", "\t", "\r\n", "<#if true>", "</#if>", "<#else>", "${", "}", "(",
         ")", "[", "]", "?", "!", "??", "'", '"', "<#assign q=1>", "<#-- c -->", "<#t>",
         "<#lt>", "<#rt>", ",", "..", "->", "=", "<#sep>", "null", "-", "?c", "\\"]
SETTINGS = ("number_format", "boolean_format", "tag_syntax")


def known_cases():
    inputs = (CASES / "inputs.jsonl").read_text("utf-8").split("\n")
    for path in sorted(CASES.glob("tier?.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            if line:
                case = json.loads(line)
                if "input_ref" in case:
                    case["input"] = json.loads(inputs[case["input_ref"]])
                yield case


class Mutation:
    """One method makes a case: template, input, settings."""

    def __init__(self, random):
        self.random = random
        self.cases = list(known_cases())
        self.tokens = [TOKEN.findall(case["template"]) for case in self.cases]
        self.all_tokens = sorted({token for tokens in self.tokens
                                  for token in tokens})

    def token(self):
        return self.random.choice(
            OFTEN if self.random.random() < 0.4 else self.all_tokens)

    def change(self, tokens):
        place = self.random.randrange(len(tokens))
        how = self.random.random()
        if how < 0.25:
            del tokens[place]
        elif how < 0.5:
            tokens.insert(place, self.token())
        elif how < 0.75:
            tokens[place] = self.token()
        elif how < 0.85:
            other = self.random.randrange(len(tokens))
            tokens[place], tokens[other] = tokens[other], tokens[place]
        else:
            other = self.random.choice(self.tokens)
            start = self.random.randrange(len(other) + 1)
            tokens[place:place] = other[start:start + self.random.randint(1, 8)]

    def mutation(self):
        index = self.random.randrange(len(self.cases))
        case, tokens = self.cases[index], list(self.tokens[index]) or ["x"]
        for _ in range(self.random.choice([1, 1, 1, 2, 2, 3])):
            self.change(tokens)
            tokens = tokens or ["x"]
        template = "".join(tokens).replace(".now", ".nul")
        return template, case.get("input"), {
            name: case[name] for name in SETTINGS if name in case}
