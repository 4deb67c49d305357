#ifndef DISPATCHER_TEMPLATE_REGEX_H
#define DISPATCHER_TEMPLATE_REGEX_H

/*
 * What ?replace, ?split, ?matches and their like look for: a text, or a
 * regular expression (PCRE2, which reads Java's but for rare constructs).
 * Memory is the arena's; how long a match may take is bounded, as patterns and
 * texts are other people's.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"

enum regex_flags {
	REGEX_PATTERN = 1,		 /* r: else it is plain text */
	REGEX_IGNORE_CASE = 2,		 /* i */
	REGEX_MULTILINE = 4,		 /* m */
	REGEX_DOT_ALL = 8,		 /* s */
	REGEX_COMMENTS = 16,		 /* c */
	REGEX_FIRST_ONLY = 32,		 /* f */
	REGEX_INVALID_TEXT = 64,	 /* what is searched is no UTF-8 */
	REGEX_PATTERN_ONLY = 4 | 8 | 16, /* those that need r */
};

enum {
	REGEX_GROUPS_MAX = 100,
};

enum regex_status {
	REGEX_FOUND,
	REGEX_NOT_FOUND,
	REGEX_BAD,   /* no pattern */
	REGEX_LIMIT, /* takes too long, or too much memory */
};

struct regex {
	struct slice text; /* plain */
	void *code;	   /* PCRE2's; NULL when plain */
	void *match_data;
	void *match_context;
	unsigned groups; /* without the whole match */
	bool is_checked; /* what is searched is valid UTF-8 */
	uint64_t work;	 /* of the last regex_find, in a render's steps */
	size_t unread;	 /* of what is no pattern, behind what is wrong */
};

/* Where a match and its groups are, in bytes; an unset group has start > end.
 */
struct regex_span {
	size_t start;
	size_t end;
};

/* Unknown letters are ignored, as FreeMarker does. */
unsigned regex_parse_flags(struct slice letters);

/* REGEX_FOUND when it is ready for use. */
MUST_USE enum regex_status regex_prepare(struct arena *arena,
    struct slice pattern, unsigned flags, struct regex *regex);

enum {
	REGEX_WHY_MAX = 160,
};

/* Why regex_prepare said REGEX_BAD; nothing of the pattern. */
void regex_explain(const struct regex *regex, char why[REGEX_WHY_MAX]);

/* The first match at `from` or behind. `spans`: the match, then its groups.
 * `is_whole`: the text must match from `from` to its end. Gives up with
 * REGEX_LIMIT after about a million steps of work. */
MUST_USE enum regex_status regex_find(struct regex *regex, struct slice text,
    size_t from, bool is_whole, struct regex_span spans[REGEX_GROUPS_MAX]);

/* The number of the group with that name; -1 when there is none. */
int regex_group_number(
    const struct regex *regex, struct arena *arena, struct slice name);

#endif
