#include "common/base/base64.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum {
	GROUP_BYTES = 3, /* become */
	GROUP_CHARS = 4,
};

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Up to three bytes, as the high ones of 24 bits. */
static uint32_t bits_of(const char *bytes, size_t count)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < GROUP_BYTES; i++) {
		bits <<= 8;
		bits |= i < count ? (unsigned char)bytes[i] : 0;
	}
	return bits;
}

void base64_append(struct strbuf *out, struct slice bytes)
{
	while (bytes.len > 0) {
		size_t count =
		    bytes.len < GROUP_BYTES ? bytes.len : (size_t)GROUP_BYTES;
		uint32_t bits = bits_of(bytes.data, count);
		char chars[GROUP_CHARS];

		memset(chars, '=', sizeof(chars));
		for (size_t i = 0; i <= count; i++) {
			chars[i] = alphabet[bits >> (18 - 6 * i) & 0x3f];
		}
		strbuf_append(out, chars, sizeof(chars));
		bytes = slice_from(bytes, count);
	}
}

/* False for what is not in the alphabet. */
static bool value_of(char c, uint32_t *value)
{
	const char *at = memchr(alphabet, c, sizeof(alphabet) - 1);

	*value = at != NULL ? (uint32_t)(at - alphabet) : 0;
	return at != NULL;
}

/* Four characters, of which `chars` are no padding. */
static bool decode_group(const char *text, size_t chars, struct strbuf *out)
{
	size_t count = chars - 1;
	uint32_t bits = 0;

	for (size_t i = 0; i < GROUP_CHARS; i++) {
		uint32_t value = 0;

		if (i < chars && !value_of(text[i], &value)) {
			return false;
		}
		bits = bits << 6 | value;
	}
	for (size_t i = 0; i < count; i++) {
		strbuf_append_char(out, (char)(bits >> (16 - 8 * i) & 0xff));
	}
	/* Nothing may be in the bits that stand for no byte. */
	return (bits & ((UINT32_C(1) << (24 - 8 * count)) - 1)) == 0;
}

bool base64_decode(struct slice text, struct strbuf *out)
{
	if (text.len % GROUP_CHARS != 0) {
		return false;
	}
	for (size_t at = 0; at < text.len; at += GROUP_CHARS) {
		const char *group = text.data + at;
		size_t chars = GROUP_CHARS;

		if (at + GROUP_CHARS == text.len && group[3] == '=') {
			chars = group[2] == '=' ? 2 : 3;
		}
		if (!decode_group(group, chars, out)) {
			return false;
		}
	}
	return true;
}
