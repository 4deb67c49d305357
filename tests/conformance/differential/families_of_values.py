"""Families of cases about one value: numbers, dates, strings, sequences."""

STRINGS = ['', 'a', 'abc', 'Hello World', '  lead', 'trail  ', 'a b  c', 'aaa',
 'a.b.c', 'ÀÉ ü', 'ß', '😀', 'x😀y', 'é', 'Ǆ', 'İı', '日本 語', 'a\xa0b',
 'a\u3000b', '\u2003x\u2003', 'line1\nline2', 'l1\r\nl2\rl3\n', 'tab\there',
 '<b>&"\'/', '</script>', '<!--', '-->', ']]>', '\u2028\u2029',
 '\x00\x01\x1f\x7f\x85\x9f', '100%', 'a+b c', '\\', '\\\\"', '{}', '${x}',
 '1', '-1.5', '1e3', '0x1F', 'true', 'yes', 'one two three four',
 'one, two; three.', 'a-b_c d.e', 'user@example.com', '+380 (44) 123-45-67',
 '2024-03-05', '\ufeffbom', 'ŉ ﬁ', 'ΑΣ', 'straße', 'iİ', '\u200bzw',
 'abababababababababababababababababababab',
 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', 'a\nb\n\n',
 '...', 'a...b', '(x)', '[y]', '$1', 'a|b', 'A-B', 'camelCase',
 'snake_case', 'Zz', 'kK', 'Å Å']

DATE_TEXTS = ['2024-03-05', '2024-03-05T06:07:08Z', '2024-03-05T06:07:08.123Z',
 '2024-03-05T06:07:08+02:00', '2024-03-05 06:07:08',
 '2024-03-05 06:07:08.795000', '2024-12-31T23:59:59.999',
 '20240305T060708Z', '20240305', '1970-01-01', '0001-01-01', '-0001-01-01',
 '9999-12-31', '12024-01-01', '2024-02-29', '2023-02-29', '2024-13-45',
 '06:07:08', '06:07', '060708', '06:07:08.5Z', '24:00:00',
 '2024-03-05T24:00:00Z', 'Mar 5, 2024', 'Mar 5, 2024 6:07:08 AM', '3/5/24',
 '3/5/24 6:07 AM', 'March 5, 2024', 'Tuesday, March 5, 2024', '6:07:08 AM',
 '6:07 PM', '12:00 AM', '05.03.2024', '05/03/2024 14:07',
 'Tue, 05 Mar 2024 06:07:08 GMT', 'Tue, 05 Mar 2024 06:07:08 +0200',
 '2024-W10-2', '2024-065', '2024', '2024-03', '1582-10-10', '1582-10-15',
 '1582-10-04', '1500-02-29', '1900-02-29', '1709647629', '2024-03-05T06',
 '2024-03-05T06:07', '2024-03-05T06:07:08,5Z', '2024-03-05t06:07:08z',
 '2024-3-5', '2024-03-05Z', '2024-03-05+02:00', '2024-07-01T12:00:00 EST',
 '2024-07-01 12:00 America/New_York', '2024-07-01 12:00:00 EEST',
 '2024-07-01 12:00:00 +0300', '2024-07-01 12:00:00 GMT+3:00',
 '2024-07-01 12:00:00 +03', '2024-07-01 12:00:00 +03:00',
 '2024-07-01 12:00:00 PDT', '2024-07-01 12:00:00 GMT+03', '5 Tue 2024-03',
 '2024 10 Tue', 'x', '']

DATE_FORMATS = ['yyyy-MM-dd', 'yyyy-MM-dd HH:mm:ss', 'yyyy-MM-dd HH:mm:ss.S',
 'yyyy-MM-dd HH:mm:ss.SSS', "yyyy-MM-dd'T'HH:mm:ss",
 "yyyy-MM-dd'T'HH:mm:ssX", "yyyy-MM-dd'T'HH:mm:ss.SSSX",
 "yyyy-MM-dd'T'HH:mm:ss" + 3 * "X", "yyyy-MM-dd'T'HH:mm:ssZ", 'dd.MM.yyyy',
 'dd.MM.yyyy, HH:mm', 'MMM d, yyyy', 'MMMM d, yyyy',
 'EEE, dd MMM yyyy HH:mm:ss zzz', 'EEE, dd MMM yyyy HH:mm:ss Z', 'h:mm a',
 'hh:mm:ss a', 'K:mm a', 'kk:mm', 'H', 'D', 'w', 'W', 'F', 'u', 'E', 'EEEE',
 'EEEEE', 'G', 'GGGG', 'y', 'yy', 'yyy', 'yyyyy', 'M', 'MM', 'MMM', 'MMMM',
 'MMMMM', 'L', 'LLL', 'LLLL', 'd', 'ddd', 'a', 'aaaa', 'h', 'k', 'K', 'm',
 's', 'S', 'SS', 'SSSS', 'z', 'zz', 'zzzz', 'Z', 'ZZ', 'ZZZZ', 'X', 'XX',
 3 * 'X', 4 * 'X', 'Y', 'YYYY', 'YY', 'yyyyMMdd', 'yyyyMMddHHmmss', 'yyMMdd',
 "''yyyy''", "'date:' yyyy", "'", "yyyy'", 'b', 'yyyy b', 'e', 'yyyy/MM/dd',
 'M/d/yy', 'MM/dd/yy h:mm a', 'short', 'medium', 'long', 'full',
 'short_short', 'medium_long', 'full_short', 'long_medium', 'shortx', 'iso',
 'iso_nz', 'iso_fz', 'iso_ms', 'iso_s', 'iso_m', 'iso_h', 'iso_m_nz',
 'iso_ms_nz', 'iso_u', 'iso_utc', 'iso_u_nz', 'iso_ms_u', 'iso_fz_ms_u',
 'xs', 'xs_nz', 'xs_fz', 'xs_ms', 'xs_u', 'xs_ms_u_nz', 'xs_h', 'iso_nz_fz',
 'iso ms', 'iso nz', 'ISO', 'iso_', 'iso_x', 'xs x', '@epoch',
 'yyyy-MM-dd HH:mm:ss z', 'yyyy-MM-dd HH:mm:ss z', 'yyyy-MM-dd HH:mm:ss Z',
 'yyyy-MM-dd HH:mm:ss X', 'yyyy-MM-dd HH:mm:ss XX',
 'yyyy-MM-dd HH:mm:ss ' + 3 * 'X', 'd EEE yyyy-MM', 'yyyy w EEE', 'YYYY-MM-dd',
 'YYYY w EEE', 'yyyy-MM-dd HH:mm VV', 'dd MMMM yyyy', 'd',
 'EEEE d MMMM yyyy', 'yyyy-DDD', 'yyyy-ww-u', 'hh', '', 'yyyy-MM-dd GG',
 'HHmm', 'ss.S', 'w yyyy', 'YYYY-ww']

ZONES = ['UTC', 'GMT', 'GMT+2', 'GMT+02:00', 'GMT-3:30', 'GMT+0230', 'Europe/Kyiv',
 'Europe/Kiev', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata',
 'America/Sao_Paulo', 'Australia/Lord_Howe', 'EST', 'PST', 'EET', 'CET',
 'EST5EDT', 'Etc/GMT+5', 'JVM default', 'bogus', '', 'utc', '+02:00',
 'Pacific/Apia', 'Asia/Kathmandu', 'MST', 'HST', 'JST', 'IST', 'UTC+2', 'Z',
 'GMT+25', 'GMT+2:5', 'GMT+1:00:00']

SEARCHED = ['', 'a', 'ab', 'abc', 'aabbcc', 'ABC', 'a.b.c', 'a b c', '123', 'a1b2',
 'xAyBz', 'é É', 'ßSS', '😀a😀', 'a\nb\nc', 'a\r\nb', 'foo bar foo', '$1',
 '\\', '{x}', 'aaa', 'AbAb', 'a-b_c', '#a', 'Äpfel', 'line1\nline2\n',
 '\u2028a', 'Σσς', 'K k', 'ſs']

JSON_PIECES = ['1', '-1', '1.5', '1e3', '1E+2', '01', '+1', '.5', '1.', '-', '0', '-0',
 '1e400', '"a"', '"\\n\\u0041\\ud83d\\ude00"', '"\\x"', '"\\u12"', '"a\nb"',
 '"\t"', "'a'", 'true', 'false', 'null', 'True', 'nul', 'NaN', 'Infinity',
 '[]', '[1]', '[1,]', '[,1]', '[1 2]', '[1,[2,[3]]]', '{}', '{"a":1}',
 '{"a":1,}', '{a:1}', "{'a':1}", '{"a" : 1 , "b" : [ ] }', '{"a":1,"a":2}',
 '{"a":null}', '{"":1}', '{1:2}', '/*c*/1', '//c\n1', '[1]/*c*/',
 '{"a":1}x', ' 1 ', '\n[\n1\n]\n', '', '"', '[', '{', '{"a"', '{"a":',
 '"a" "b"', '\ufeff1', '"\\/"', '"\\ud800"',
 '123456789012345678901234567890', '0.1234567890123456789',
 '{"a":{"b":{"c":[1,{"d":2}]}}}', '"\u2028"', '[1,2,3]//x', '/* x', '1 /',
 '\xa01', '[true,false,null]', '"\\u00e9"', '1.0', '100.00', '-0.0', '1e-7',
 '"\\a"', '{"a":1 "b":2}', '[\t1\r]']

NUMBER_PATTERNS = [
    "number", "computer", "c", "currency", "percent", ",", ".", "#", "0", "",
    "0.", "#.", ".0", ".#", "'", "''", "'x'0", "0%", "0\u2030", "0E0", "00E00",
    "##0.##E0", "#E0", "0.###E0", "\u00a40", "\u00a4\u00a40", "#,##0;(#)", "0;-",
    "0;", "#;#", "##", "#,", "0,00", "-0", "+0", "0-", "0x0", "0..0", "#0#", "0#",
    "0.#0", "%0", "0%%", "\u00a40.00", "0;x0;y0", "#,##0.00;(#,##0.00)", "#'",
    "0.0 'it''s'", "@x", "@@0"]
NUMBER_OPTIONS = [
    "roundingMode=halfUp", "roundingMode=halfDown", "roundingMode=up",
    "roundingMode=down", "roundingMode=ceiling", "roundingMode=floor",
    "roundingMode=unnecessary", "roundingMode=bad", "multiplier=100",
    "multiplier=x", "groupingSeparator=_", "groupingSeparator=' '",
    "decimalSeparator='.'", "exponentSeparator='*10^'", "minusSign=~",
    "infinity=inf", "nan=none", "percent=pc", "zeroDigit=\u0660",
    "currencyCode=EUR", "currencyCode=XX", "currencySymbol=$$",
    "monetaryDecimalSeparator=!", "foo=bar", 'roundingMode="halfUp"']
NUMBER_BUILTINS = [
    "round", "floor", "ceiling", "int", "long", "short", "byte", "abs", "c",
    "string", "double", "float", "number", "is_nan", "is_infinite", "upper_abc",
    "round?c", "floor?string", "ceiling * 2", "int + 0.5", "length", "float?c",
    "float + 1", "double/3", "long + 1", "floor/7", "round*0.1",
    'float?string("0.0000000")', "number_to_datetime?string.iso"]
NUMBER_TEXTS = [
    ".5", "5.", "1,000", "0x10", "NaN", "INF", "-INF", "Infinity", "1e400",
    "1e-400", "--1", "", "1d", "1L", "1e", "1e+5", "-", "+", ".", "-.5", "00012",
    "-0", "inf", "nan"]
REGEX_ATOMS = [
    "a", "b", ".", r"\d", r"\D", r"\w", r"\W", r"\s", r"\S", "[abc]", "[^a]",
    "[a-z]", "[A-Z0-9]", "(a)", "(b|c)", "(?:ab)", "(a|)", r"\.", r"\b", r"\B",
    "^", "$", r"[\w.]", r"[^\d]", "(.)", "(.*)", "(.+?)", "\u00e9", "\u00df",
    r"\p{L}", r"\p{Lu}", r"\P{L}", r"\p{Alpha}", r"\p{Punct}",
    r"\p{IsAlphabetic}", r"\p{javaUpperCase}", r"\x41", r"\u0041", r"\t",
    r"\Q.\E", "(?i)a", "(?=a)", "(?!b)", "(?<=a)", "(?<!b)", "(?<n>a)", r"\1",
    r"\k<n>", "[a&&b]", "[a-z&&[^b]]", "[[a]b]", r"\h", r"\R", r"\v", r"\z",
    r"\Z", r"\A", r"\e", r"\0101", r"\cA", "[]a]", "[", "(", ")", "*", "+", "{",
    "}", "{2}", "a{1,2}", "\\", "(?x) a", "(?s).", "(?m)^", "(?>a)", "(?#c)",
    "[[:alpha:]]", r"\X", r"\N", "\U0001f600", r"\x{1F600}", r"\-", r"\y",
    "[a-]", "[-a]", r"\p{InGreek}", r"\p{IsLatin}", "(?u)", "(?d)", r"\K", "#"]
MATCH_USES = [
    "${%s?c}", "<#list %s as m>[${m}]</#list>", "${%s?size}",
    '<#list %s as m><#list m?groups as g>(${g!"-"})</#list></#list>',
    '${%s?groups?join("|")}', '${%s?map(m->m?groups?join("/"))?join(";")}',
    '${(%s)[0]!"-"}', '${%s?string("y","n")}', '${%s?join(",")}']
SEQUENCES = [
    "input.l", "input.n", "input.e", '["a","b","c","d"]', "[]", "1..5", "(3..1)",
    "0..*3", '"abcdef"', "input.s", "input.mix", "input.nul",
    "(input.l + input.n)", "input.h?keys", "input.h?values",
    "input.objs?map(x->x.a)", '"a,b,c"?split(",")', "input.nested"]
SEQUENCE_BUILTINS = [
    "size", "first", "last", "reverse", 'join(",")', 'join("-","none")',
    'join("-","none","!")', "seq_contains(2)?c", 'seq_index_of("c")',
    "seq_index_of(2,1)", "seq_last_index_of(2)", "sort", "sort?reverse",
    'sort_by("a")', 'sort_by(["a"])', 'sort_by("x")', "chunk(2)", 'chunk(2,"-")',
    "chunk(0)", "min", "max", "map(x->x)", "map(x->x*2)", "filter(x->x!=2)",
    "take_while(x->x!=2)", "drop_while(x->x!=2)", "sequence", "is_sequence?c",
    "has_content?c", "map(x->[x])", "map((x)->x)", "map((x,y)->x)", "map(x->nope)",
    "filter(x->x??)", 'first!"none"', "reverse[0..1]", "[0]", "keys", "values",
    "string", "join(input.nope)", "map(x?upper_case)", "filter(x->x)", "chunk(-1)"]
SEQUENCE_INPUT = {
    "l": ["b", "a", "c"], "n": [3, 1, 2, 2], "e": [], "s": "strING",
    "mix": [1, "a", True, None], "i": 1, "h": {"z": 1, "a": 2},
    "objs": [{"a": 3}, {"a": 1}], "nested": [[1, 2], [3], []]}
PRINTED = (
    '<#function d v><#if v?is_sequence>'
    '<#return "["+v?map(x->d(x!"N"))?join(",")+"]"><#elseif v?is_hash>'
    '<#return "{"+v?keys?join("")+"}"><#elseif v?is_boolean><#return v?c>'
    '<#else><#return v?string></#if></#function>')
STRING_PIECES = [
    "a", "b ", "\\n", "\\t", "\\\\", '\\"', "\\'", "\\l", "\\g", "\\a", "\\{",
    "\\=", "\\x41", "\\x4", "\\x00e9", "\\xZ", "\\u0041", "\\d", "\\/", "\\0",
    "\\$", "${1}", '${x!"y"}', "${'n'}", "#{1}", "#{1.5;m2}", "$", "{", "}", "#",
    "${", "}}", "${}", "${ 1 }", "\u00e9", "\U0001f600", "<", ">", "&", "[=1]", '"',
    "'", "\n", '${"a${1}b"}', "\\xD83D\\xDE00", "$\\{1}", "<#if>", "${1+}",
    "${input.s}", "${nope}"]
STRING_USES = [
    "${%s}", "<#assign v=%s>${v}", "${%s?length}", "${{%s:1}?keys[0]}",
    '${[%s,"z"]?join("-")}', '<#if %s == "a">y<#else>n</#if>', '${%s + "t"}']


def quoted(text):
    """The text as a string literal."""
    for plain, escaped in (("\\", "\\\\"), ("'", "\\'"), ("{", "\\x007b"),
                           ("\n", "\\n"), ("\r", "\\r")):
        text = text.replace(plain, escaped)
    return f"'{text}'"


class Number:
    """A number of the input, by all its digits."""

    def __init__(self, text):
        sign = "-" if text.startswith("-") else ""
        whole, point, fraction = text.lstrip("-").partition(".")
        self.text = sign + (whole.lstrip("0") or "0") + point + fraction


class Values:
    """Each method makes a case: template, input, settings."""

    def __init__(self, random):
        self.random = random
        self.choice = random.choice

    def maybe(self, share):
        return self.random.random() < share

    def digits(self, least, most):
        return "".join(self.choice("0123456789")
                       for _ in range(self.random.randint(least, most)))

    def number(self):
        pick = self.random.randint
        text = self.choice([
            lambda: str(pick(-20, 20)),
            lambda: "%.*f" % (pick(1, 6), self.random.uniform(-100, 100)),
            lambda: self.choice(["0", "1", "-1", "0.5", "1.5", "2.5", "-0.5",
                                 "-2.5", "0.005", "0.045", "99.995", "999.9995",
                                 "0.0005", "12345.6785", "1000000"]),
            lambda: str(pick(-10 ** 18, 10 ** 18)),
            lambda: self.digits(1, 30) + "." + self.digits(1, 25),
            lambda: "0." + "0" * pick(0, 20) + str(pick(1, 9999)),
            lambda: str(pick(0, 99999)) + "." + self.choice(
                ["5", "25", "125", "0005", "45", "995", "4999", "5001"])])()
        return Number(text)

    # --- numbers

    def number_pattern(self):
        if self.maybe(0.15):
            return self.choice(NUMBER_PATTERNS)
        pick = self.random.randint
        whole = "#" * pick(0, 4) + "0" * pick(0, 4)
        if self.maybe(0.4) and len(whole) > 1:
            at = pick(0, len(whole) - 1)
            whole = whole[:at] + "," + whole[at:]
        fraction = "0" * pick(0, 4) + "#" * pick(0, 4) if self.maybe(0.7) else ""
        pattern = whole + ("." + fraction if fraction or self.maybe(0.1) else "")
        if self.maybe(0.15):
            pattern += "E" + "0" * pick(1, 3)
        if self.maybe(0.2):
            pattern = self.choice(["$", "-", "+", " ", "'q'", "\u20ac", "a", "%",
                                   "("]) + pattern
        if self.maybe(0.2):
            pattern += self.choice(["%", "\u2030", " x", "'kg'", ")", "-"])
        if self.maybe(0.15):
            pattern += ";" + self.choice(["(0)", "-", "-0", "", "'neg'0"])
        return pattern

    def numfmt(self):
        pattern = self.number_pattern()
        if self.maybe(0.25):
            options = self.choice([" ", ", "]).join(
                self.choice(NUMBER_OPTIONS)
                for _ in range(self.random.randint(1, 3)))
            pattern += self.choice([";; ", ";;", "; "]) + options
        written = quoted(pattern)
        data = {"n": self.number()}
        if self.maybe(0.2):
            return "${input.n}|${input.n?string}|${input.n?c}", data, {
                "number_format": pattern}
        if self.maybe(0.1):
            return "#{input.n; %s}" % self.choice(
                ["m1", "M1", "m2M4", "M0", "m3M1", "m5M2", "m", "x1"]), data, {}
        template = self.choice([
            "${input.n?string(%s)}", "${input.n?string[%s]}",
            "<#setting number_format=%s>${input.n} ${input.n?c} "
            "${input.n?string}"])
        return template % written, data, {}

    def num(self):
        left, right = self.number(), self.number()
        first = self.choice(["input.a", left.text])
        second = self.choice(["input.b", right.text])
        sum_ = f"{first} {self.choice('+-*/%')} {second}"
        built_in = self.choice(NUMBER_BUILTINS)
        assigned = "".join(
            "<#assign x %s>" % self.choice(
                [f"{operator}= {second}" for operator in "+-*/%"] + ["++", "--"])
            for _ in range(self.random.randint(1, 3)))
        template = self.choice([
            "${%s}" % sum_, f"${{({sum_}) * {first}}}",
            f"${{{first}?{built_in}}}", f"${{({sum_})?{built_in}}}",
            f"<#assign x={first}>{assigned}${{x}}",
            f"${{({first} {self.choice(['lt', 'gt', '==', '!='])} {second})?c}}",
            "${%s?number}" % quoted(self.choice(NUMBER_TEXTS + [left.text]))])
        settings = {"number_format": self.choice(
            ["number", "0.00", "percent"])} if self.maybe(0.2) else {}
        return template, {"a": left, "b": right}, settings

    # --- dates

    def date_value(self):
        kind = self.choice(["date", "time", "datetime", "datetime"])
        if self.maybe(0.25):
            instant = self.choice([0, 1, -1, 1709619428123, -62135596800000,
                                   253402300799999, 1711846800000,
                                   -12219292800001,
                                   self.random.randint(-10 ** 13, 2 * 10 ** 13)])
            return f"{instant}?number_to_{kind}"
        if self.maybe(0.4):
            text = {"date": ["2024-03-05", "2020-02-29", "2024-12-31"],
                    "time": ["06:07:08", "23:59:59.999", "12:00:00Z"],
                    "datetime": ["2024-03-05T06:07:08.123Z",
                                 "2024-03-05T06:07:08+02:00",
                                 "1500-03-01T00:00:00Z",
                                 "2024-03-31T00:30:00Z"]}[kind]
            return f"{quoted(self.choice(text))}?{kind}.iso"
        text = quoted(self.choice(DATE_TEXTS))
        return f"{text}?{kind}" + (
            f"({quoted(self.choice(DATE_FORMATS))})" if self.maybe(0.7) else "")

    def date(self):
        settings = ""
        for _ in range(self.choice([0, 0, 0, 1, 1, 2])):
            name = self.choice(["date_format", "time_format", "datetime_format",
                                "time_zone", "time_zone"])
            text = self.choice(ZONES if name == "time_zone" else DATE_FORMATS)
            settings += f"<#setting {name}={quoted(text)}>"
        value = self.date_value()
        template = self.choice([
            "${%s}", "${%s?string(FORMAT)}", "${%s?string(FORMAT)}",
            "${%s?string.STYLE}", "${%s?BUILTIN}", "${(%s OPERATOR OTHER)?c}",
            '${%s + "x"}', "${%s + 1}", '${[%s]?join(",")}',
            "<#assign x=%s>${x} ${x?long?c}", '${"${%s}"}', "${-%s}"])
        for name, text in (
                ("FORMAT", quoted(self.choice(DATE_FORMATS))),
                ("STYLE", self.choice(["iso", "xs", "short", "long", "iso_nz",
                                       "short_long", "iso_ms_u", "yyyy"])),
                ("BUILTIN", self.choice([
                    "iso_utc", "iso_utc_ms", "iso_local", "iso_local_ms_nz",
                    "iso_utc_h", 'iso("Europe/Kyiv")', 'iso_nz("bogus")', "long",
                    "date", "time", "datetime", "is_date?c", "is_time?c", "c",
                    "length", "upper_case", "date?long", "number"])),
                ("OPERATOR", self.choice(["==", "<", "lt", "gte", "!="])),
                ("OTHER", self.date_value())):
            template = template.replace(name, text)
        return settings + template.replace("%s", value), {}, {}

    # --- regular expressions

    def pattern(self):
        text = ""
        for _ in range(self.random.randint(1, 4)):
            text += self.choice(REGEX_ATOMS)
            if self.maybe(0.3):
                text += self.choice(["*", "+", "?", "*?", "+?", "??", "{2}", "{1,}",
                                     "{0,2}", "{,2}", "*+", "++"])
        return text

    def regex(self):
        pattern = self.pattern()
        if self.maybe(0.12):
            pattern = self.choice(["a", ".", "", "A", "ab", "$", "\\", "\u00e9"])
        flags = self.choice(["r", "r", "r", "rm", "ri", "rs", "rc", "rf", "rmi",
                             "i", "m", "f", "", "rx", "im", "R"])
        pattern, written = quoted(pattern), quoted(flags)
        built_in = self.choice(["replace", "split", "matches"])
        if built_in == "replace":
            by = quoted(self.choice(["", "x", "$0", "[$1]", "$2", "\\$", "$", "\\",
                                     "${n}", "$10", "$x", "<$0>"]))
            template = f"${{input.s?replace({pattern},{by},{written})}}"
        elif built_in == "split":
            template = f'${{input.s?split({pattern},{written})?join("|")}}'
        else:
            flags = quoted(flags.replace("r", ""))
            template = self.choice(MATCH_USES).replace(
                "%s", f"input.s?matches({pattern},{flags})")
        return template, {"s": self.choice(SEARCHED)}, {}

    # --- strings

    def str(self):
        text, other = self.choice(STRINGS), self.choice(STRINGS)

        def part():
            return quoted(self.choice([other, other[:1], other[-1:], text[:2],
                                       text[1:2], "", "a", " ", ".", "o", "-"]))

        def index():
            return str(self.choice([0, 1, 2, 3, -1, 5, 10, 1.9, -2, 20]))

        flags = quoted(self.choice(["", "i", "r", "ri", "f", "m", "rf", "c", "s"]))
        charset = quoted(self.choice(["UTF-8", "ISO-8859-1", "UTF-16", "cp1251",
                                      "windows-1252", "bogus", "Shift_JIS", ""]))
        built_in = self.choice([
            "upper_case", "lower_case", "cap_first", "uncap_first", "capitalize",
            "trim", "length", "chop_linebreak", 'word_list?join("|")', "html",
            "xml", "rtf", "url", "url_path", "js_string", "json_string", "j_string",
            "number", "boolean?c", "c", "string", "size",
            f"contains({part()})?c", f"starts_with({part()})?c",
            f"ends_with({part()})?c", f"index_of({part()},{index()})",
            f"last_index_of({part()},{index()})", f"substring({index()})",
            f"substring({index()},{index()})", f"keep_before({part()},{flags})",
            f"keep_after({part()},{flags})", f"keep_before_last({part()},{flags})",
            f"keep_after_last({part()})", f"remove_beginning({part()})",
            f"remove_ending({part()})", f"ensure_ends_with({part()})",
            f"ensure_starts_with({part()},{part()},{flags})",
            f"left_pad({index()},{part()})", f"right_pad({index()})",
            f"replace({part()},{part()},{flags})",
            f'split({part()},{flags})?join("|")', f"url({charset})",
            f"switch({part()},1,{part()},2,3)"])
        slice_ = self.choice([f"[{index()}]", f"[{index()}..{index()}]",
                              f"[{index()}..]", f"[{index()}..<{index()}]",
                              f"[{index()}..*{index()}]"])
        behind = slice_ if self.maybe(0.15) else "?" + built_in
        return f"[${{input.s{behind}}}]", {"s": text}, {}

    def truncate(self):
        text = self.choice([text for text in STRINGS if len(text) > 3] +
                           ["The quick brown fox", "a  b   c    d", "x. y. z.",
                            "one... two", "long_word_without_space and more"])
        arguments = [str(self.random.randint(-1, len(text) + 3))]
        if self.maybe(0.6):
            arguments.append(quoted(self.choice(
                ["", ".", "...", "[...]", "\u2026", "-", "xxxxx", " ", "|||"])))
            if self.maybe(0.4):
                arguments.append(self.choice(["0", "1", "3", "10", "-1", "'a'"]))
        built_in = self.choice(["truncate", "truncate_w", "truncate_c",
                                "truncate_m", "truncate_w_m", "truncate_c_m"])
        return (f"[${{input.s?{built_in}({', '.join(arguments)})}}]",
                {"s": text}, {})

    def strlit(self):
        text = "".join(self.choice(STRING_PIECES)
                       for _ in range(self.random.randint(0, 6)))
        quote = self.choice("\"'")
        literal = self.choice(["", "", "", "r"]) + quote + text + quote
        return (self.choice(STRING_USES).replace("%s", literal), {"s": "S"}, {})

    # --- sequences and JSON

    def seq(self):
        def index():
            return str(self.choice([0, 1, 2, 3, 5, -1, -2, 10, "input.i", 1.5]))

        source = self.choice(SEQUENCES)
        between = self.choice(["..", "..<", "..!", "..*"])
        template = self.choice([
            f"{source}[{index()}{between}{index()}]", f"{source}[{index()}..]",
            f"{source}[{index()}]", f"{source}?{self.choice(SEQUENCE_BUILTINS)}",
            f"{source}?{self.choice(SEQUENCE_BUILTINS)}",
            f"{source} + {self.choice(['[9]', '5', 'input.e', '{}', '1..2'])}"])
        shown = ('<#list %s as x>${d(x!"NUL")};<#else>none</#list>'
                 if self.maybe(0.3) else "${d(%s)}")
        return PRINTED + shown.replace("%s", template), SEQUENCE_INPUT, {}

    def eval_json(self):
        text = "".join(self.choice(JSON_PIECES)
                       for _ in range(self.choice([1, 1, 1, 1, 2])))
        if self.maybe(0.2):
            text = "[" + ",".join(self.choice(JSON_PIECES) for _ in range(2)) + "]"
        return PRINTED + '${d(input.j?eval_json!"nul")}', {"j": text}, {}
