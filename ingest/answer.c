#include "ingest/answer.h"

#include <jansson.h>

#include <inttypes.h>
#include <stdlib.h>

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

void answer_write_headers(struct strbuf *out, const struct answer *answer)
{
	strbuf_append_text(out, "Content-Type: application/json\r\n");
	if (answer->is_acked) {
		strbuf_append_text(out, "Relay-Ack: redis\r\n");
	}
	if (answer->retry_after_s > 0) {
		strbuf_appendf(
		    out, "Retry-After: %" PRId64 "\r\n", answer->retry_after_s);
	}
	if (answer->allow != NULL) {
		strbuf_appendf(out, "Allow: %s\r\n", answer->allow);
	}
}
