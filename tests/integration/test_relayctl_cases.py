"""relayctl render --cases: templates with FreeMarker's settings, by the line."""

import json
import os

from controlling import BINARY, run
from harness.stage import ROOT

CONFORMANCE = ROOT / "tests/conformance"


def render(stage, *lines, check=True):
    """The results of such lines, and what was complained of."""
    text = "".join(line if isinstance(line, str) else json.dumps(line)
                   for line in lines for line in (line, "\n"))
    done = run(stage, "render", "--cases", "-", stdin=text, check=check)
    return [json.loads(line) for line in done.stdout.splitlines()], done


def case(template, **others):
    return {"id": "a", "template": template, "input": {"b": True, "n": 1234.5},
            **others}


def all_cases():
    inputs = (CONFORMANCE / "cases/inputs.jsonl").read_text("utf-8")
    inputs = [json.loads(line) for line in inputs.split("\n") if line]
    for path in sorted((CONFORMANCE / "cases").glob("tier*.jsonl")):
        for line in path.read_text("utf-8").split("\n"):
            if line:
                item = json.loads(line)
                if "input_ref" in item:
                    item["input"] = inputs[item["input_ref"]]
                yield item


def test_every_case_of_freemarkers_comes_out_in_order(stage):
    known = set((CONFORMANCE / "known-failures.txt").read_text().split())
    cases = list(all_cases())
    path = stage.write("cases.jsonl", "\n".join(map(json.dumps, cases)))
    done = run(stage, "render", "--cases", path)
    results = [json.loads(line) for line in done.stdout.split("\n") if line]
    assert [result["id"] for result in results] == \
        [item["id"] for item in cases]
    failed = [item["id"] for item, result in zip(cases, results)
              if item["ok"] != result["ok"] or
              item["ok"] and item["output"] != result["output"]]
    assert set(failed) == known


def test_freemarkers_defaults_apply_unless_the_case_sets_others(stage):
    results, _ = render(
        stage, case("${input.b}"), case("${input.b}", boolean_format="c"),
        case("${input.n}"), case("${input.n}", number_format="number"),
        case("[#if true]x[/#if]"),
        case("[#if true]x[/#if]", tag_syntax="square_bracket"),
        case("[#if true]x[/#if]", tag_syntax="auto_detect"),
        case(" [#ftl]\n[#if true]x[/#if]"))
    assert [result["ok"] for result in results] == [False] + [True] * 7
    assert [result.get("output") for result in results] == [
        None, "true", "1234.5", "1,234.5", "[#if true]x[/#if]", "x", "x", "x"]


def test_result_is_one_line_and_an_error_has_its_place(stage):
    results, done = render(stage, case("a\nb ${input.x}"), case("\n${"),
                           case("${'a\\nb'}é", id=7))
    assert done.stdout.split("\n")[2] == '{"id":7,"ok":true,"output":"a\\nbé"}'
    assert list(results[0]) == ["id", "ok", "error", "line", "column"]
    assert (results[0]["line"], results[0]["column"]) == (2, 5)
    assert "input.x" in results[0]["error"]
    assert results[1]["line"] == 2


def test_line_that_is_no_case_is_reported_and_the_rest_goes_on(stage):
    results, done = render(stage, "nonsense", "", case("x"), {"id": "no"},
                           "[]", '{"id": "cut"', case("y"), check=False)
    assert done.returncode == 1
    assert [(result["id"], result["ok"]) for result in results] == [
        (None, False), ("a", True), ("no", False), (None, False),
        (None, False), ("a", True)]
    assert [result["line"] for result in results if not result["ok"]] == [
        1, 4, 5, 6]
    assert "-:6: not a case: " in done.stderr
    assert done.stderr.count("\n") == 4


def test_cases_stand_alone_and_need_a_readable_file(stage):
    for arguments in (["--input", "-"], ["--destination", "event"]):
        done = run(stage, "render", "--cases", "-", *arguments, check=False)
        assert done.returncode == 2 and "stands alone" in done.stderr
    done = run(stage, "render", "--cases", stage.folder, check=False)
    assert done.returncode == 2 and "cannot read" in done.stderr


def test_output_that_cannot_be_written_is_1(stage):
    path = stage.write("cases.jsonl", json.dumps(case("x")))
    for redirection in (">/dev/full", ">&-"):
        done = run(stage, "--version")
        assert done.returncode == 0
        status = os.system(f"{BINARY} render --cases {path} {redirection} "
                           "2>/dev/null")
        assert os.waitstatus_to_exitcode(status) == 1
