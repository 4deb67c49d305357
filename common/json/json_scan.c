#include "common/json/json_scan.h"

#include <stdarg.h>
#include <stdio.h>

#define SPACE JSON_CHAR_SPACE
#define PLAIN JSON_CHAR_PLAIN
#define PUNCT (JSON_CHAR_PLAIN | JSON_CHAR_WORD)
#define ALPHA (JSON_CHAR_PLAIN | JSON_CHAR_WORD)
#define DIGIT (JSON_CHAR_PLAIN | JSON_CHAR_WORD | JSON_CHAR_DIGIT)
#define FOUR(kind) (kind), (kind), (kind), (kind)

/* clang-format off */
const unsigned char json_chars[256] = {
    ['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE,
    [' '] = SPACE | PLAIN, ['!'] = PLAIN, /* no '"' */
    ['#'] = FOUR(PLAIN), ['\''] = FOUR(PLAIN),
    ['+'] = PUNCT, [','] = PLAIN, ['-'] = PUNCT, ['.'] = PUNCT, ['/'] = PLAIN,
    ['0'] = FOUR(DIGIT), FOUR(DIGIT), DIGIT, DIGIT,
    [':'] = FOUR(PLAIN), PLAIN, PLAIN, PLAIN,
    ['A'] = FOUR(ALPHA), FOUR(ALPHA), FOUR(ALPHA), FOUR(ALPHA), FOUR(ALPHA),
            FOUR(ALPHA), ALPHA, ALPHA,
    ['['] = PLAIN, /* no '\\' */ [']'] = FOUR(PLAIN),
    ['a'] = FOUR(ALPHA), FOUR(ALPHA), FOUR(ALPHA), FOUR(ALPHA), FOUR(ALPHA),
            FOUR(ALPHA), ALPHA, ALPHA,
    ['{'] = FOUR(PLAIN), PLAIN,
};

/* clang-format on */

/* Counts from the text's start: an error is rare, and only one. */
static void locate(const struct json_scan *scan, const unsigned char *at,
    int *line, int *column)
{
	const unsigned char *line_start = scan->start;

	*line = 1;
	for (const unsigned char *c = scan->start; c < at; c++) {
		if (*c == '\n') {
			(*line)++;
			line_start = c + 1;
		}
	}
	*column = (int)(at - line_start) + 1;
}

bool json_fail(
    struct json_scan *scan, const unsigned char *at, const char *format, ...)
{
	char text[256];
	va_list args;
	int line;
	int column;

	if (scan->err == NULL) {
		return false;
	}
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	locate(scan, at, &line, &column);
	err_set_at(scan->err, line, column, "%s", text);
	return false;
}

bool json_fail_unexpected(struct json_scan *scan, const char *where)
{
	unsigned char c;

	if (scan->in >= scan->end) {
		return json_fail(
		    scan, scan->in, "unexpected end of text %s", where);
	}
	c = *scan->in;
	if (c >= 0x20 && c < 0x7f) {
		return json_fail(
		    scan, scan->in, "unexpected '%c' %s", c, where);
	}
	if (c >= 0x80) {
		return json_fail(scan, scan->in,
		    "unexpected character outside ASCII (byte 0x%02X) %s", c,
		    where);
	}
	return json_fail(
	    scan, scan->in, "unexpected control character 0x%02X %s", c, where);
}
