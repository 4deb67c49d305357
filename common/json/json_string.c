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

/* Whether the text ends inside of a sequence that was right so far: some bytes
 * behind it would have made it whole. */
static bool is_cut_utf8(const unsigned char *in, size_t left)
{
	static const unsigned char filler[] = {0x80, 0xbf};
	unsigned char whole[4];

	if (left >= sizeof(whole)) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(filler); i++) {
		memset(whole, filler[i], sizeof(whole));
		memcpy(whole, in, left);
		if (utf8_len(whole, sizeof(whole)) > left) {
			return true;
		}
	}
	return false;
}

static bool refuse_utf8(struct json_scan *scan)
{
	if (is_cut_utf8(scan->in, (size_t)(scan->end - scan->in))) {
		scan->in = scan->end;
		return json_fail_unexpected(scan, "inside a string");
	}
	return json_fail(scan, scan->in,
	    "invalid UTF-8 (byte 0x%02X) inside a string", *scan->in);
}

/* Copies characters above ASCII until the next that is not. */
static bool copy_utf8(struct json_scan *scan)
{
	do {
		size_t len = utf8_len(scan->in, (size_t)(scan->end - scan->in));

		if (UNLIKELY(len == 0)) {
			return refuse_utf8(scan);
		}
		for (size_t i = 0; i < len; i++) {
			scan->out[i] = scan->in[i];
		}
		scan->in += len;
		json_advance(scan, len);
	} while (scan->in < scan->end && *scan->in >= 0x80);
	return true;
}

/* What is no plain byte, and not the closing quote. */
static bool read_special(struct json_scan *scan)
{
	unsigned char c = json_peek(scan);

	if (c == '\\') {
		return json_read_escape(scan);
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
