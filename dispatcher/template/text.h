#ifndef DISPATCHER_TEMPLATE_TEXT_H
#define DISPATCHER_TEMPLATE_TEXT_H

/*
 * Texts are UTF-8; lengths and positions in the language are UTF-16 units, as
 * in Java. A half of a surrogate pair, which a template can cut out of a text,
 * is kept as the three bytes UTF-8 would give it, and printed as `?`, as Java
 * does. ICU does the case mapping beyond ASCII.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"

/* The character at `at` (always one step on, also in bytes that are not UTF-8)
 * and its length. */
uint32_t text_decode(struct slice text, size_t at, size_t *len);

/* Writes one character (at most 4 bytes) and returns its length. */
size_t text_encode(char *out, uint32_t character);

/* Appends a UTF-16 unit to the text of `len` bytes in `out`; a pair becomes
 * one character. Returns the new length. */
size_t text_append_unit(char *out, size_t len, uint32_t unit);

/* Makes the halves of a text that lie side by side characters again, in place,
 * and returns its new length: for texts put together without text_join. */
size_t text_join_halves(char *text, size_t len);

/* Makes the text valid UTF-8, in place, and returns its new length: halves as
 * above, and `?` for each one that is left and for each byte that is no part of
 * a character. */
size_t text_make_valid(char *text, size_t len);

bool text_is_valid(struct slice text);

/* UTF-16 units. */
size_t text_units(struct slice text);

/* The part from unit `start` up to unit `end`. False when the arena is full
 * (only a cut pair needs it). */
MUST_USE bool text_part(struct arena *arena, struct slice text, size_t start,
    size_t end, struct slice *part);

/* Bytes up to the unit; the text's length past its end. */
size_t text_offset_of_unit(struct slice text, size_t unit);

/* a followed by b. False when the arena is full. */
MUST_USE bool text_join(
    struct arena *arena, struct slice a, struct slice b, struct slice *joined);

enum text_case {
	TEXT_UPPER,
	TEXT_LOWER,
};

MUST_USE bool text_to_case(struct arena *arena, struct slice text,
    enum text_case wanted, struct slice *result);

/* Where `needle` is in `text`, as bytes, from byte `start` on. False when it
 * is not. */
MUST_USE bool text_find(
    struct slice text, struct slice needle, size_t start, size_t *at);

/* Java's Character.isWhitespace, isLetter. */
bool text_is_space(uint32_t character);
bool text_is_letter(uint32_t character);

enum text_status {
	TEXT_OK,
	TEXT_NO_CHARSET, /* nobody knows it */
	TEXT_NO_MEMORY,
};

/* The text in another charset. */
MUST_USE enum text_status text_to_charset(struct arena *arena,
    struct slice text, struct slice charset, struct slice *bytes);

/* "$" for "USD", as en_US writes it. False when there is no such currency, or
 * the arena is full. */
MUST_USE bool text_currency_sign(
    struct arena *arena, struct slice code, struct slice *sign);

/* Whether the two are the same text to the en_US collator, which == uses. */
MUST_USE bool text_equal(struct slice a, struct slice b);

/* ... and which comes first: < 0, 0, > 0. */
int text_compare(struct slice a, struct slice b);

#endif
