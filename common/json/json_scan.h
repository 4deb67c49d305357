#ifndef COMMON_JSON_JSON_SCAN_H
#define COMMON_JSON_JSON_SCAN_H

/*
 * Private to this room: where the reader stands in the text and in its output,
 * and the readers of single tokens.
 *
 * The output is never asked for room. Before the first byte, the caller has
 * reserved json_output_bound(); why that is enough stands there.
 *
 * A check runs the same code with `keep` 0 over a scratch buffer: the output
 * cursor is only ever moved by json_advance(), so that it stays at the
 * scratch's start, and what is written there is overwritten.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"

enum {
	/* The most that is written behind the output cursor before it moves,
	 * lengths of strings and numbers aside. */
	JSON_SCRATCH_BYTES = 32,
};

struct json_scan {
	const unsigned char *start; /* the text */
	const unsigned char *end;
	const unsigned char *in; /* the next byte to read */
	unsigned char *out;	 /* the next byte to write */
	size_t keep;		 /* all bits set; 0 when only checking */
	struct err *err;
};

/* What a byte may be. A byte above ASCII is nothing. */
enum json_char {
	JSON_CHAR_SPACE = 1,
	JSON_CHAR_PLAIN = 2, /* ASCII that stands for itself in a string */
	JSON_CHAR_DIGIT = 4,
	JSON_CHAR_WORD = 8, /* letters, digits and what numbers are made of */
};

extern const unsigned char json_chars[256];

static inline bool json_is(unsigned char c, enum json_char kind)
{
	return (json_chars[c] & kind) != 0;
}

/*
 * The most msgpack that `len` bytes of text can become.
 *
 * Each byte of text pays for three bytes of output:
 *   [ or {        3: the head of array16 or map16
 *   -0, 1.5]      a float64 is 9 bytes, its text at least 2, and the comma
 *                 or bracket behind it belongs to no other value; the text
 *                 that is nothing but "-0" lacks that: 3 more
 *   strings       a head of up to 5 bytes for two quotes; escapes only shrink
 *   integers      never longer than their digits; texts of numbers have heads
 *                 of up to 6 bytes and at least 4 characters
 * A container of more than 65,535 members has a head that is 2 bytes longer,
 * and at least 65,535 commas of its own: less than one byte in 16,384.
 */
static inline size_t json_output_bound(size_t len)
{
	return 3 * len + len / 16384 + JSON_SCRATCH_BYTES;
}

static inline void json_advance(struct json_scan *scan, size_t bytes)
{
	scan->out += bytes & scan->keep;
}

/* The next byte; 0 at the end of the text, where no JSON goes on, either. */
static inline unsigned char json_peek(const struct json_scan *scan)
{
	return scan->in < scan->end ? *scan->in : 0;
}

static inline void json_skip_space(struct json_scan *scan)
{
	const unsigned char *in = scan->in;

	while (in < scan->end && json_is(*in, JSON_CHAR_SPACE)) {
		in++;
	}
	scan->in = in;
}

/* A msgpack head and big-endian number behind the cursor. Nothing moves. */
static inline void json_store16(unsigned char *at, int head, uint32_t value)
{
	at[0] = (unsigned char)head;
	at[1] = (unsigned char)(value >> 8);
	at[2] = (unsigned char)value;
}

static inline void json_store32(unsigned char *at, int head, uint32_t value)
{
	at[0] = (unsigned char)head;
	at[1] = (unsigned char)(value >> 24);
	at[2] = (unsigned char)(value >> 16);
	at[3] = (unsigned char)(value >> 8);
	at[4] = (unsigned char)value;
}

static inline void json_store64(unsigned char *at, int head, uint64_t value)
{
	json_store32(at, head, (uint32_t)(value >> 32));
	at[5] = (unsigned char)(value >> 24);
	at[6] = (unsigned char)(value >> 16);
	at[7] = (unsigned char)(value >> 8);
	at[8] = (unsigned char)value;
}

/* Reads the string whose opening quote is next. */
MUST_USE bool json_read_string(struct json_scan *scan);

/* Reads the escape whose backslash is next. */
MUST_USE bool json_read_escape(struct json_scan *scan);

/* Reads the number whose minus or first digit is next. */
MUST_USE bool json_read_number(struct json_scan *scan);

/* Fills in the error, with the place of `at`. Always false, so that callers
 * return it. */
bool json_fail(struct json_scan *scan, const unsigned char *at,
    const char *format, ...) PRINTF_LIKE(3, 4);

/* The same at the next byte: "unexpected ']' where ...". */
bool json_fail_unexpected(struct json_scan *scan, const char *where);

#endif
