#define PCRE2_CODE_UNIT_WIDTH 8

#include "dispatcher/template/regex.h"

#include <pcre2.h>
#include <stdio.h>

#include "dispatcher/template/regex_java.h"
#include "dispatcher/template/text.h"

enum {
	MATCH_STEPS_MAX = 1000000,
	/* Bytes a pattern passes over in the time of a step. */
	BYTES_A_STEP = 32,
	MATCH_DEPTH_MAX = 100000,
	MATCH_HEAP_KIB_MAX = 16 * 1024,
};

unsigned regex_parse_flags(struct slice letters)
{
	unsigned flags = 0;

	for (size_t i = 0; i < letters.len; i++) {
		switch (letters.data[i]) {
		case 'r':
			flags |= REGEX_PATTERN;
			break;
		case 'i':
			flags |= REGEX_IGNORE_CASE;
			break;
		case 'm':
			flags |= REGEX_MULTILINE;
			break;
		case 's':
			flags |= REGEX_DOT_ALL;
			break;
		case 'c':
			flags |= REGEX_COMMENTS;
			break;
		case 'f':
			flags |= REGEX_FIRST_ONLY;
			break;
		default:
			break;
		}
	}
	return flags;
}

static void *allocate(size_t bytes, void *arena)
{
	return arena_alloc(arena, bytes);
}

static void release(void *memory, void *arena)
{
	/* The arena frees all at once. */
	(void)memory;
	(void)arena;
}

static uint32_t options_of(unsigned flags)
{
	uint32_t options = PCRE2_UTF | PCRE2_AUTO_CALLOUT;

	options |=
	    (flags & REGEX_INVALID_TEXT) != 0 ? PCRE2_MATCH_INVALID_UTF : 0;
	if ((flags & REGEX_PATTERN) == 0) {
		options |= PCRE2_LITERAL | PCRE2_CASELESS;
	}
	return options;
}

/* What a match cost so far. */
struct match_work {
	size_t last;
	uint64_t steps;
	uint64_t bytes;
};

/*
 * PCRE2 counts how often it tries, not how far it looks: `\s+$` over a
 * megabyte of blanks is a million tries of half a megabyte each. So each item
 * of a pattern calls here, to count both.
 */
static int on_pcre2_item(pcre2_callout_block *block, void *data)
{
	struct match_work *work = data;
	size_t at = block->current_position;

	work->steps++;
	work->bytes += at > work->last ? at - work->last : 0;
	work->last = at;
	return work->steps + work->bytes / BYTES_A_STEP > MATCH_STEPS_MAX
	    ? PCRE2_ERROR_CALLOUT
	    : 0;
}

static bool prepare_match(struct regex *regex, pcre2_general_context *general)
{
	pcre2_match_context *context = pcre2_match_context_create(general);
	uint32_t groups = 0;

	if (context == NULL) {
		return false;
	}
	(void)pcre2_set_match_limit(context, MATCH_STEPS_MAX);
	(void)pcre2_set_depth_limit(context, MATCH_DEPTH_MAX);
	(void)pcre2_set_heap_limit(context, MATCH_HEAP_KIB_MAX);
	regex->match_context = context;
	regex->match_data =
	    pcre2_match_data_create_from_pattern(regex->code, general);
	(void)pcre2_pattern_info(regex->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	regex->groups = groups;
	return regex->match_data != NULL;
}

enum regex_status regex_prepare(struct arena *arena, struct slice pattern,
    unsigned flags, struct regex *regex)
{
	pcre2_general_context *general;
	pcre2_compile_context *compile;
	int error = 0;
	PCRE2_SIZE at = 0;

	*regex = (struct regex){
	    .text = pattern,
	    .is_checked = (flags & REGEX_INVALID_TEXT) == 0,
	};
	if ((flags & (REGEX_PATTERN | REGEX_IGNORE_CASE)) == 0) {
		return REGEX_FOUND;
	}
	if ((flags & REGEX_PATTERN) != 0) {
		enum java_status status = java_translate(
		    arena, pattern, flags, &pattern, &regex->unread);

		if (status != JAVA_OK) {
			return status == JAVA_BAD ? REGEX_BAD : REGEX_LIMIT;
		}
	}
	general = pcre2_general_context_create(allocate, release, arena);
	if (general == NULL) {
		return REGEX_LIMIT;
	}
	compile = pcre2_compile_context_create(general);
	if (compile == NULL) {
		return REGEX_LIMIT;
	}
	regex->code = pcre2_compile(
	    (PCRE2_SPTR)(pattern.data != NULL ? pattern.data : ""), pattern.len,
	    options_of(flags), &error, &at, compile);
	if (regex->code == NULL) {
		return error == PCRE2_ERROR_NOMEMORY ? REGEX_LIMIT : REGEX_BAD;
	}
	if (!prepare_match(regex, general)) {
		return REGEX_LIMIT;
	}
	return regex->groups < REGEX_GROUPS_MAX ? REGEX_FOUND : REGEX_BAD;
}

void regex_explain(const struct regex *regex, char why[REGEX_WHY_MAX])
{
	if (regex->code != NULL) {
		(void)snprintf(why, REGEX_WHY_MAX, "it has more than %d groups",
		    REGEX_GROUPS_MAX - 1);
	} else if (regex->unread == 0) {
		(void)snprintf(why, REGEX_WHY_MAX,
		    "it is wrong at its end: is a bracket not closed?");
	} else {
		/* Not exact in \Q...\E, which is longer as it is read. */
		(void)snprintf(why, REGEX_WHY_MAX,
		    "it is wrong at character %zu",
		    regex->text.len > regex->unread
			? regex->text.len - regex->unread
			: 1);
	}
}

static enum regex_status find_text(const struct regex *regex, struct slice text,
    size_t from, bool is_whole, struct regex_span *span)
{
	size_t at;

	if (!text_find(text, regex->text, from, &at) ||
	    (is_whole && (at != from || regex->text.len != text.len - from))) {
		return REGEX_NOT_FOUND;
	}
	*span = (struct regex_span){at, at + regex->text.len};
	return REGEX_FOUND;
}

static int run_match(
    struct regex *regex, struct slice text, size_t from, bool is_whole)
{
	struct match_work work = {.last = from};
	uint32_t options = regex->is_checked ? PCRE2_NO_UTF_CHECK : 0;
	int count;

	options |= is_whole ? PCRE2_ANCHORED | PCRE2_ENDANCHORED : 0;
	(void)pcre2_set_callout(regex->match_context, on_pcre2_item, &work);
	count = pcre2_match(regex->code,
	    (PCRE2_SPTR)(text.data != NULL ? text.data : ""), text.len, from,
	    options, regex->match_data, regex->match_context);
	regex->work = work.steps + work.bytes / BYTES_A_STEP;
	return count;
}

enum regex_status regex_find(struct regex *regex, struct slice text,
    size_t from, bool is_whole, struct regex_span spans[REGEX_GROUPS_MAX])
{
	const PCRE2_SIZE *offsets;
	int count;

	if (from > text.len) {
		return REGEX_NOT_FOUND;
	}
	if (regex->code == NULL) {
		return find_text(regex, text, from, is_whole, spans);
	}
	count = run_match(regex, text, from, is_whole);
	if (count == PCRE2_ERROR_NOMATCH) {
		return REGEX_NOT_FOUND;
	}
	if (count < 0) {
		return REGEX_LIMIT;
	}
	offsets = pcre2_get_ovector_pointer(regex->match_data);
	for (unsigned i = 0; i <= regex->groups; i++) {
		bool is_set = i < (unsigned)count &&
		    offsets[2 * (size_t)i] != PCRE2_UNSET;

		spans[i] = (struct regex_span){1, 0};
		if (is_set) {
			spans[i].start = offsets[2 * (size_t)i];
			spans[i].end = offsets[2 * (size_t)i + 1];
		}
	}
	/* \K can put the start behind the end: Java has none of that. */
	return spans[0].start <= spans[0].end ? REGEX_FOUND : REGEX_BAD;
}

int regex_group_number(
    const struct regex *regex, struct arena *arena, struct slice name)
{
	char *text = arena_copy(arena, name);
	int number;

	if (text == NULL || regex->code == NULL) {
		return -1;
	}
	number =
	    pcre2_substring_number_from_name(regex->code, (PCRE2_SPTR)text);
	return number > 0 ? number : -1;
}
