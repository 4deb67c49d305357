#include "dispatcher/template/text.h"

#include <string.h>

#include <unicode/ucasemap.h>
#include <unicode/uchar.h>

uint32_t text_decode(struct slice text, size_t at, size_t *len)
{
	const unsigned char *bytes = (const unsigned char *)text.data + at;
	size_t left = text.len - at;

	*len = 1;
	if (bytes[0] < 0xC0) {
		return bytes[0];
	}
	if (bytes[0] < 0xE0 && left >= 2) {
		*len = 2;
		return (bytes[0] & 0x1FU) << 6 | (bytes[1] & 0x3FU);
	}
	if (bytes[0] < 0xF0 && left >= 3) {
		*len = 3;
		return (bytes[0] & 0x0FU) << 12 | (bytes[1] & 0x3FU) << 6 |
		    (bytes[2] & 0x3FU);
	}
	if (left >= 4) {
		*len = 4;
		return (bytes[0] & 0x07U) << 18 | (bytes[1] & 0x3FU) << 12 |
		    (bytes[2] & 0x3FU) << 6 | (bytes[3] & 0x3FU);
	}
	return bytes[0];
}

size_t text_encode(char *out, uint32_t character)
{
	unsigned char *bytes = (unsigned char *)out;

	if (character < 0x80) {
		bytes[0] = (unsigned char)character;
		return 1;
	}
	if (character < 0x800) {
		bytes[0] = (unsigned char)(0xC0 | character >> 6);
		bytes[1] = (unsigned char)(0x80 | (character & 0x3F));
		return 2;
	}
	if (character < 0x10000) {
		bytes[0] = (unsigned char)(0xE0 | character >> 12);
		bytes[1] = (unsigned char)(0x80 | (character >> 6 & 0x3F));
		bytes[2] = (unsigned char)(0x80 | (character & 0x3F));
		return 3;
	}
	bytes[0] = (unsigned char)(0xF0 | (character >> 18 & 0x07));
	bytes[1] = (unsigned char)(0x80 | (character >> 12 & 0x3F));
	bytes[2] = (unsigned char)(0x80 | (character >> 6 & 0x3F));
	bytes[3] = (unsigned char)(0x80 | (character & 0x3F));
	return 4;
}

static bool is_high_surrogate(uint32_t character)
{
	return character >= 0xD800 && character <= 0xDBFF;
}

static bool is_low_surrogate(uint32_t character)
{
	return character >= 0xDC00 && character <= 0xDFFF;
}

/* A high surrogate at the text's end: its code, or 0. */
static uint32_t trailing_half(struct slice text)
{
	uint32_t character;
	size_t len;

	if (text.len < 3 || (unsigned char)text.data[text.len - 3] != 0xED) {
		return 0;
	}
	character = text_decode(text, text.len - 3, &len);
	return len == 3 && is_high_surrogate(character) ? character : 0;
}

size_t text_append_unit(char *out, size_t len, uint32_t unit)
{
	uint32_t high = trailing_half(slice_make(out, len));

	if (high != 0 && is_low_surrogate(unit)) {
		len -= 3;
		unit = 0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00);
	}
	return len + text_encode(out + len, unit);
}

/* Each character is a unit, those of four bytes are two; bytes that only
 * continue a character are none. */
size_t text_units(struct slice text)
{
	size_t units = 0;

	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		units += (byte & 0xC0) != 0x80;
		units += byte >= 0xF0;
	}
	return units;
}

size_t text_offset_of_unit(struct slice text, size_t unit)
{
	size_t at = 0;

	while (at < text.len && unit > 0) {
		size_t len;
		uint32_t character = text_decode(text, at, &len);
		size_t units = character >= 0x10000 ? 2 : 1;

		if (units > unit) {
			break;
		}
		unit -= units;
		at += len;
	}
	return at;
}

/* Where unit `unit` is: the byte offset of its character, and whether it is
 * that character's second half. */
static size_t locate(struct slice text, size_t unit, bool *is_half)
{
	size_t at = text_offset_of_unit(text, unit);
	struct slice before = slice_make(text.data, at);

	*is_half = text_units(before) < unit && at < text.len;
	return at;
}

bool text_part(struct arena *arena, struct slice text, size_t start, size_t end,
    struct slice *part)
{
	bool starts_half;
	bool ends_half;
	size_t from = locate(text, start, &starts_half);
	size_t to = locate(text, end, &ends_half);
	char *out;
	size_t len = 0;
	size_t char_len;

	if (start >= end) {
		*part = slice_make("", 0);
		return true;
	}
	if (!starts_half && !ends_half) {
		*part = slice_make(text.data + from, to - from);
		return true;
	}
	out = arena_alloc(arena, to - from + 8);
	if (out == NULL) {
		return false;
	}
	if (starts_half) {
		uint32_t character = text_decode(text, from, &char_len);

		len =
		    text_encode(out, 0xDC00 + ((character - 0x10000) & 0x3FF));
		from += char_len;
	}
	if (to > from) {
		memcpy(out + len, text.data + from, to - from);
		len += to - from;
	}
	if (ends_half) {
		uint32_t character = text_decode(text, to, &char_len);

		len += text_encode(
		    out + len, 0xD800 + ((character - 0x10000) >> 10));
	}
	*part = slice_make(out, len);
	return true;
}

bool text_join(
    struct arena *arena, struct slice a, struct slice b, struct slice *joined)
{
	uint32_t high = trailing_half(a);
	char *out;
	size_t len;

	if (a.len == 0 || b.len == 0) {
		*joined = a.len == 0 ? b : a;
		return true;
	}
	if (a.len + b.len > UINT32_MAX) {
		return false;
	}
	out = arena_alloc(arena, a.len + b.len + 1);
	if (out == NULL) {
		return false;
	}
	memcpy(out, a.data, a.len);
	len = a.len;
	if (high != 0 && b.len >= 3) {
		size_t low_len;
		uint32_t low = text_decode(b, 0, &low_len);

		if (is_low_surrogate(low)) {
			len = text_append_unit(out, len, low);
			b = slice_from(b, low_len);
		}
	}
	if (b.len > 0) {
		memcpy(out + len, b.data, b.len);
	}
	*joined = slice_make(out, len + b.len);
	return true;
}

static bool is_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if ((unsigned char)text.data[i] >= 0x80) {
			return false;
		}
	}
	return true;
}

static char ascii_to_case(char c, enum text_case wanted)
{
	if (wanted == TEXT_UPPER) {
		return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	}
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool unicode_to_case(struct arena *arena, struct slice text,
    enum text_case wanted, struct slice *result)
{
	UErrorCode status = U_ZERO_ERROR;
	UCaseMap *map = ucasemap_open("en_US", 0, &status);
	int32_t room;
	int32_t len;
	char *out;

	/* A character grows to three at most. */
	if (map == NULL || U_FAILURE(status) || text.len > INT32_MAX / 4) {
		ucasemap_close(map);
		return false;
	}
	room = (int32_t)text.len * 3 + 4;
	out = arena_alloc(arena, (size_t)room);
	if (out == NULL) {
		ucasemap_close(map);
		return false;
	}
	if (wanted == TEXT_UPPER) {
		len = ucasemap_utf8ToUpper(
		    map, out, room, text.data, (int32_t)text.len, &status);
	} else {
		len = ucasemap_utf8ToLower(
		    map, out, room, text.data, (int32_t)text.len, &status);
	}
	ucasemap_close(map);
	*result = slice_make(out, (size_t)len);
	return U_SUCCESS(status) && len <= room;
}

bool text_to_case(struct arena *arena, struct slice text, enum text_case wanted,
    struct slice *result)
{
	char *out;

	if (text.len == 0) {
		*result = text;
		return true;
	}
	if (!is_ascii(text)) {
		return unicode_to_case(arena, text, wanted, result);
	}
	out = arena_alloc(arena, text.len);
	if (out == NULL) {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		out[i] = ascii_to_case(text.data[i], wanted);
	}
	*result = slice_make(out, text.len);
	return true;
}

bool text_find(struct slice text, struct slice needle, size_t start, size_t *at)
{
	if (needle.len == 0) {
		*at = start;
		return start <= text.len;
	}
	for (; start + needle.len <= text.len; start++) {
		const char *found = memchr(text.data + start, needle.data[0],
		    text.len - start - needle.len + 1);

		if (found == NULL) {
			return false;
		}
		start = (size_t)(found - text.data);
		if (memcmp(found, needle.data, needle.len) == 0) {
			*at = start;
			return true;
		}
	}
	return false;
}

bool text_is_space(uint32_t character)
{
	return u_isWhitespace((UChar32)character);
}

bool text_is_letter(uint32_t character)
{
	return u_isalpha((UChar32)character);
}
