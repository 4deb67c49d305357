#ifndef DISPATCHER_TEMPLATE_VALUE_H
#define DISPATCHER_TEMPLATE_VALUE_H

/*
 * The values a template computes with: 16 bytes, passed by value. What does
 * not fit in them lies in the render's arena, in the template's arena (its
 * literals) or in the input's msgpack, and is borrowed: a value lives as long
 * as its render.
 *
 * JSON null is VALUE_MISSING, as in FreeMarker.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/date.h"

struct decimal;
struct expr;
struct hash;
struct macro_value;
struct markup;
struct match_value;
struct method_value;
struct sequence;

enum value_kind {
	VALUE_MISSING,
	VALUE_NOTHING, /* what `x!` gives: '', [] and {} at once */
	VALUE_BOOLEAN,
	VALUE_INTEGER, /* a number that fits int64 */
	VALUE_DECIMAL, /* any other number, with its scale */
	VALUE_REAL,    /* a double: of ?double and ?float, NaN, infinity */
	VALUE_STRING,
	VALUE_DATE, /* its kind is in `len` */
	VALUE_SEQUENCE,
	VALUE_HASH,
	VALUE_MACRO,  /* a macro or a function of the template */
	VALUE_MATCH,  /* what ?matches gives: a boolean, and its matches */
	VALUE_METHOD, /* a built-in that waits for its arguments */
	VALUE_HELPER, /* one of Amplitude's helper functions */
	VALUE_MARKUP, /* text of an output format: markup.h */
	/* What of the input nobody has looked into yet: an array, an object, a
	 * number with a fraction. Only inside hashes and sequences: value_open
	 * turns them into the above. */
	VALUE_PACKED_ARRAY,
	VALUE_PACKED_MAP,
	VALUE_PACKED_NUMBER,
};

/* Which of a string is JSON already, so that `escape: json` leaves it as it is:
 * what ?json_string gave, and such. */
enum json_share {
	JSON_SHARE_NONE,
	JSON_SHARE_ALL,
	JSON_SHARE_PARTS, /* which: string_join.h */
};

struct value {
	enum value_kind kind : 16;
	enum json_share json : 16;
	uint32_t len; /* of a string or a packed value, in bytes */

	union {
		bool boolean;
		int64_t integer; /* of a date: milliseconds */
		const struct decimal *decimal;
		double real; /* `len` is 1 for a ?float */
		const char *text;
		struct sequence *sequence;
		struct hash *hash;
		const struct macro_value *macro;
		const struct match_value *match;
		const struct method_value *method;
		const struct markup *markup;
		const char *packed;
		int helper;
	};
};

enum sequence_form {
	SEQUENCE_ITEMS,
	SEQUENCE_RANGE,
};

struct sequence {
	enum sequence_form form;
	bool is_endless; /* 1.. */
	/* The ?matches that did not match, whose groups these are: reading
	 * one is an error. */
	const struct expr *unmatched;
	bool is_unmatched; /* groups of what did not match: not to be read */
	size_t count;

	union {
		struct value *items;

		struct {
			int64_t first;
			int step;	  /* 1 or -1 */
			bool is_adaptive; /* ..*: a slice may end early */
			bool is_inclusive;
		} range;
	};
};

#define VALUE_TEXT_MAX ((size_t)UINT32_MAX)

static inline struct value value_missing(void)
{
	return (struct value){.kind = VALUE_MISSING};
}

static inline struct value value_boolean(bool boolean)
{
	return (struct value){.kind = VALUE_BOOLEAN, .boolean = boolean};
}

static inline struct value value_integer(int64_t integer)
{
	return (struct value){.kind = VALUE_INTEGER, .integer = integer};
}

static inline struct value value_real(double real, bool is_single)
{
	return (struct value){
	    .kind = VALUE_REAL, .len = is_single ? 1 : 0, .real = real};
}

static inline bool value_is_single(struct value real)
{
	return real.len != 0;
}

static inline struct value value_date(enum date_kind kind, int64_t ms)
{
	return (struct value){
	    .kind = VALUE_DATE, .len = (uint32_t)kind, .integer = ms};
}

/* Never with a NULL pointer, also when empty. */
static inline struct value value_string(struct slice text)
{
	return (struct value){.kind = VALUE_STRING,
	    .len = (uint32_t)text.len,
	    .text = text.data != NULL ? text.data : ""};
}

static inline struct value value_sequence(struct sequence *sequence)
{
	return (struct value){.kind = VALUE_SEQUENCE, .sequence = sequence};
}

static inline struct slice value_text(struct value value)
{
	return slice_make(value.text, value.len);
}

static inline bool value_is_number(struct value value)
{
	return value.kind == VALUE_INTEGER || value.kind == VALUE_DECIMAL ||
	    value.kind == VALUE_REAL;
}

/* The outcome of ?matches; or, with is_item, one of its matches. */
struct match_value {
	struct slice text;
	bool is_item;
	bool is_whole;		 /* the whole text matches */
	struct sequence *items;	 /* of VALUE_MATCH with is_item */
	struct sequence *groups; /* the match, then its groups */
};

/* What ?matches gave is a sequence where one is needed, and one of its matches
 * a string; other values are what they are. */
static inline struct value value_flatten(struct value value)
{
	if (value.kind != VALUE_MATCH) {
		return value;
	}
	return value.match->is_item ? value_string(value.match->text)
				    : value_sequence(value.match->items);
}

/* Whether the value is a boolean, and which. */
bool value_as_boolean(struct value value, bool *boolean);

/* "string", "number", "sequence", ...: for errors. Never the content. */
const char *value_kind_name(struct value value);

/* A sequence of `count` missing items. NULL when the arena is full. */
MUST_USE struct sequence *sequence_create(struct arena *arena, size_t count);

/* Item `i`, which is there; unpacked. False when the arena is full. */
MUST_USE bool sequence_item(struct arena *arena, struct sequence *sequence,
    size_t i, struct value *item);

static inline struct value value_hash(struct hash *hash)
{
	return (struct value){.kind = VALUE_HASH, .hash = hash};
}

/* value_msgpack.c: the work of value_open. */
MUST_USE bool packed_open(struct arena *arena, struct value *value);

/* Unpacks `*value` in place if it is packed, one level deep, so that whoever
 * comes next finds it unpacked. False when the arena is full. */
MUST_USE static inline bool value_open(struct arena *arena, struct value *value)
{
	return value->kind < VALUE_PACKED_ARRAY || packed_open(arena, value);
}

#endif
