#ifndef DISPATCHER_TEMPLATE_REGEX_JAVA_H
#define DISPATCHER_TEMPLATE_REGEX_JAVA_H

/*
 * Java's regular expressions as PCRE2's: a pattern is read by Java's grammar
 * and written anew, so that what Java refuses is refused, and what both accept
 * means what it means in Java: only ASCII's cases under the flag i, Java's line
 * ends, [a-z&&[^x]], \p{Punct}, \p{javaLetter}, ...
 *
 * Not there: blocks (\p{InThai}), \N{name}, and look-behind of varying length,
 * which PCRE2 has not.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"

enum java_status {
	JAVA_OK,
	JAVA_BAD,    /* no pattern of Java's */
	JAVA_MEMORY, /* the arena is full */
};

/* `flags`: REGEX_IGNORE_CASE and such of regex.h. The result is for PCRE2 with
 * no option that changes the syntax. JAVA_BAD: *unread is how much of the
 * pattern is behind what is wrong. */
MUST_USE enum java_status java_translate(struct arena *arena,
    struct slice pattern, unsigned flags, struct slice *translated,
    size_t *unread);

/* --- for the parts of it (regex_java.c, regex_escape.c, regex_class.c) only */

enum {
	JAVA_NAMES_MAX = 100,
	JAVA_DEPTH_MAX = 200,
};

/* A text that grows. */
struct java_text {
	char *data;
	size_t len;
	size_t room;
};

/* A set of characters: what can stand in brackets, and what else matches one
 * character, with `|` between. */
struct java_set {
	struct java_text items;
	struct java_text others;
};

struct java_regex {
	struct arena *arena;
	struct slice rest; /* not yet read */
	unsigned flags;
	bool is_unicode_case;	 /* (?u) */
	bool is_unix_lines;	 /* (?d) */
	bool is_unicode_classes; /* (?U) */
	enum java_status status;
	size_t unread; /* when it was refused */
	int depth;
	unsigned groups;
	unsigned highest_reference;
	struct slice names[JAVA_NAMES_MAX];
	size_t name_count;
	struct java_text out;
};

/* Notes that the pattern is none. Always false. */
bool java_refuse(struct java_regex *regex);
void java_put(
    struct java_regex *regex, struct java_text *text, const char *more);
void java_put_slice(
    struct java_regex *regex, struct java_text *text, struct slice more);
/* A character, escaped so that it stands for itself, also in brackets. */
void java_put_character(
    struct java_regex *regex, struct java_text *text, uint32_t character);
/* The next character, 0 at the end, and its bytes. In comments mode it is the
 * one behind white space and comments. */
uint32_t java_peek(struct java_regex *regex, size_t *len);
/* Takes `c` if it comes next. */
bool java_accept(struct java_regex *regex, char c);
/* Takes whatever character comes next, 0 at the end: no mode counts. */
uint32_t java_take(struct java_regex *regex);

/* --- regex_item.c */

/* A character that stands for itself, or for both of its cases. */
void java_put_literal(struct java_regex *regex, uint32_t character);
void java_put_dot(struct java_regex *regex);
void java_put_caret(struct java_regex *regex);
void java_put_dollar(struct java_regex *regex, bool is_multiline);
/* A group's name, up to its `>`. */
MUST_USE bool java_read_name(struct java_regex *regex, struct slice *name);
bool java_is_named(const struct java_regex *regex, struct slice name);
/* What a backslash begins, outside of brackets; it is taken. */
MUST_USE bool java_read_escape(struct java_regex *regex);
/* At the end: references to groups that there are not match nothing. */
void java_settle_references(struct java_regex *regex);

/* --- regex_escape.c; the backslash is taken */

/* The character that \n, \x41, \. and such stand for, taken. False when it is
 * none, with nothing taken; or when it is wrong. */
MUST_USE bool java_escaped_character(
    struct java_regex *regex, uint32_t *character);
/* \d, \p{L} and such, taken, into the set. False as above. */
MUST_USE bool java_escaped_class(
    struct java_regex *regex, struct java_set *set);

/* --- regex_class.c */

/* [...], its first bracket taken: something that matches one character. */
MUST_USE bool java_class(struct java_regex *regex, struct java_text *text);
void java_put_set(struct java_regex *regex, struct java_text *text,
    const struct java_set *set, bool is_negated);

#endif
