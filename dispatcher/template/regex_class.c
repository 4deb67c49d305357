/*
 * Bracketed classes of Java's regular expressions: unions [a[bc]],
 * intersections [a-z&&[^b]], negation of the whole. PCRE2 has only plain ones,
 * so what is more becomes alternatives and look-aheads over one character.
 */
#include <string.h>

#include "dispatcher/template/regex.h"
#include "dispatcher/template/regex_java.h"

static void put_text(struct java_regex *regex, struct java_text *text,
    const struct java_text *more)
{
	java_put_slice(regex, text, slice_make(more->data, more->len));
}

static void put_other(
    struct java_regex *regex, struct java_set *set, const char *opening)
{
	java_put(regex, &set->others, set->others.len > 0 ? "|" : "");
	java_put(regex, &set->others, opening);
}

static bool is_empty(const struct java_set *set)
{
	return set->items.len + set->others.len == 0;
}

static void put_positive(struct java_regex *regex, struct java_text *text,
    const struct java_set *set)
{
	java_put(regex, text, "(?:");
	if (set->items.len > 0) {
		java_put(regex, text, "[");
		put_text(regex, text, &set->items);
		java_put(regex, text, set->others.len > 0 ? "]|" : "]");
	}
	put_text(regex, text, &set->others);
	java_put(regex, text, ")");
}

void java_put_set(struct java_regex *regex, struct java_text *text,
    const struct java_set *set, bool is_negated)
{
	bool ignores_case =
	    regex->is_unicode_case && (regex->flags & REGEX_IGNORE_CASE) != 0;

	java_put(regex, text, ignores_case ? "(?i:" : "");
	if (set->others.len > 0 && is_negated) {
		java_put(regex, text, "(?:(?!");
		put_positive(regex, text, set);
		java_put(regex, text, ")(?s:.))");
	} else if (set->others.len > 0) {
		put_positive(regex, text, set);
	} else {
		java_put(regex, text, is_negated ? "[^" : "[");
		put_text(regex, text, &set->items);
		java_put(regex, text, "]");
	}
	java_put(regex, text, ignores_case ? ")" : "");
}

/* --- ranges */

static void put_range(struct java_regex *regex, struct java_text *items,
    uint32_t first, uint32_t last)
{
	java_put_character(regex, items, first);
	if (last != first) {
		java_put(regex, items, "-");
		java_put_character(regex, items, last);
	}
}

static uint32_t larger(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* What of the range are letters from `from` to `to`, in their other case. */
static void put_other_case(struct java_regex *regex, struct java_text *items,
    uint32_t first, uint32_t last, uint32_t from)
{
	uint32_t lowest = larger(first, from);
	uint32_t highest = smaller(last, from + 25);

	if (lowest <= highest) {
		put_range(regex, items, lowest ^ 0x20, highest ^ 0x20);
	}
}

static void add_range(struct java_regex *regex, struct java_set *set,
    uint32_t first, uint32_t last)
{
	put_range(regex, &set->items, first, last);
	if ((regex->flags & REGEX_IGNORE_CASE) != 0 &&
	    !regex->is_unicode_case) {
		put_other_case(regex, &set->items, first, last, 'a');
		put_other_case(regex, &set->items, first, last, 'A');
	}
}

/* A character, or an escaped one; what is escaped may be a class, which is
 * added to the set. */
static bool read_member(struct java_regex *regex, struct java_set *set,
    bool is_last, uint32_t *character, bool *is_class)
{
	size_t len;

	*is_class = false;
	*character = java_peek(regex, &len);
	if (len == 0) {
		return java_refuse(regex);
	}
	regex->rest = slice_from(regex->rest, len);
	if (*character != '\\') {
		return true;
	}
	/* \v is a class but where it begins or ends a range. */
	if (!is_last && java_escaped_class(regex, set)) {
		*is_class = true;
		return true;
	}
	return (regex->status == JAVA_OK &&
		   java_escaped_character(regex, character)) ||
	    java_refuse(regex);
}

/* x, x-y or an escaped class. */
static bool read_range(struct java_regex *regex, struct java_set *set)
{
	uint32_t first;
	uint32_t last;
	bool is_class;
	size_t len;

	if (!read_member(regex, set, false, &first, &is_class)) {
		return false;
	}
	if (is_class) {
		return true;
	}
	last = first;
	if (java_peek(regex, &len) == '-' && len == 1 && regex->rest.len > 1 &&
	    regex->rest.data[1] != '[' && regex->rest.data[1] != ']') {
		regex->rest = slice_from(regex->rest, 1);
		if (!read_member(regex, set, true, &last, &is_class)) {
			return false;
		}
		if (last < first) {
			return java_refuse(regex);
		}
	}
	add_range(regex, set, first, last);
	return true;
}

/* --- sets */

static bool read_set(
    struct java_regex *regex, bool is_nested, struct java_text *text);

/* What is right of &&: classes and members, up to the next && or the end. */
static bool read_right_side(struct java_regex *regex, struct java_text *right)
{
	size_t len;

	for (;;) {
		uint32_t c = java_peek(regex, &len);

		if (c == ']' || c == '&') {
			return true;
		}
		if (len == 0) {
			return java_refuse(regex);
		}
		if (right->len > 0) {
			java_put(regex, right, "|");
		}
		if (c == '[') {
			regex->rest = slice_from(regex->rest, len);
			if (!read_set(regex, true, right)) {
				return false;
			}
		} else if (!read_set(regex, false, right)) {
			return false;
		}
	}
}

/* Behind &&. */
static bool intersect(struct java_regex *regex, struct java_set *set)
{
	struct java_text right = {.data = NULL};
	struct java_set both = {.items = {.data = NULL}};

	if (!read_right_side(regex, &right)) {
		return false;
	}
	if (right.len == 0) {
		return !is_empty(set) || java_refuse(regex);
	}
	put_other(regex, &both, "(?:");
	if (!is_empty(set)) {
		java_put(regex, &both.others, "(?=");
		put_positive(regex, &both.others, set);
		java_put(regex, &both.others, ")");
	}
	java_put(regex, &both.others, "(?:");
	put_text(regex, &both.others, &right);
	java_put(regex, &both.others, "))");
	*set = both;
	return true;
}

static bool read_members(
    struct java_regex *regex, bool is_nested, struct java_set *set)
{
	size_t len;

	for (;;) {
		uint32_t c = java_peek(regex, &len);

		if (len == 0 || regex->status != JAVA_OK) {
			return java_refuse(regex);
		}
		if (c == ']' && !is_empty(set)) {
			regex->rest =
			    slice_from(regex->rest, is_nested ? 1 : 0);
			return true;
		}
		if (c == '[') {
			regex->rest = slice_from(regex->rest, 1);
			put_other(regex, set, "");
			if (!read_set(regex, true, &set->others)) {
				return false;
			}
		} else if (slice_starts_with(regex->rest, "&&")) {
			regex->rest = slice_from(regex->rest, 2);
			if (!intersect(regex, set)) {
				return false;
			}
		} else if (!read_range(regex, set)) {
			return false;
		}
	}
}

/* `is_nested`: its closing bracket is its own, and is taken. */
static bool read_set(
    struct java_regex *regex, bool is_nested, struct java_text *text)
{
	struct java_set set = {.items = {.data = NULL}};
	bool is_negated = false;
	bool is_ok;

	if (++regex->depth > JAVA_DEPTH_MAX) {
		return java_refuse(regex);
	}
	if (is_nested) {
		is_negated = java_accept(regex, '^');
	}
	is_ok = read_members(regex, is_nested, &set);
	regex->depth--;
	if (is_ok) {
		java_put_set(regex, text, &set, is_negated);
	}
	return is_ok;
}

bool java_class(struct java_regex *regex, struct java_text *text)
{
	return read_set(regex, true, text);
}
