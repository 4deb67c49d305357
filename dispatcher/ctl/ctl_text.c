#include "dispatcher/ctl/ctl_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "common/log/log.h"

static void append_escape(struct strbuf *out, char c)
{
	switch (c) {
	case '\n':
		strbuf_append_text(out, "\\n");
		break;
	case '\r':
		strbuf_append_text(out, "\\r");
		break;
	case '\t':
		strbuf_append_text(out, "\\t");
		break;
	default:
		strbuf_appendf(out, "\\x%02x", (unsigned char)c);
		break;
	}
}

/* Takes one character off the front. */
static void append_one(struct strbuf *out, struct slice *text)
{
	size_t len = log_shown_len(*text);

	if (len == 0) {
		append_escape(out, text->data[0]);
		len = 1;
	} else {
		strbuf_append(out, text->data, len);
	}
	*text = slice_from(*text, len);
}

void ctl_append_shown(struct strbuf *out, struct slice text)
{
	while (text.len > 0) {
		append_one(out, &text);
	}
}

void ctl_append_shown_cut(
    struct strbuf *out, struct slice text, size_t max_characters)
{
	while (text.len > 0) {
		if (max_characters == 0) {
			strbuf_append_text(out, "...");
			return;
		}
		append_one(out, &text);
		max_characters--;
	}
}

void ctl_append_shown_lines(struct strbuf *out, struct slice text)
{
	char last = '\0';

	while (text.len > 0) {
		last = text.data[0];
		if (last == '\n' || last == '\t') {
			strbuf_append_char(out, last);
			text = slice_from(text, 1);
		} else {
			append_one(out, &text);
		}
	}
	if (last != '\n') {
		strbuf_append_char(out, '\n');
	}
}

size_t ctl_width(struct slice text)
{
	size_t width = 0;

	for (size_t i = 0; i < text.len; i++) {
		if (((unsigned char)text.data[i] & 0xc0) != 0x80) {
			width++;
		}
	}
	return width;
}

void ctl_append_time(struct strbuf *out, int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	char text[32];
	struct tm tm;

	if (at_ms <= 0 || gmtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0) {
		strbuf_append_char(out, '-');
		return;
	}
	strbuf_appendf(out, "%s.%03dZ", text, (int)(at_ms % 1000));
}

void ctl_append_span(struct strbuf *out, int64_t span_ms)
{
	static const struct {
		const char *name;
		int64_t seconds;
	} units[] = {{"d", 86400}, {"h", 3600}, {"m", 60}, {"s", 1}};

	int64_t seconds = span_ms / 1000;

	if (span_ms < 0) {
		strbuf_append_char(out, '-');
		return;
	}
	if (seconds == 0) {
		strbuf_appendf(out, "%" PRId64 "ms", span_ms);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (seconds < units[i].seconds) {
			continue;
		}
		strbuf_appendf(out, "%" PRId64 "%s", seconds / units[i].seconds,
		    units[i].name);
		seconds %= units[i].seconds;
		if (i + 1 < ARRAY_LEN(units) &&
		    seconds / units[i + 1].seconds > 0) {
			strbuf_appendf(out, " %" PRId64 "%s",
			    seconds / units[i + 1].seconds, units[i + 1].name);
		}
		return;
	}
}

const char *ctl_plural(int64_t number)
{
	return number == 1 ? "" : "s";
}

void ctl_print(const struct strbuf *text)
{
	(void)fwrite(strbuf_text(text), 1, text->len, stdout);
}

void ctl_print_body(struct slice body)
{
	struct strbuf shown;

	if (isatty(STDOUT_FILENO)) {
		strbuf_init(&shown, STRBUF_NO_LIMIT);
		ctl_append_shown_lines(&shown, body);
		ctl_print(&shown);
		strbuf_finish(&shown);
		return;
	}
	(void)fwrite(body.data, 1, body.len, stdout);
	if (body.len == 0 || body.data[body.len - 1] != '\n') {
		(void)fputc('\n', stdout);
	}
}
