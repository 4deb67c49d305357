/*
 * Strings: copied eight bytes at a time while they are searched for what ends
 * or interrupts them, so that most are done in a few steps. The head of
 * msgpack's str comes before its bytes and is longer for a longer string; one
 * byte is left for it, and a string over 31 bytes is moved once at its end.
 */

#include <string.h>

#include "common/json/json_scan.h"

#define EACH_BYTE(value) (UINT64_C(0x0101010101010101) * (value))

/* The first byte in memory becomes the lowest. */
static inline uint64_t load_word(const unsigned char *in)
{
	uint64_t word;

	memcpy(&word, in, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	word = __builtin_bswap64(word);
#endif
	return word;
}

/*
 * The high bit of each byte that does not stand for itself: controls, quote,
 * backslash, and all above ASCII. A borrow can only reach bytes behind such a
 * byte, so the lowest bit set is always right.
 */
static inline uint64_t special_bytes(uint64_t word)
{
	uint64_t quote = word ^ EACH_BYTE('"');
	uint64_t backslash = word ^ EACH_BYTE('\\');

	return (word | (word - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) |
		   (backslash - EACH_BYTE(1))) &
	    EACH_BYTE(0x80);
}

/* Copies up to the next byte that does not stand for itself. */
static inline void copy_plain(struct json_scan *scan)
{
	const unsigned char *in = scan->in;
	const unsigned char *end = scan->end;
	unsigned char *out = scan->out;
	size_t keep = scan->keep;

	while (end - in >= 8) {
		uint64_t special = special_bytes(load_word(in));
		size_t run = 8;

		memcpy(out, in, 8);
		if (special != 0) {
			run = (size_t)__builtin_ctzll(special) / 8;
		}
		in += run;
		out += run & keep;
		if (special != 0) {
			break;
		}
	}
	while (in < end && json_is(*in, JSON_CHAR_PLAIN)) {
		*out = *in++;
		out += 1 & keep;
	}
	scan->in = in;
	scan->out = out;
}

/* The length of the UTF-8 sequence at `in`, 0 when it is none: no overlong
 * forms, no surrogates, nothing past U+10FFFF (table 3-7 of Unicode). */
static inline size_t utf8_len(const unsigned char *in, size_t left)
{
	unsigned char lead = in[0];
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;

	if (lead < 0xc2 || lead > 0xf4 || left < len) {
		return 0;
	}
	if (lead == 0xe0) {
		low = 0xa0;
	} else if (lead == 0xed) {
		high = 0x9f;
	} else if (lead == 0xf0) {
		low = 0x90;
	} else if (lead == 0xf4) {
		high = 0x8f;
	}
	if (in[1] < low || in[1] > high) {
		return 0;
	}
	for (size_t i = 2; i < len; i++) {
		if ((in[i] & 0xc0) != 0x80) {
			return 0;
		}
	}
	return len;
}

/* Copies characters above ASCII until the next that is not. */
static bool copy_utf8(struct json_scan *scan)
{
	do {
		size_t len = utf8_len(scan->in, (size_t)(scan->end - scan->in));

		if (len == 0) {
			return json_fail(scan, scan->in,
			    "invalid UTF-8 (byte 0x%02X) inside a string",
			    *scan->in);
		}
		for (size_t i = 0; i < len; i++) {
			scan->out[i] = scan->in[i];
		}
		scan->in += len;
		json_advance(scan, len);
	} while (scan->in < scan->end && *scan->in >= 0x80);
	return true;
}

static int hex_value(unsigned char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	if (c >= 'A' && c <= 'F') {
		return c - 'A' + 10;
	}
	return -1;
}

/* Reads \uXXXX, whose backslash is next. */
static bool read_code_unit(struct json_scan *scan, uint32_t *unit)
{
	const unsigned char *backslash = scan->in;

	*unit = 0;
	scan->in += 2;
	for (int i = 0; i < 4; i++) {
		int value = hex_value(json_peek(scan));

		if (scan->in >= scan->end) {
			return json_fail_unexpected(scan, "inside a string");
		}
		if (value < 0) {
			return json_fail(scan, backslash,
			    "\\u is not followed by four hexadecimal digits");
		}
		*unit = *unit << 4 | (uint32_t)value;
		scan->in++;
	}
	return true;
}

static void write_utf8(struct json_scan *scan, uint32_t character)
{
	unsigned char *out = scan->out;

	if (character < 0x80) {
		out[0] = (unsigned char)character;
		json_advance(scan, 1);
	} else if (character < 0x800) {
		out[0] = (unsigned char)(0xc0 | character >> 6);
		out[1] = (unsigned char)(0x80 | (character & 0x3f));
		json_advance(scan, 2);
	} else if (character < 0x10000) {
		out[0] = (unsigned char)(0xe0 | character >> 12);
		out[1] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
		out[2] = (unsigned char)(0x80 | (character & 0x3f));
		json_advance(scan, 3);
	} else {
		out[0] = (unsigned char)(0xf0 | character >> 18);
		out[1] = (unsigned char)(0x80 | (character >> 12 & 0x3f));
		out[2] = (unsigned char)(0x80 | (character >> 6 & 0x3f));
		out[3] = (unsigned char)(0x80 | (character & 0x3f));
		json_advance(scan, 4);
	}
}

/* \uXXXX, or two of them that are one character's surrogates. */
static bool read_unicode_escape(struct json_scan *scan)
{
	const unsigned char *backslash = scan->in;
	uint32_t high;
	uint32_t low;

	if (!read_code_unit(scan, &high)) {
		return false;
	}
	if (high < 0xd800 || high > 0xdfff) {
		write_utf8(scan, high);
		return true;
	}
	if (high > 0xdbff || scan->end - scan->in < 2 || scan->in[0] != '\\' ||
	    scan->in[1] != 'u') {
		return json_fail(scan, backslash,
		    "the \\u escape is half of a surrogate pair; the other "
		    "half is missing");
	}
	if (!read_code_unit(scan, &low)) {
		return false;
	}
	if (low < 0xdc00 || low > 0xdfff) {
		return json_fail(scan, backslash,
		    "the \\u escape is half of a surrogate pair; the other "
		    "half is missing");
	}
	write_utf8(scan, 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00));
	return true;
}

static bool refuse_escape(struct json_scan *scan, unsigned char c)
{
	if (c >= 0x20 && c < 0x7f) {
		return json_fail(scan, scan->in,
		    "\\%c is no escape; a backslash itself is written \\\\", c);
	}
	return json_fail(scan, scan->in,
	    "a backslash must be followed by one of \"\\/bfnrtu");
}

static bool read_escape(struct json_scan *scan)
{
	unsigned char c;

	if (scan->end - scan->in < 2) {
		scan->in = scan->end;
		return json_fail_unexpected(scan, "inside a string");
	}
	c = scan->in[1];
	switch (c) {
	case '"':
	case '\\':
	case '/':
		break;
	case 'b':
		c = '\b';
		break;
	case 'f':
		c = '\f';
		break;
	case 'n':
		c = '\n';
		break;
	case 'r':
		c = '\r';
		break;
	case 't':
		c = '\t';
		break;
	case 'u':
		return read_unicode_escape(scan);
	default:
		return refuse_escape(scan, c);
	}
	scan->in += 2;
	scan->out[0] = c;
	json_advance(scan, 1);
	return true;
}

/* What is no plain byte, and not the closing quote. */
static bool read_special(struct json_scan *scan)
{
	unsigned char c = json_peek(scan);

	if (c == '\\') {
		return read_escape(scan);
	}
	if (c >= 0x80) {
		return copy_utf8(scan);
	}
	if (scan->in >= scan->end) {
		return json_fail_unexpected(scan, "inside a string");
	}
	if (c == '\n' || c == '\r') {
		return json_fail(scan, scan->in,
		    "line break inside a string; it is written \\%c",
		    c == '\n' ? 'n' : 'r');
	}
	return json_fail(scan, scan->in,
	    "control character inside a string; it is written \\u%04X", c);
}

/* Writes the head of a string that was written at head + 1, and moves it when
 * its head is longer. */
static inline void write_head(struct json_scan *scan, unsigned char *head)
{
	size_t len = (size_t)(scan->out - head) - 1;
	size_t more;

	if (LIKELY(len < 32)) {
		*head = (unsigned char)(0xa0 | len);
		return;
	}
	more = len <= 0xff ? 1 : len <= 0xffff ? 2 : 4;
	memmove(head + 1 + more, head + 1, len);
	scan->out += more;
	if (len <= 0xff) {
		head[0] = 0xd9;
		head[1] = (unsigned char)len;
	} else if (len <= 0xffff) {
		json_store16(head, 0xda, (uint32_t)len);
	} else {
		json_store32(head, 0xdb, (uint32_t)len);
	}
}

bool json_read_string(struct json_scan *scan)
{
	unsigned char *head = scan->out;

	scan->in++;
	json_advance(scan, 1);
	for (;;) {
		copy_plain(scan);
		if (LIKELY(json_peek(scan) == '"')) {
			break;
		}
		if (!read_special(scan)) {
			return false;
		}
	}
	scan->in++;
	if (scan->keep != 0) {
		write_head(scan, head);
	}
	return true;
}
