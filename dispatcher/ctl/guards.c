#include "dispatcher/ctl/guards.h"

#include <stdbool.h>
#include <stddef.h>

#define GUARD "<#if input."
#define GUARD_END "?\?>" /* no trigraph */
#define MEMBER "input."

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '$';
}

/* The name at the front. */
static struct slice name_of(struct slice text)
{
	size_t len = 0;

	while (len < text.len && is_name_char(text.data[len])) {
		len++;
	}
	return slice_make(text.data, len);
}

/* From where `needle` comes next; empty when it does not. */
static struct slice from_next(struct slice text, const char *needle)
{
	while (text.len > 0 && !slice_starts_with(text, needle)) {
		text = slice_from(text, 1);
	}
	return text;
}

/* Whether input.<name> is asked for, so that it may be missing. */
static bool is_asked_for(struct slice text, struct slice name)
{
	for (;;) {
		struct slice after;

		text = from_next(text, MEMBER);
		if (text.len == 0) {
			return false;
		}
		text = slice_from(text, sizeof(MEMBER) - 1);
		if (!slice_equal(name_of(text), name)) {
			continue;
		}
		after = slice_from(text, name.len);
		if (slice_starts_with(after, "??") ||
		    slice_starts_with(after, "!") ||
		    slice_starts_with(after, ")") ||
		    slice_starts_with(after, "?has_content")) {
			return true;
		}
	}
}

/* The member that a block reads: from its name on. Empty when there is not just
 * one, or it is not read plainly, or there is more in the block than text. */
static struct slice read_in(struct slice block)
{
	const struct slice none = slice_make(NULL, 0);
	struct slice at = from_next(block, "${");
	struct slice member;
	struct slice after;

	if (!slice_starts_with(at, "${" MEMBER) ||
	    from_next(slice_from(at, 2), "${").len > 0) {
		return none;
	}
	member = slice_from(at, sizeof("${" MEMBER) - 1);
	after = slice_from(member, name_of(member).len);
	while (after.len > 1 && after.data[0] == '?' &&
	    name_of(slice_from(after, 1)).len > 0) {
		after = slice_from(after, 1);
		if (slice_is(name_of(after), "has_content")) {
			return none;
		}
		after = slice_from(after, name_of(after).len);
	}
	return slice_starts_with(after, "}") ? member : none;
}

static void tell(struct slice source, struct slice guard, struct slice member,
    guards_cb found, void *arg)
{
	struct slice tested = name_of(guard);
	struct slice read = name_of(member);
	struct err finding;
	int line = 1;
	int column = 1;

	for (const char *c = source.data; c < member.data; c++) {
		if (*c == '\n') {
			line++;
			column = 1;
		} else if (((unsigned char)*c & 0xc0) != 0x80) {
			column++;
		}
	}
	err_set_at(&finding, line, column - (int)(sizeof(MEMBER) - 1),
	    "input.%.*s is read where input.%.*s is tested: without it this is "
	    "an error; test input.%.*s??",
	    SLICE_ARGS(read), SLICE_ARGS(tested), SLICE_ARGS(read));
	found(arg, &finding);
}

/* Up to the next tag. */
static struct slice block_of(struct slice text)
{
	struct slice rest = text;

	while (rest.len > 0 && !slice_starts_with(rest, "<#") &&
	    !slice_starts_with(rest, "</#") && !slice_starts_with(rest, "<@")) {
		rest = slice_from(rest, 1);
	}
	return slice_make(text.data, text.len - rest.len);
}

void guards_find(
    struct slice source, struct slice when, guards_cb found, void *arg)
{
	struct slice at = from_next(source, GUARD);

	/* Whom input[identity] asks for cannot be told from here. */
	if (from_next(when, "[identity]").len > 0) {
		return;
	}
	for (; at.len > 0; at = from_next(at, GUARD)) {
		struct slice guard = slice_from(at, sizeof(GUARD) - 1);
		struct slice rest = slice_from(guard, name_of(guard).len);
		struct slice member;
		struct slice read;

		at = guard;
		if (!slice_starts_with(rest, GUARD_END)) {
			continue;
		}
		member = read_in(block_of(slice_from(rest, 3)));
		read = name_of(member);
		if (read.len > 0 && !slice_equal(read, name_of(guard)) &&
		    !is_asked_for(source, read) && !is_asked_for(when, read)) {
			tell(source, guard, member, found, arg);
		}
	}
}
