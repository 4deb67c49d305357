/*
 * What a backslash starts inside a string. An escape is longer than the bytes
 * that it becomes.
 */

#include "common/json/json_scan.h"

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

static bool refuse_surrogate(
    struct json_scan *scan, const unsigned char *backslash)
{
	return json_fail(scan, backslash,
	    "half of a surrogate pair in \\u escapes, without the other half");
}

/* \uXXXX, or two of them that are one character's surrogates. */
static bool read_unicode_escape(struct json_scan *scan)
{
	static const unsigned char start[] = {'\\', 'u'};
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
	if (high > 0xdbff) {
		return refuse_surrogate(scan, backslash);
	}
	for (size_t i = 0; i < sizeof(start); i++) {
		if (scan->in + i >= scan->end) {
			scan->in = scan->end;
			return json_fail_unexpected(scan, "inside a string");
		}
		if (scan->in[i] != start[i]) {
			return refuse_surrogate(scan, backslash);
		}
	}
	if (!read_code_unit(scan, &low)) {
		return false;
	}
	if (low < 0xdc00 || low > 0xdfff) {
		return refuse_surrogate(scan, backslash);
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

bool json_read_escape(struct json_scan *scan)
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
