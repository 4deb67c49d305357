#include "ingest/http/http_answer.h"

#include "common/base/attr.h"

#include <stdio.h>
#include <time.h>

static const char *reason_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
	    {200, "OK"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {403, "Forbidden"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {408, "Request Timeout"},
	    {411, "Length Required"},
	    {413, "Content Too Large"},
	    {415, "Unsupported Media Type"},
	    {417, "Expectation Failed"},
	    {431, "Request Header Fields Too Large"},
	    {503, "Service Unavailable"},
	    {505, "HTTP Version Not Supported"},
	};

	for (size_t i = 0; i < ARRAY_LEN(phrases); i++) {
		if (phrases[i].status == status) {
			return phrases[i].phrase;
		}
	}
	return "Error";
}

/* Not by strftime: its names of days are the locale's. */
const char *http_date_text(struct http_date *date, int64_t wall_ms)
{
	static const char *const days[] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	int64_t second = wall_ms / 1000;
	time_t time = (time_t)second;
	struct tm tm;

	if ((date->second != second || date->text[0] == '\0') &&
	    gmtime_r(&time, &tm) != NULL) {
		date->second = second;
		(void)snprintf(date->text, sizeof(date->text),
		    "%s, %02d %s %04d %02d:%02d:%02d GMT", days[tm.tm_wday],
		    tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
		    tm.tm_hour, tm.tm_min, tm.tm_sec);
	}
	return date->text;
}

void http_answer_write(struct strbuf *out, const struct http_answer *answer,
    const struct http_answer_form *form)
{
	strbuf_appendf(out,
	    "HTTP/1.1 %d %s\r\nDate: %s\r\nContent-Length: %zu\r\n",
	    answer->status, reason_phrase(answer->status), form->date,
	    answer->body.len);
	strbuf_append_slice(out, answer->headers);
	if (answer->closes) {
		strbuf_append_text(out, "Connection: close\r\n");
	} else if (form->says_keep_alive) {
		strbuf_append_text(out, "Connection: keep-alive\r\n");
	}
	strbuf_append_text(out, "\r\n");
	if (form->has_body) {
		strbuf_append_slice(out, answer->body);
	}
}
