#include "ingest/answer.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/util.h>
#include <jansson.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	DATE_MAX = 32,
};

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

/* As a JSON string. Our own texts are UTF-8; what is not becomes "?". */
static void append_quoted(struct strbuf *out, const char *text)
{
	json_t *value = json_string(text);
	char *quoted =
	    value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;

	strbuf_append_text(out, quoted != NULL ? quoted : "\"?\"");
	free(quoted);
	json_decref(value);
}

void answer_write_error(struct strbuf *out, const struct err *err)
{
	strbuf_append_text(out, "{\"error\":");
	append_quoted(out, err->text);
	if (err->line > 0) {
		strbuf_appendf(
		    out, ",\"line\":%d,\"column\":%d", err->line, err->column);
	}
	strbuf_append_text(out, "}\n");
}

static void append_jobs(struct strbuf *out, struct slice jobs)
{
	strbuf_append_text(out, ",\"jobs\":[");
	strbuf_append_slice(out, jobs);
	strbuf_append_text(out, "]}\n");
}

void answer_write_taken(
    struct strbuf *out, const struct answer_counts *counts, struct slice jobs)
{
	strbuf_appendf(out, "{\"accepted\":%zu,\"duplicate\":%zu",
	    counts->accepted, counts->duplicate);
	append_jobs(out, jobs);
}

void answer_write_partly(struct strbuf *out, const char *reason,
    const struct answer_counts *counts, struct slice jobs)
{
	strbuf_append_text(out, "{\"error\":");
	append_quoted(out, reason);
	strbuf_appendf(out,
	    ",\"accepted\":%zu,\"duplicate\":%zu,\"full\":%zu,"
	    "\"unavailable\":%zu",
	    counts->accepted, counts->duplicate, counts->full,
	    counts->unavailable);
	append_jobs(out, jobs);
}

void answer_write_message(struct strbuf *out, int status, const struct err *err,
    int64_t retry_after_s)
{
	char date[DATE_MAX] = "";
	struct strbuf body;

	strbuf_init(&body, STRBUF_NO_LIMIT);
	answer_write_error(&body, err);
	(void)evutil_date_rfc1123(date, sizeof(date), NULL);
	strbuf_appendf(out,
	    "HTTP/1.1 %d %s\r\n"
	    "Date: %s\r\n"
	    "Content-Type: application/json\r\n"
	    "Content-Length: %zu\r\n",
	    status, reason_phrase(status), date, body.len);
	if (retry_after_s > 0) {
		strbuf_appendf(
		    out, "Retry-After: %" PRId64 "\r\n", retry_after_s);
	}
	strbuf_append_text(out, "Connection: close\r\n\r\n");
	strbuf_append_slice(out, strbuf_slice(&body));
	strbuf_finish(&body);
}

/* A header that cannot be added for want of memory is left out. */
static void add_header(
    struct evkeyvalq *headers, const char *name, const char *value)
{
	(void)evhttp_add_header(headers, name, value);
}

static void add_headers(struct evkeyvalq *headers, const struct answer *answer)
{
	char number[24];

	add_header(headers, "Content-Type", "application/json");
	(void)snprintf(number, sizeof(number), "%zu", answer->body.len);
	add_header(headers, "Content-Length", number);
	if (answer->ack != NULL) {
		add_header(headers, "Relay-Ack", answer->ack);
	}
	if (answer->retry_after_s > 0) {
		(void)snprintf(
		    number, sizeof(number), "%" PRId64, answer->retry_after_s);
		add_header(headers, "Retry-After", number);
	}
	if (answer->allow != NULL) {
		add_header(headers, "Allow", answer->allow);
	}
	if (answer->closes) {
		add_header(headers, "Connection", "close");
	}
}

void answer_send(struct evhttp_request *request, const struct answer *answer)
{
	/* evhttp would send the body of an answer to HEAD, where a client
	 * expects the next answer. */
	bool has_body = evhttp_request_get_command(request) != EVHTTP_REQ_HEAD;

	add_headers(evhttp_request_get_output_headers(request), answer);
	if (has_body) {
		(void)evbuffer_add(evhttp_request_get_output_buffer(request),
		    answer->body.data, answer->body.len);
	}
	evhttp_send_reply(
	    request, answer->status, reason_phrase(answer->status), NULL);
}
