/*
 * Regular expressions: one letter of flags, a pattern, a line break, a text.
 * The pattern is translated from Java's, and what PCRE2 finds by it lies in
 * the text.
 */
#include <string.h>

#include "dispatcher/template/regex.h"
#include "dispatcher/template/text.h"
#include "tests/fuzz/fuzz.h"

enum {
	ARENA_MAX = 4 * 1024 * 1024,
	MATCHES_MAX = 100,
};

static void search(struct regex *regex, struct slice text, bool is_whole)
{
	struct regex_span spans[REGEX_GROUPS_MAX];
	size_t from = 0;

	for (int i = 0; i < MATCHES_MAX && from <= text.len; i++) {
		if (regex_find(regex, text, from, is_whole, spans) !=
		    REGEX_FOUND) {
			return;
		}
		fuzz_require(spans[0].start >= from &&
			spans[0].start <= spans[0].end &&
			spans[0].end <= text.len,
		    "a match lies in the text");
		from = spans[0].end + (spans[0].start == spans[0].end);
		while (from < text.len && (text.data[from] & 0xC0) == 0x80) {
			from++;
		}
	}
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice pattern = slice_make(data, size);
	const char *split = size > 1 ? memchr(data, '\n', size) : NULL;
	struct arena arena;
	struct regex regex;
	struct slice text;
	unsigned flags;

	if (split == NULL || split == pattern.data) {
		return 0;
	}
	flags = data[0] & 31U;
	text = slice_from(pattern, (size_t)(split - pattern.data) + 1);
	pattern = slice_make(data + 1, (size_t)(split - pattern.data) - 1);
	flags |= text_is_valid(text) ? 0U : REGEX_INVALID_TEXT;
	arena_init(&arena, ARENA_MAX);
	if (regex_prepare(&arena, pattern, flags, &regex) == REGEX_FOUND) {
		search(&regex, text, false);
		search(&regex, text, true);
	}
	arena_finish(&arena);
	return 0;
}
