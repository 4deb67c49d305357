"""Families of cases about templates: directives, macros, white space, syntax."""

TAGS = ['\n', '\n', '\n', ' ', '  ', '\t', 'x', 'y', '${1}', '<#if true>', '</#if>',
 '<#if false>', '<#else>', '<#list [1,2] as i>', '</#list>', '<#sep>',
 '<#-- c -->', '<#assign q=1>', '<#assign r>', '</#assign>', '<@m/>', '<@m>',
 '</@m>', '<#macro m>', '</#macro>', '<#t>', '<#lt>', '<#rt>', '<#nt>',
 '<#t/>', '<#local z=1>', '<#global g=1>', '<#setting number_format="0">',
 '<#noparse>', '</#noparse>', '<#compress>', '</#compress>', '<#switch 1>',
 '<#case 1>', '<#default>', '<#break>', '</#switch>', '<#attempt>',
 '<#recover>', '</#attempt>', '<#function f>', '<#return 1>', '</#function>',
 '<#nested>', '<#escape x as x>', '</#escape>', '<#noescape>', '</#noescape>',
 '\r\n', '\r', '\xa0', '\u3000', '<#ftl>', '<#items as i>', '</#items>',
 '<#list [1,2]>', '<#flush>', '<#stop>', '</#sep>', '<#elseif true>',
 '<#continue>', '<#-- a\nb -->', '\x0c', '\u2003', '\x0b', '\x1c',
 '<#visit x>', '<#comment>', '</#comment>', '{', '}', '","', '<#return>']
BLOCKS = [('<#if true>', '</#if>'), ('<#if false>', '</#if>'),
 ('<#list [1,2] as i>', '</#list>'), ('<#assign r>', '</#assign>'),
 ('<#macro m>', '</#macro>'), ('<@m>', '</@m>'),
 ('<#compress>', '</#compress>'), ('<#noparse>', '</#noparse>'),
 ('<#switch 1><#case 1>', '</#switch>'),
 ('<#attempt>', '<#recover></#attempt>'), ('<#escape x as x>', '</#escape>'),
 ('<#list [1,2] as i>', '<#else>z</#list>'),
 ('<#list [1,2]>h<#items as i>', '</#items>f</#list>'),
 ('<#if true>', '<#else>n</#if>'),
 ('<#list [1,2] as i>', '<#sep>,</#sep></#list>'), ('<#-- ', ' -->'),
 ('<#list [] as i>', '<#else>\nz\n</#list>'),
 ('<#switch 2>\n<#case 1>\none\n<#break>\n', '<#default>\nd\n</#switch>'),
 ('<#function f>', '<#return 1></#function>'),
 ('<#list [1,2] as i>', '<#sep>,\n</#list>'),
 ('<#if true>\n', '\n<#elseif false>\nq\n</#if>')]
LEAVES = ['\n', '\n', '\n', '\n', ' ', '  ', '\t', 'x', 'y', '${1}', '${q!}',
 '<#-- c -->', '<#assign q=1>', '<@m/>', '<#t>', '<#lt>', '<#rt>', '<#nt>',
 '\r\n', '\r', '<#global g=1>', '<#setting number_format="0">', '\xa0',
 '\u3000', '<#flush>', '<#break>', '{', '}', '",\n', '<#-- a\nb -->',
 '<#macro m>x</#macro>', '<#macro m>\nx\n</#macro>', '\x0c', '<#ftl>',
 '<#stop "x">', '\x0b', '\x1f', '\x85', "${'\n'}"]
OPERANDS = ['1', '2', '"a"', '"b"', '""', 'true', 'false', '[1]', '[]', '{}', '{"a":1}',
 'input.nul', 'input.nope', '(input.nope!)', '0', '1.0', '"1"',
 '"2024-01-01"?date.iso', '"2024-01-01T00:00:00Z"?datetime.iso', 'input.l',
 'input.h', '1..2', 'm', 'f', '"A"', '"é"', 'input.t', '-1']
PIECES = ['x', '${', '}', '${a', '<#', '<#if', '<#if ', '>', '</#if>', '<#list', 'as',
 '<#--', '-->', '<@', '<@m', '/>', '</@m>', '</@>', '<#else>', '<#elseif',
 '<#assign', '=', '"', "'", '(', ')', '[', ']', '{', '?', '??', '!', '.',
 '..', 'a', 'b', '1', '1.5', '-', '+', '*', '/', '%', '==', '<', '&lt;', 'gt',
 'lt', '&&', '||', 'and', 'or', 'not', 'in', 'using', 'true', 'false', 'null',
 ' ', '\n', ',', ';', ':', '->', '...', '=>', '<=', '\\', '#', '@', '$', '&',
 '<#noparse>', '</#noparse>', '<#comment>', '</#comment>',
 '<#foreach x in y>', '</#foreach>', '<#t>', '<#ftl>', '<#macro',
 '<#function', '<#return', '<#nested', '<#include', '<#import', '<#switch',
 '<#case', '<#default>', '</#switch>', '<#escape', '<#noescape>',
 '<#attempt>', '<#recover>', '<#setting', '<#stop', '<#visit', '<#transform',
 '<#call', '<#IF', '<#elseIf', '<#noEscape>', '?upperCase', '?upper_case',
 '?cap_first', '?capFirst', '<#compress>', '<#outputFormat', '<#autoEsc>',
 '<#sep>', '<#items', '<#else/>', '<#break/>', '<#end>', '<#assign x=1>',
 '${1}', '<#if true>', '<#list [1] as z>', '</#list>', '</#', '</', '<#-->',
 '--', 'r"', '#{', '[#if true]', '[=a]', '$', '${r"a"}', 'x?then(', '1)',
 '?string(', '?c', 'é', '?is_string', '_', '@a', '$a', 'a$', 'a-b', 'a:b',
 'a\\-b', '&amp;', '&gt;', 'gte', 'lte', '\\and', '!=', '+=', '++', '--',
 '**', 'true?c', '[1,2]', '{"a":1}', '{"a"}', '{a:1}', '(1)', '((', '))',
 '?size']
EXPRESSIONS = ['1', '"a"', 'true', 'x', 'input.n', 'input.s', '[1]', '{"a":1}', 'nope',
 '(1)', '-1', '!true', 'x!', 'x!1', '1..2', 'input.l[0]', 'input["n"]',
 'input.s?length', 'f(1)', '.version', 'r"a"', "'b'", 'input.h.a', '[1,2][0]',
 '{"a":1}.a', '"a"?upper_case', 'nope!1', '(nope)!2', 'nope??', 'x??', '!x??',
 '1.5', 'input.l?size', '"${1}"']
OPERATORS = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', 'gt', 'gte', '&&', '||',
 '..', '..<', '..*', '!', '?', '.', '[', '(', '??', ',', ' ', '=', 'and',
 'lt', '&lt;', '..!', '>', '>=', '!=', '===', '->', '?c', '?string',
 '?then(1,2)', '!!', ')', ']', '?is_string', '?size', '?has_content', '?? ']
SQUARE_PIECES = ['[#if true]', '[/#if]', '[#assign x=1]', '${x}', '[#-- c --]',
 '[#list [1,2] as i]', '[/#list]', '[=1]', '[=x!]', '<#if true>', '</#if>',
 '[@m/]', '[#macro m]z[/#macro]', '[', '[#', '[/', '[a]', '${[1][0]}',
 '[#noparse]', '[/#noparse]', '[#ftl]', '\n', ' ', 'x', '[#if (1 > 0)]',
 '[#if 1 > 0]', '[#if [1]?size == 1]', '[#else]', '#{1}', '[#t]', '[#else ]',
 '[/#if ]', '[#if true ]', '[#assign y = "a]b"]', '${"]"}',
 '[#assign x=[1,[2]]]', '<#-- c -->', '[#bogus]', '[/@m]', '[/@]', '[@m]',
 '[#break]', '[#sep],[/#sep]']
SPECIALS = ['args', 'auto_esc', 'autoEsc', 'caller_template_name', 'callerTemplateName',
 'current_node', 'current_template_name', 'currentTemplateName', 'data_model',
 'dataModel', 'error', 'get_optional_template', 'globals',
 'incompatible_improvements', 'incompatibleImprovements', 'lang', 'locale',
 'locale_object', 'localeObject', 'locals', 'main', 'main_template_name',
 'mainTemplateName', 'namespace', 'node', 'output_encoding', 'outputEncoding',
 'output_format', 'outputFormat', 'pass', 'template_name', 'templateName',
 'time_zone', 'timeZone', 'url_escaping_charset', 'urlEscapingCharset',
 'vars', 'version', 'bogus']
SPECIAL_USES = ['${.%s}', '${.%s!"d"}', '${(.%s)!"d"}', '${.%s???c}', '${.%s?is_string?c}',
 '${.%s?is_hash?c}', '${.%s?keys?join(",")}',
 '<#setting locale="de_DE">${.%s}', '<#setting time_zone="GMT+1">${.%s}',
 '<#macro m a b=2>${.%s}</#macro><@m a=1/>',
 '<#function f a><#return .%s></#function>${f(1)?size}',
 '<#attempt>${nope}<#recover>${.%s?length gt 3}</#attempt>',
 '<#setting url_escaping_charset="UTF-8">${.%s}', '<#assign x=1>${.%s.x}',
 '${.%s.input.n}', '${.%s["input"].n}',
 '<#setting output_encoding="UTF-8">${.%s}', '${.%s?size}',
 '<#ftl output_format="HTML">${.%s}', '${.%s?c}', '<#local z=1>${.%s}',
 '"${.%s}"', '${"${.%s}"}']
SETTINGS = ['number_format', 'boolean_format', 'date_format', 'time_format',
 'datetime_format', 'locale', 'time_zone', 'output_encoding',
 'url_escaping_charset', 'classic_compatible', 'numberFormat',
 'booleanFormat', 'sql_date_and_time_time_zone', 'tag_syntax', 'bogus',
 'whitespace_stripping', 'auto_esc', 'template_exception_handler', 'c_format',
 'datetimeFormat']
SETTING_VALUES = ['"0.00"', '"yes,no"', '"c"', '"true,false"', '"computer"', '"number"',
 '"iso"', '"UTC"', '"en_US"', '"de_DE"', '"ISO-8859-1"', 'true', 'false', '1',
 '"bogus"', '""', '"1,2,3"', 'nope', '","', '"a,"', '["x"]', '"yyyy"',
 '"xs"']
SETTING_USES = ['${1234.5}', '${true?string}', '${input.t?c}', '${.locale}', '${input.n}',
 '${true}', '${"é"?url}', '${"2024-01-02"?date.iso}',
 '${false?string} ${true?string}', '${.time_zone}', 'x', '${input.t}',
 '${(1.5)?string}', '${"yes"?boolean?c}']
DUMP = (
    "<#function dmp v><#if v?is_string><#return 's\"'+v+'\"'>"
    "<#elseif v?is_number><#return 'n'+v?c><#elseif v?is_boolean>"
    "<#return v?c><#elseif v?is_sequence>"
    "<#return '['+v?map(i->dmp(i!'NULL'))?join(',')+']'>"
    "<#elseif v?is_hash_ex><#local r='{'><#list v as k,i>"
    "<#local r+=k+':'+dmp(i!'NULL')+','></#list><#return r+'}'>"
    "<#elseif v?is_macro><#return 'macro'><#elseif v?is_method>"
    "<#return 'method'><#else><#return 'other'></#if></#function>")
FLOW_LEAVES = [
    "t", '${x!"-"}', '${i!"-"} ', "<#break>", "<#continue>", "<#sep>,",
    "${i?index}", "${i?has_next?c}", "${i?counter}", "<#assign x+=1>",
    "<#assign x++>", "<#global y=2>", "<#local q=1>", "<#return>",
    '<#stop "s">', "${i_index}", "${i_has_next?c}", '${k!"k"}=${v!"v"};',
    '${.error!"ne"}', "${i?is_first?c}", "${i?item_parity}",
    '${i?item_cycle("a","b")}', "${x?index}"]
FLOW_VALUES = ["1", '"a"', "input.n", "x!0", 'i!"-"', "input.l?size", "nope",
               "true", "(x!1)+1", "x", "y"]
FLOW_INPUT = {"n": 5, "l": ["a", "b"], "h": {"p": 1, "q": 2}, "nul": None}
ARGUMENTS = ["1", "2", '"s"', "true", "[1,2]", '{"k":1}', "input.nul", "input.n",
             "nope", "(nope!)", "nope!3", "[]", "{}", "1..2", '"${1}"']
WITH_ARGS = ["[1]", "[1,2]", "[1,2,3,4]", '{"a":1}', '{"b":2}', '{"z":3}',
             '{"a":1,"q":2}', "[]", "{}", '"x"', '{"a":input.nul}']
METHODS = ["contains", "starts_with", "replace", "split", "join", "index_of",
           "substring", "left_pad", "default", "keep_before", "chunk", "truncate",
           "matches", "remove_ending", "with_args", "c", "size"]
METHOD_USES = [
    "${%s}", "${(%s)???c}", '<#assign f=%s>${f("b")?c}', '<#assign f=%s>${f(1)}',
    '<#assign f=%s>${f("b","x")}', "${%s?is_method?c}",
    '${["b","z"]?filter(%s)?join(",")}', '${(%s)("b")?string}', "${%s?length}",
    '<#assign f=%s?with_args(["b"])>${f()?c}']
HEADERS = ["strip_whitespace", "strip_text", "output_format", "auto_esc",
           "encoding", "attributes", "ns_prefixes", "bogus", "stripWhitespace",
           "outputFormat", "autoEsc"]
HEADER_VALUES = ["true", "false", '"true"', '"HTML"', '"XML"', '"UTF-8"',
                 '{"a":1}', "1", "x", "{}", '"bogus"', '"undefined"', '"JSON"']
HEADER_USES = [
    '<#ftl %s=%s>\n  <#if true>\nx<b>${"<"}\n</#if>', '<#ftl %s=%s>${"a<b"}',
    "  <#ftl %s=%s>\ny", "<#ftl %s=%s />z", "[#ftl %s=%s]\n[#if true]q[/#if]<#if>",
    "<#-- c --><#ftl %s=%s>", "<#ftl %s = %s>a\n<#assign x = 1>\nb"]
COMPARE_OPERATORS = ["==", "!=", "=", "<", "lt", "<=", "lte", "gt", ">", ">=",
                     "&&", "||", "&", "|", "+", "-", "*", "/", "%", "&lt;", "..",
                     "===", "<>", "->", "??", "!"]
COMPARE_USES = ["<#if %s>T<#else>F</#if>", "${(%s)?c}", "<#if (%s)>T</#if>",
                "${%s}", "<#if !(%s)>T<#else>F</#if>", '${(%s)?then("y","n")}']
EXPRESSION_USES = [
    "${%s}", "<#if %s>y<#else>n</#if>", '<#assign z=%s>${z!"-"}',
    "<#list %s as q>${q}</#list>", '${(%s)!"d"}',
    "<@m a=%s b=2/><#macro m a b>${a}${b}</#macro>",
    "<@m %s 3/><#macro m a b>${a}${b}</#macro>", "${[%s]?size}",
    "<#switch %s><#case 1>one<#default>d</#switch>"]


class Templates:
    """Each method makes a case: template, input, settings."""

    def __init__(self, random):
        self.random = random
        self.choice = random.choice

    def maybe(self, share):
        return self.random.random() < share

    def some(self, pieces, least, most):
        return "".join(self.choice(pieces)
                       for _ in range(self.random.randint(least, most)))

    # --- white space and syntax

    def block(self, depth):
        text = ""
        for _ in range(self.random.randint(1, 5)):
            if depth > 0 and self.maybe(0.35):
                before, after = self.choice(BLOCKS)
                text += before + self.block(depth - 1) + after
            else:
                text += self.choice(LEAVES)
        return text

    def ws(self):
        text = self.some(TAGS, 2, 9)
        if self.maybe(0.75):
            text = self.block(3)
            if "@m" in text and "#macro" not in text:
                text += "<#macro m>M<#nested></#macro>"
            if self.maybe(0.1):
                text = self.choice(["<#ftl>", "<#ftl>\n",
                                    "<#ftl strip_whitespace=false>\n",
                                    "<#ftl strip_text=true>"]) + text
        return text, {}, {}

    def square(self):
        settings = {"tag_syntax": self.choice(
            ["square_bracket", "angle_bracket", "auto_detect"])}
        return (self.choice(["[#ftl]", "", "[#ftl]\n"]) +
                self.some(SQUARE_PIECES, 1, 6), {},
                settings if self.maybe(0.4) else {})

    def parse(self):
        return self.some(PIECES, 1, 7), {"n": 1}, {}

    def expr(self):
        text = "".join(self.choice(OPERATORS if i % 2 else EXPRESSIONS)
                       for i in range(self.random.randint(1, 7)))
        return (self.choice(EXPRESSION_USES).replace("%s", text),
                {"n": 5, "s": "str", "l": [3, 4], "h": {"a": 1}}, {})

    def cmp(self):
        text = " ".join([self.choice(OPERANDS), self.choice(COMPARE_OPERATORS),
                         self.choice(OPERANDS)])
        return ("<#macro m></#macro><#function f x=1><#return x></#function>" +
                self.choice(COMPARE_USES).replace("%s", text),
                {"l": [1], "h": {"a": 1}, "nul": None, "t": True}, {})

    # --- what is set, and by what

    def special(self):
        return (self.choice(SPECIAL_USES) % self.choice(SPECIALS), {"n": 5}, {})

    def setting(self):
        return (f"<#setting {self.choice(SETTINGS)}={self.choice(SETTING_VALUES)}>"
                + self.choice(SETTING_USES), {"n": 5.25, "t": True}, {})

    def ftl(self):
        return (self.choice(HEADER_USES) %
                (self.choice(HEADERS), self.choice(HEADER_VALUES)), {}, {})

    def assign(self):
        text = ""
        for _ in range(self.random.randint(1, 4)):
            name = self.choice(["x", "y", "z", '"x"', '"a b"', "x.y", "$d", "x\\-y"])
            value = self.choice(["1", '"s"', "[1]", '{"a":1}', "x", "y!5", "nope",
                                 "1..2", "true", "x!", "(x!0)+1", "0", "0.5"])
            operator = self.choice(["=", "+=", "-=", "*=", "/=", "%="])
            text += self.choice([
                f"<#assign {name}{operator}{value}>", f"<#assign {name}++>",
                f"<#assign {name}-->", f"<#assign {name}=1 y=x>",
                f'<#assign {name}>cap ${{x!"-"}}</#assign>', f"<#global {name}=7>",
                f"<#local {name}=8>", f"<#global {name}>gc</#global>"])
            text += self.choice(['${x!"-"}', '${y!"-"};', '${.globals.x!"ng"}',
                                 '${.main.x!"nm"}', '${.vars["x"]!"nv"}', "${x}", ""])
        return text, {"n": 5}, {}

    # --- flow

    def statement(self, depth):
        if depth <= 0 or self.maybe(0.25):
            return self.choice(FLOW_LEAVES + [
                "${%s}" % self.choice(FLOW_VALUES),
                "<#assign x=%s>" % self.choice(FLOW_VALUES)])
        inner = self.statements(depth - 1)
        other = self.statements(depth - 1)
        source = self.choice(["input.l", "1..3", "[]", "input.h?keys", "input.nul!",
                              '["a",input.nul,"c"]', "input.n", "nope"])
        condition = self.choice(["true", "false", "x??", "i??", "(x!0) == 1", "nope",
                                 "input.n gt 3", "i?is_last"])
        cases = "".join(
            f"<#case {self.choice(['1', '5', 'nope', 'x!2'])}>" +
            self.statements(depth - 1) +
            self.choice(["", "<#break>", "<#continue>"])
            for _ in range(self.random.randint(0, 2)))
        return self.choice([
            f"<#list {source} as i>{inner}</#list>",
            f"<#list {source} as i>{inner}<#else>E</#list>",
            f"<#list {source} as i>{inner}<#sep>,</#sep></#list>",
            f"<#list input.h as k, v>{inner}</#list>",
            f"<#list {source}>h<#items as i>{inner}<#sep>,</#items>f</#list>",
            f"<#if {condition}>{inner}<#else>{other}</#if>",
            f"<#if {condition}>{inner}<#elseif true>{other}</#if>",
            f"<#switch {self.choice(FLOW_VALUES)}>{cases}</#switch>",
            f"<#switch {self.choice(FLOW_VALUES)}>{cases}<#default>{inner}</#switch>",
            f"<#attempt>{inner}<#recover>R{other}</#attempt>",
            f"<#assign x>{inner}</#assign>",
            f"<#macro mm>{inner}</#macro><@mm/>"])

    def statements(self, depth):
        return "".join(self.statement(depth)
                       for _ in range(self.random.randint(1, 3)))

    def flow(self):
        return self.statements(3), FLOW_INPUT, {}

    # --- macros, functions, methods

    def body(self, names, is_function):
        name = self.choice(names)
        pieces = [f'[${{dmp({name}!"?")}}]', "${dmp(.args)}", f"${{({name})???c}}",
                  "<#list 1..2 as i>${i}</#list>", f"<#local {name}=9>",
                  "<#local loc=3>${loc}", '${glob!"ng"}', "text "]
        if is_function:
            return (self.some(pieces, 1, 3) +
                    f"<#return {self.choice(names + ['1'])}>")
        return self.some(pieces + ["<#nested>", "<#nested 5, 6>", "<#return>"], 1, 3)

    def macro(self):
        is_function = self.maybe(0.4)
        tag = "function" if is_function else "macro"
        names = ["a", "b", "c"][:self.random.randint(0, 3)]
        parameters = [
            name + self.choice(["", "", "=1", '="d"', "=b!6", "=nope", "=[]"])
            for name in names] + (["rest..."] if self.maybe(0.3) else [])
        between = self.choice([" ", ", "]) if is_function else " "
        text = between.join(parameters)
        text = f"({text})" if is_function and self.maybe(0.6) else " " + text
        text = (f"<#{tag} m{text}>" +
                self.body(names + ["rest", "zz"], is_function) + f"</#{tag}>")
        callee = "m"
        if self.maybe(0.35):
            built_in = self.choice(["with_args", "with_args_last"])
            text += f"<#assign p=m?{built_in}({self.choice(WITH_ARGS)})>"
            callee = "p"
        values = [self.choice(ARGUMENTS)
                  for _ in range(self.random.randint(0, 4))]
        if is_function:
            call = f"${{dmp({callee}({', '.join(values)}))}}"
        else:
            if self.maybe(0.5):
                values = [f"{self.choice('abcza')}={value}" for value in values]
            loop = self.choice(["", "", "; x", "; x, y"])
            call = self.choice([f"<@{callee} {' '.join(values)}{loop}/>",
                                f"<@{callee} {' '.join(values)}{loop}>"
                                'in${x!"-"}${a!"-"}</@>'])
        before = self.choice(["", '<#assign a="ga">', '<#global rest="gr">'])
        return (DUMP + before + self.choice([text + call, text + call + call]),
                {"n": 5, "nul": None}, {})

    def method(self):
        value = self.choice(['"abc"', "input.s", "5", "[1,2]", "(nope!)", "nope"])
        return (DUMP + self.choice(METHOD_USES).replace(
            "%s", f"{value}?{self.choice(METHODS)}"), {"s": "abc"}, {})
