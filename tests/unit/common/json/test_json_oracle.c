#include "common/base/rng.h"
#include "tests/unit/cmocka_test.h"
#include "tests/unit/common/json/json_oracle.h"

enum {
	TEXTS = 4000,
	DEPTH_MAX = 6,
};

static void assert_agrees(struct slice text)
{
	const char *complaint = oracle_complaint(text);

	if (complaint != NULL) {
		fail_msg("%.*s: %s", SLICE_ARGS(text), complaint);
	}
}

static void make_value(struct rng *rng, int depth, struct strbuf *text);

static void make_digits(struct rng *rng, uint64_t most, struct strbuf *text)
{
	uint64_t count = 1 + rng_below(rng, most);

	for (uint64_t i = 0; i < count; i++) {
		strbuf_append_char(text, (char)('0' + rng_below(rng, 10)));
	}
}

static void make_number(struct rng *rng, struct strbuf *text)
{
	strbuf_append_text(text, rng_below(rng, 3) == 0 ? "-" : "");
	if (rng_below(rng, 4) == 0) {
		strbuf_append_char(text, '0');
	} else {
		strbuf_append_char(text, (char)('1' + rng_below(rng, 9)));
		if (rng_below(rng, 2) == 0) {
			make_digits(rng, 20, text);
		}
	}
	if (rng_below(rng, 2) == 0) {
		strbuf_append_char(text, '.');
		make_digits(rng, rng_below(rng, 2) == 0 ? 3 : 20, text);
	}
	if (rng_below(rng, 4) == 0) {
		strbuf_append_text(text, rng_below(rng, 2) == 0 ? "e" : "E");
		strbuf_append_text(text, rng_below(rng, 2) == 0 ? "-" : "+");
		make_digits(rng, 3, text);
	}
}

static void make_character(struct rng *rng, struct strbuf *text)
{
	static const char *const some[] = {"a", "Z", "0", " ", "{", "]", ",",
	    "\\n", "\\\"", "\\\\", "\\/", "\\u0000", "\\u00e9",
	    "\\ud83d\\ude00", "\\uFFFF", "\xc3\xa9", "\xd0\x96", "\xe2\x82\xac",
	    "\xed\x9f\xbf", "\xef\xbf\xbf", "\xf0\x9f\x98\x80",
	    "\xf4\x8f\xbf\xbf", "\x7f", "plain text of some length"};

	strbuf_append_text(text, some[rng_below(rng, ARRAY_LEN(some))]);
}

static void make_string(struct rng *rng, struct strbuf *text)
{
	uint64_t count = rng_below(rng, rng_below(rng, 8) == 0 ? 60 : 8);

	strbuf_append_char(text, '"');
	for (uint64_t i = 0; i < count; i++) {
		make_character(rng, text);
	}
	strbuf_append_char(text, '"');
}

static void make_space(struct rng *rng, struct strbuf *text)
{
	static const char *const some[] = {
	    "", "", "", " ", "\n", "\t", "\r\n "};

	strbuf_append_text(text, some[rng_below(rng, ARRAY_LEN(some))]);
}

/* Short names, so that some come twice. */
static void make_name(struct rng *rng, struct strbuf *text)
{
	if (rng_below(rng, 4) == 0) {
		make_string(rng, text);
	} else {
		strbuf_appendf(text, "\"%c\"", (char)('a' + rng_below(rng, 6)));
	}
	make_space(rng, text);
	strbuf_append_char(text, ':');
}

static void make_container(
    struct rng *rng, int depth, const char *brackets, struct strbuf *text)
{
	uint64_t count = rng_below(rng, 7);

	strbuf_append_char(text, brackets[0]);
	make_space(rng, text);
	for (uint64_t i = 0; i < count; i++) {
		strbuf_append_text(text, i > 0 ? "," : "");
		make_space(rng, text);
		if (brackets[0] == '{') {
			make_name(rng, text);
		}
		make_value(rng, depth, text);
	}
	strbuf_append_char(text, brackets[1]);
}

static void make_value(struct rng *rng, int depth, struct strbuf *text)
{
	static const char *const words[] = {"null", "true", "false"};
	uint64_t kind = rng_below(rng, depth < DEPTH_MAX ? 10 : 6);

	make_space(rng, text);
	if (kind < 2) {
		make_number(rng, text);
	} else if (kind < 4) {
		make_string(rng, text);
	} else if (kind < 6) {
		strbuf_append_text(
		    text, words[rng_below(rng, ARRAY_LEN(words))]);
	} else {
		make_container(rng, depth + 1, kind < 8 ? "[]" : "{}", text);
	}
	make_space(rng, text);
}

static void test_json_reader_reads_what_jansson_reads(void **state)
{
	struct strbuf text;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 20);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (int i = 0; i < TEXTS; i++) {
		strbuf_clear(&text);
		make_value(&rng, 0, &text);
		assert_agrees(strbuf_slice(&text));
		assert_true(
		    json_check(strbuf_slice(&text), JSON_DEPTH_LIMIT, NULL));
	}
	strbuf_finish(&text);
}

/* Overwrites, removes or doubles a byte. */
static void damage(struct rng *rng, struct strbuf *text)
{
	static const char bytes[] = "\"\\{}[]:,.-+eE0195tnu \n\t\x80\xc3\xff\0";
	size_t at = (size_t)rng_below(rng, text->len);

	switch (rng_below(rng, 3)) {
	case 0:
		text->data[at] = bytes[rng_below(rng, sizeof(bytes))];
		break;
	case 1:
		memmove(
		    text->data + at, text->data + at + 1, text->len - at - 1);
		strbuf_truncate(text, text->len - 1);
		break;
	default:
		strbuf_append_char(text, 0);
		memmove(
		    text->data + at + 1, text->data + at, text->len - at - 1);
		break;
	}
}

static void test_json_reader_refuses_what_jansson_refuses(void **state)
{
	struct strbuf text;
	struct rng rng;
	int refused = 0;

	(void)state;
	rng_seed(&rng, 21);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (int i = 0; i < TEXTS; i++) {
		strbuf_clear(&text);
		make_value(&rng, 0, &text);
		damage(&rng, &text);
		assert_agrees(strbuf_slice(&text));
		refused +=
		    !json_check(strbuf_slice(&text), JSON_DEPTH_LIMIT, NULL);
	}
	assert_in_range(refused, TEXTS / 4, TEXTS);
	strbuf_finish(&text);
}

static void test_json_reader_keeps_each_number_as_jansson_reads_it(void **state)
{
	struct strbuf text;
	struct rng rng;

	(void)state;
	rng_seed(&rng, 22);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (int i = 0; i < 10 * TEXTS; i++) {
		strbuf_clear(&text);
		make_number(&rng, &text);
		assert_agrees(strbuf_slice(&text));
	}
	strbuf_finish(&text);
}

/* Numbers as programs print them from floats, and their neighbours, which no
 * program prints: the last digit that a float has is where the two part. */
static void test_json_reader_keeps_numbers_next_to_a_floats_own(void **state)
{
	struct strbuf text;
	struct rng rng;
	uint64_t bits;
	double value;
	char *last;

	(void)state;
	rng_seed(&rng, 23);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	for (int i = 0; i < 10 * TEXTS; i++) {
		bits = rng_next(&rng);
		memcpy(&value, &bits, sizeof(value));
		if (rng_below(&rng, 2) == 0 || !isfinite(value)) {
			value = (double)(bits >> 11) /
			    (double)(UINT64_C(1) << rng_below(&rng, 60));
		}
		strbuf_clear(&text);
		strbuf_appendf(
		    &text, "%.*e", 14 + (int)rng_below(&rng, 4), value);
		assert_agrees(strbuf_slice(&text));
		last = strchr(text.data, 'e') - 1;
		*last = (char)('0' + rng_below(&rng, 10));
		assert_agrees(strbuf_slice(&text));
	}
	strbuf_finish(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_json_reader_reads_what_jansson_reads),
	    cmocka_unit_test(test_json_reader_refuses_what_jansson_refuses),
	    cmocka_unit_test(
		test_json_reader_keeps_each_number_as_jansson_reads_it),
	    cmocka_unit_test(
		test_json_reader_keeps_numbers_next_to_a_floats_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
