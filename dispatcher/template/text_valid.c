/* Halves of surrogate pairs, once a text is whole: those that met become the
 * character again, those that stayed alone cannot leave the room. */
#include <stdint.h>
#include <string.h>

#include "dispatcher/template/text.h"

enum {
	HALF_LEN = 3, /* the bytes of a half */
};

/* Bytes of ASCII from `at` on, as far as pairs of words of it go. */
static size_t skip_ascii(const char *text, size_t at, size_t len)
{
	while (at + 16 <= len) {
		uint64_t words[2];

		memcpy(words, text + at, sizeof(words));
		if (((words[0] | words[1]) & 0x8080808080808080U) != 0) {
			break;
		}
		at += sizeof(words);
	}
	return at;
}

/* 0, or which half begins at `at`: its unit. */
static uint32_t half_at(const char *text, size_t at, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text + at;

	if (len - at < HALF_LEN || bytes[0] != 0xED || bytes[1] < 0xA0 ||
	    bytes[1] > 0xBF || (bytes[2] & 0xC0) != 0x80) {
		return 0;
	}
	return 0xD000U | (bytes[1] & 0x3FU) << 6 | (bytes[2] & 0x3FU);
}

size_t text_join_halves(char *text, size_t len)
{
	const char *half = len > 0 ? memchr(text, 0xED, len) : NULL;
	size_t at = half != NULL ? (size_t)(half - text) : len;
	size_t to = at;

	while (at < len) {
		uint32_t unit = half_at(text, at, len);

		if (unit == 0) {
			text[to++] = text[at++];
			continue;
		}
		to = text_append_unit(text, to, unit);
		at += HALF_LEN;
	}
	return to;
}

/* Bytes of the character at `at`; 0 when there is none by the rules of UTF-8:
 * the shortest form, no halves, nothing past U+10FFFF. */
static size_t character_len(const char *text, size_t at, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text + at;
	size_t wanted = bytes[0] < 0x80 ? 1
	    : bytes[0] < 0xC2		? 0
	    : bytes[0] < 0xE0		? 2
	    : bytes[0] < 0xF0		? 3
	    : bytes[0] < 0xF5		? 4
					: 0;

	if (wanted == 0 || len - at < wanted) {
		return 0;
	}
	for (size_t i = 1; i < wanted; i++) {
		if ((bytes[i] & 0xC0) != 0x80) {
			return 0;
		}
	}
	if ((bytes[0] == 0xE0 && bytes[1] < 0xA0) ||
	    (bytes[0] == 0xED && bytes[1] > 0x9F) ||
	    (bytes[0] == 0xF0 && bytes[1] < 0x90) ||
	    (bytes[0] == 0xF4 && bytes[1] > 0x8F)) {
		return 0;
	}
	return wanted;
}

static size_t put_valid(char *text, size_t at, size_t len)
{
	size_t to = at;

	while (at < len) {
		size_t wanted = character_len(text, at, len);

		if (wanted > 0) {
			memmove(text + to, text + at, wanted);
			to += wanted;
			at += wanted;
			continue;
		}
		at += half_at(text, at, len) != 0 ? HALF_LEN : 1;
		text[to++] = '?';
	}
	return to;
}

/* Bytes that are valid UTF-8, from the start on. */
static size_t valid_len(const char *text, size_t len)
{
	size_t at = 0;

	while (at < len) {
		size_t wanted = 1;

		at = skip_ascii(text, at, len);
		if (at == len) {
			break;
		}
		if ((unsigned char)text[at] >= 0x80) {
			wanted = character_len(text, at, len);
		}
		if (wanted == 0) {
			break;
		}
		at += wanted;
	}
	return at;
}

bool text_is_valid(struct slice text)
{
	return valid_len(text.data, text.len) == text.len;
}

size_t text_make_valid(char *text, size_t len)
{
	/* Nearly every text is valid: look first, write when it is not. */
	size_t at = valid_len(text, len);

	if (at == len) {
		return len;
	}
	return put_valid(text, at, at + text_join_halves(text + at, len - at));
}
