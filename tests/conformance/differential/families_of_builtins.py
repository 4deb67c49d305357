"""Every built-in by every kind of operand and odd arguments."""

from families_of_templates import DUMP

BUILTINS = """
abs absolute_template_name api boolean byte c cap_first capitalize ceiling
chop_linebreak contains date date_if_unknown datetime datetime_if_unknown
default double drop_while ends_with ensure_ends_with ensure_starts_with
eval_json exists filter first float floor chunk counter has_api has_content
has_next html if_exists index index_of int is_boolean is_collection
is_collection_ex is_date is_date_like is_date_only is_even_item is_first
is_last is_unknown_date_like is_datetime is_directive is_enumerable is_hash_ex
is_hash is_infinite is_indexable is_macro is_markup_output is_method is_nan
is_node is_number is_odd_item is_sequence is_string is_time is_transform
iso_utc iso_utc_fz iso_utc_nz iso_utc_ms iso_utc_ms_nz iso_utc_m iso_utc_m_nz
iso_utc_h iso_utc_h_nz iso_local iso_local_nz iso_local_ms iso_local_ms_nz
iso_local_m iso_local_m_nz iso_local_h iso_local_h_nz iso iso_nz iso_ms
iso_ms_nz iso_m iso_m_nz iso_h iso_h_nz j_string join js_string json_string
keep_after keep_before keep_after_last keep_before_last keys last_index_of
last left_pad length long lower_abc lower_case namespace max min number
number_to_date number_to_time number_to_datetime item_parity item_cycle
item_parity_cap map reverse right_pad round remove_ending remove_beginning rtf
seq_contains seq_index_of seq_last_index_of sequence short size sort_by sort
split switch starts_with string substring take_while then time time_if_unknown
trim truncate truncate_w truncate_c truncate_m truncate_w_m truncate_c_m
uncap_first upper_abc upper_case url url_path values web_safe with_args
with_args_last word_list xhtml xml matches groups replace
""".split()
OPERANDS = ['input.s', 'input.e', 'input.n', 'input.f', 'input.neg', 'input.half',
 'input.big', 'input.t', 'input.b', 'input.l', 'input.nums', 'input.mix',
 'input.h', 'input.nul', 'input.objs', 'input.uni', 'input.ws', 'input.j',
 'input.d', 'input.dt', 'input.num', 'input.esc', 'input.nn', 'input', '0',
 '1', '-1', '1.5', '100000000000', '0.00001', "'a'", "'ab ab'", "'x'", 'true',
 '[]', '{}', '[1,2,3]', "['x']", "{'a':1}", '1..3', '1..', '3..1', '1..<1',
 '(input.nope!)', 'mac', 'fun', "input.d?date('yyyy-MM-dd')",
 'input.dt?datetime.iso', "'10:20:30'?time.iso", "'abcabc'?matches('b')",
 "'abc'?matches('(.)(.)')", "'abc'?matches('(.)(.)')[0]",
 "input.l?filter(x->x!='a')", "input.h + {'q':2}", "input.l + ['zz']",
 'input.h?keys', "'😀'", "'ÀÉ'", "'line1\\nline2\\r\\n'", "'1,2;3'", "'true'",
 "'false'", "'NaN'?number", "'12'", "'-0.50'", "' 7 '", "'1e3'", 'dmp',
 '.vars', '.data_model', '.main']
ARGUMENTS = ['', '()', "('a')", "('')", '(1)', '(0)', '(-1)', '(2)', '(1.7)', "('a','b')",
 '(1,2)', '(0,2)', '(2,1)', "('a','b','r')", "('b','X','f')", "('A','X','i')",
 "('.','[$0]','rm')", "(1,'a')", "('a',1)", '([1])', '({})', '(true)',
 '(x -> x)', '(x -> x?is_string)', '(x -> true)', '(fun)', '(input.nul)',
 "('o')", "(5,'-')", "(10,'ab')", "('yyyy')", "('0.00')", "(',')",
 "(', ','none','.')", "(['a'])", "('n')", "(1,'x',2,'y','z')", "('b')", '(3)',
 '(5)', "(8,'..')", "('UTF-8')", "('GMT+2')", '(true,false)', "('yes','no')",
 '(1,2,3)', '(1,2,3,4)', "({'a':'w'})", '(["w"])', '?c', '.x', '[0]', '!0',
 '??']
INPUT = {'b': False,
 'big': 1.2345678901234568e+29,
 'd': '2024-03-05',
 'dt': '2024-03-05T06:07:08.123Z',
 'e': '',
 'esc': '<a href="x">\'&\\/\n</script>]]>',
 'f': 3.14159,
 'h': {'k k': None, 'x': 1, 'y': 'z'},
 'half': 2.5,
 'j': '{"a":[1,2.50,null,"x"]}',
 'l': ['b', 'a', 'c'],
 'mix': [1, 'a', True, None],
 'n': 42,
 'neg': -7,
 'nn': [None, None],
 'nul': None,
 'num': '12.50',
 'nums': [3, 1.5, -2, 3],
 'objs': [{'a': 3, 'n': 'Bob'}, {'a': 1, 'n': 'ann'}, {'a': 2, 'n': 'Cy'}],
 's': 'Hello World',
 't': True,
 'uni': 'Ünï😀çode ß',
 'ws': '  a b\t\n c '}
CALLABLES = (
    "<#macro mac a='q' b...>${a}<#nested 1></#macro>"
    "<#function fun x y=2><#return x></#function>")


class Builtins:
    """One method makes a case: template, input, settings."""

    def __init__(self, random):
        self.choice = random.choice

    def builtins(self):
        call = (self.choice(OPERANDS) + "?" + self.choice(BUILTINS) +
                self.choice(ARGUMENTS))
        return f"{CALLABLES}{DUMP}${{dmp({call})}}", INPUT, {}
