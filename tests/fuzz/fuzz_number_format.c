/*
 * Number formats: a format, a line break, and a number. The number is read,
 * computed with, and printed by the format.
 */
#include <math.h>
#include <string.h>

#include "dispatcher/template/number.h"
#include "dispatcher/template/number_format.h"
#include "dispatcher/template/number_real.h"
#include "tests/fuzz/fuzz.h"

enum {
	ARENA_MAX = 1024 * 1024,
};

static void print(struct arena *arena, struct value number, struct slice format)
{
	struct slice text;

	if (number_format(arena, number, format, &text) == NUMBER_FORMAT_OK) {
		fuzz_require(
		    text.len == 0 || text.data != NULL, "a text has bytes");
	}
	if (number_format(arena, number, SLICE_LITERAL("computer"), &text) ==
	    NUMBER_FORMAT_OK) {
		fuzz_require(text.len > 0, "computer prints something");
	}
}

static void compute(
    struct arena *arena, struct value number, struct slice format)
{
	static const enum number_operator operators[] = {NUMBER_ADD,
	    NUMBER_SUBTRACT, NUMBER_MULTIPLY, NUMBER_DIVIDE, NUMBER_MODULO};
	struct value real = value_real(0.1, false);
	struct value result;

	print(arena, number, format);
	for (size_t i = 0; i < ARRAY_LEN(operators); i++) {
		if (number_compute(arena, operators[i], number, real,
			&result) == NUMBER_OK) {
			print(arena, result, format);
		}
	}
	for (int rounding = NUMBER_HALF_UP; rounding <= NUMBER_UP; rounding++) {
		if (number_round_as_real(arena, number, true,
			(enum number_rounding)rounding, &result) == NUMBER_OK) {
			print(arena, result, format);
		}
	}
	if (real_from_number(arena, number, true, &real)) {
		print(arena, real, format);
	}
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_make(data, size);
	const char *split = size > 0 ? memchr(data, '\n', size) : NULL;
	struct arena arena;
	struct value number;
	struct slice digits;

	if (split == NULL) {
		return 0;
	}
	digits = slice_from(text, (size_t)(split - text.data) + 1);
	text.len = (size_t)(split - text.data);
	arena_init(&arena, ARENA_MAX);
	if (real_from_word(digits, &number) ||
	    number_parse(&arena, digits, &number)) {
		compute(&arena, number, text);
	}
	arena_finish(&arena);
	return 0;
}
