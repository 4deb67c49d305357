/*
 * A line is built in its struct, which always keeps RESERVE bytes free: enough
 * to close an open quote and to end the line as cut. So whatever does not fit,
 * the line that is written is a whole one.
 */
#include "common/log/log.h"

#include "common/base/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define CUT_MARK " cut=true"

enum {
	/* quote, mark with its NUL, line end */
	RESERVE = 1 + sizeof(CUT_MARK) + 1,
	UNIT_MAX = 16, /* bytes of the longest escape: 4 bytes as \xNN */
};

static const char *const level_names[] = {
    [LOG_DEBUG] = "debug",
    [LOG_INFO] = "info",
    [LOG_WARN] = "warn",
    [LOG_ERROR] = "error",
};

static enum log_level lowest_level = LOG_INFO;

void log_set_level(enum log_level level)
{
	lowest_level = level;
}

bool log_is_on(enum log_level level)
{
	return level >= lowest_level;
}

bool log_level_parse(struct slice text, enum log_level *level)
{
	for (size_t i = 0; i < ARRAY_LEN(level_names); i++) {
		if (slice_is(text, level_names[i])) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

const char *log_level_name(enum log_level level)
{
	return level_names[level];
}

const char *log_event_name(enum log_event event)
{
#define EVENT_NAME(id, name) [LOG_##id] = (name),
	static const char *const names[] = {LOG_EVENTS(EVENT_NAME)};
#undef EVENT_NAME

	return names[event];
}

/* All of it or nothing. */
static bool put(struct log_line *line, const char *text, size_t len)
{
	if (line->is_cut || len > sizeof(line->text) - RESERVE - line->len) {
		line->is_cut = true;
		return false;
	}
	memcpy(line->text + line->len, text, len);
	line->len += len;
	return true;
}

static bool is_plain_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("_.:/@+-", c));
}

static bool is_plain(struct slice value)
{
	for (size_t i = 0; i < value.len; i++) {
		if (!is_plain_char(value.data[i])) {
			return false;
		}
	}
	return value.len > 0;
}

/* C1 controls are not to be shown, either: 0x9b starts a terminal's command. */
size_t log_shown_len(struct slice text)
{
	const unsigned char *c = (const unsigned char *)text.data;
	uint32_t code;
	size_t len;

	if (c[0] < 0x80) {
		return c[0] >= 0x20 && c[0] != 0x7f ? 1 : 0;
	}
	len = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4 || len > text.len) {
		return 0;
	}
	code = c[0] & (0x7fU >> len);
	for (size_t i = 1; i < len; i++) {
		if ((c[i] & 0xc0) != 0x80) {
			return 0;
		}
		code = code << 6 | (c[i] & 0x3fU);
	}
	if (code < 0xa0 || (len == 3 && code < 0x800) ||
	    (code >= 0xd800 && code <= 0xdfff) ||
	    (len == 4 && (code < 0x10000 || code > 0x10ffff))) {
		return 0;
	}
	return len;
}

/* Writes what the start of `text` is quoted as, and how long it is, to `unit`.
 * Returns the bytes of `text` used up. */
static size_t quote_unit(
    struct slice text, char unit[UNIT_MAX], size_t *unit_len)
{
	static const char escaped[] = "\"\\\n\r\t";
	static const char letters[] = "\"\\nrt";
	const char *found = memchr(escaped, text.data[0], sizeof(escaped) - 1);
	size_t used;

	if (found != NULL) {
		unit[0] = '\\';
		unit[1] = letters[found - escaped];
		*unit_len = 2;
		return 1;
	}
	used = log_shown_len(text);
	if (used > 0) {
		memcpy(unit, text.data, used);
		*unit_len = used;
		return used;
	}
	*unit_len = (size_t)snprintf(
	    unit, UNIT_MAX, "\\x%02x", (unsigned char)text.data[0]);
	return 1;
}

static void put_quoted(struct log_line *line, struct slice value)
{
	if (!put(line, "\"", 1)) {
		return;
	}
	while (value.len > 0) {
		char unit[UNIT_MAX];
		size_t unit_len;
		size_t used = quote_unit(value, unit, &unit_len);

		if (!put(line, unit, unit_len)) {
			break;
		}
		value = slice_from(value, used);
	}
	/* From the reserve, if need be. */
	line->text[line->len++] = '"';
}

static bool put_key(struct log_line *line, const char *key)
{
	size_t len = line->len;

	if (put(line, " ", 1) && put(line, key, strlen(key)) &&
	    put(line, "=", 1)) {
		return true;
	}
	line->len = len;
	return false;
}

void log_begin(struct log_line *line, enum log_level level, const char *module,
    enum log_event event)
{
	int64_t now_ms;
	time_t seconds;
	struct tm utc;
	int len;

	line->len = 0;
	line->is_cut = false;
	line->is_on = log_is_on(level);
	if (!line->is_on) {
		return;
	}
	now_ms = clock_wall_ms();
	seconds = (time_t)(now_ms / 1000);
	(void)gmtime_r(&seconds, &utc);
	len = snprintf(line->text, sizeof(line->text) - RESERVE,
	    "ts=%04d-%02d-%02dT%02d:%02d:%02d.%03dZ level=%s module=%s "
	    "event=%s",
	    utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday, utc.tm_hour,
	    utc.tm_min, utc.tm_sec, (int)(now_ms % 1000), level_names[level],
	    module, log_event_name(event));
	line->len = len > 0 ? (size_t)len : 0;
}

void log_slice(struct log_line *line, const char *key, struct slice value)
{
	size_t len = line->len;

	if (!line->is_on || !put_key(line, key)) {
		return;
	}
	if (!is_plain(value)) {
		put_quoted(line, value);
		return;
	}
	while (value.len > 0 && put(line, value.data, 1)) {
		value = slice_from(value, 1);
	}
	if (line->text[line->len - 1] == '=') {
		line->len = len;
	}
}

void log_text(struct log_line *line, const char *key, const char *value)
{
	log_slice(line, key, slice_of(value));
}

void log_number(struct log_line *line, const char *key, int64_t value)
{
	char text[24];
	size_t len = line->len;
	int text_len = snprintf(text, sizeof(text), "%" PRId64, value);

	/* Part of a number would be another number. */
	if (line->is_on && put_key(line, key) &&
	    !put(line, text, (size_t)text_len)) {
		line->len = len;
	}
}

void log_err(struct log_line *line, const struct err *err)
{
	log_text(line, "reason", err->text);
	if (err->line > 0) {
		log_number(line, "line", err->line);
	}
	if (err->column > 0) {
		log_number(line, "column", err->column);
	}
}

void log_errno(struct log_line *line, int error_number)
{
	log_text(line, "errno", strerror(error_number));
}

void log_end(struct log_line *line)
{
	ssize_t written;

	if (!line->is_on) {
		return;
	}
	if (line->is_cut) {
		memcpy(line->text + line->len, CUT_MARK, strlen(CUT_MARK));
		line->len += strlen(CUT_MARK);
	}
	line->text[line->len++] = '\n';
	do {
		written = write(STDERR_FILENO, line->text, line->len);
	} while (written < 0 && errno == EINTR);
	line->is_on = false;
}
