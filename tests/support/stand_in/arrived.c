#include "tests/support/stand_in/arrived.h"

#include <stdlib.h>

#include <event2/buffer.h>

#include "common/base/mem.h"
#include "common/base/strbuf.h"

#include "tests/support/stand_in/content.h"

/* Beside the number of requests: bodies may be large. */
#define KEEP_BYTES ((size_t)256 << 20)

struct kept {
	int64_t seq;
	int64_t at_ms;
	int64_t answered_at_ms; /* 0: not answered */
	enum endpoint endpoint;
	int status;
	bool is_accepted;
	char *method;
	char *path;
	char *headers; /* JSON */
	char *reason;
	char *broken;
	char *body; /* JSON: as it came, or a string made of it */
	size_t bytes;
};

/* A ring: numbers are consecutive, so `first_seq` finds any. */
struct arrived {
	struct kept **ring;
	size_t keep;
	size_t count;
	size_t bytes;
	int64_t first_seq; /* of the oldest kept, or of the next to come */
	int64_t dropped;
};

struct arrived *arrived_create(size_t keep)
{
	struct arrived *arrived = xcalloc(1, sizeof(*arrived));

	arrived->ring = xcalloc(keep, sizeof(struct kept *));
	arrived->keep = keep;
	arrived->first_seq = 1;
	return arrived;
}

static struct kept **slot(const struct arrived *arrived, int64_t seq)
{
	return &arrived->ring[(uint64_t)seq % arrived->keep];
}

static struct kept *find(const struct arrived *arrived, int64_t seq)
{
	if (seq < arrived->first_seq ||
	    seq >= arrived->first_seq + (int64_t)arrived->count) {
		return NULL;
	}
	return *slot(arrived, seq);
}

static void drop_oldest(struct arrived *arrived)
{
	struct kept **oldest = slot(arrived, arrived->first_seq);
	struct kept *kept = *oldest;

	*oldest = NULL;
	arrived->first_seq++;
	arrived->count--;
	arrived->bytes -= kept->bytes;
	free(kept->method);
	free(kept->path);
	free(kept->headers);
	free(kept->reason);
	free(kept->broken);
	free(kept->body);
	free(kept);
}

void arrived_clear(struct arrived *arrived)
{
	while (arrived->count > 0) {
		drop_oldest(arrived);
	}
	arrived->dropped = 0;
}

void arrived_destroy(struct arrived *arrived)
{
	if (arrived == NULL) {
		return;
	}
	arrived_clear(arrived);
	free(arrived->ring);
	free(arrived);
}

static bool is_json(struct slice body)
{
	json_error_t error;
	json_t *value =
	    content_parse(body, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	json_decref(value);
	return value != NULL;
}

/* What is no JSON may be no UTF-8 either: octets above 0x7f become U+FFFD. */
static char *quote(struct slice body)
{
	struct strbuf out;
	size_t i;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_append_char(&out, '"');
	for (i = 0; i < body.len; i++) {
		unsigned char c = (unsigned char)body.data[i];

		if (c > 0x7f) {
			strbuf_append_text(&out, "\xef\xbf\xbd");
		} else if (c < 0x20 || c == '"' || c == '\\') {
			strbuf_appendf(&out, "\\u%04x", c);
		} else {
			strbuf_append_char(&out, (char)c);
		}
	}
	strbuf_append_char(&out, '"');
	return strbuf_take(&out);
}

int64_t arrived_add(struct arrived *arrived, const struct arrival *arrival)
{
	struct kept *kept = xcalloc(1, sizeof(*kept));

	kept->endpoint = arrival->endpoint;
	kept->at_ms = arrival->at_ms;
	kept->method = xstrdup(arrival->method);
	kept->path = xstrdup(arrival->path);
	kept->headers = json_dumps(arrival->headers, JSON_COMPACT);
	kept->body = is_json(arrival->body)
	    ? xstrndup(arrival->body.data, arrival->body.len)
	    : quote(arrival->body);
	kept->bytes = sizeof(*kept) + strlen(kept->body) +
	    strlen(kept->headers) + strlen(kept->path);
	while (arrived->count > 0 &&
	    (arrived->count == arrived->keep ||
		arrived->bytes + kept->bytes > KEEP_BYTES)) {
		drop_oldest(arrived);
		arrived->dropped++;
	}
	kept->seq = arrived->first_seq + (int64_t)arrived->count;
	*slot(arrived, kept->seq) = kept;
	arrived->count++;
	arrived->bytes += kept->bytes;
	return kept->seq;
}

void arrived_judge(
    struct arrived *arrived, int64_t seq, const struct arrival_verdict *verdict)
{
	struct kept *kept = find(arrived, seq);

	if (kept == NULL) {
		return;
	}
	kept->status = verdict->status;
	kept->is_accepted = verdict->is_accepted;
	if (verdict->reason != NULL) {
		kept->reason = xstrdup(verdict->reason);
	}
	if (verdict->broken != NULL) {
		kept->broken = xstrdup(verdict->broken);
	}
}

void arrived_answer(struct arrived *arrived, int64_t seq, int64_t at_ms)
{
	struct kept *kept = find(arrived, seq);

	if (kept != NULL) {
		kept->answered_at_ms = at_ms;
	}
}

size_t arrived_count(const struct arrived *arrived)
{
	return arrived->count;
}

int64_t arrived_dropped(const struct arrived *arrived)
{
	return arrived->dropped;
}

static json_t *number_or_null(int64_t number)
{
	return number == 0 ? json_null() : json_integer(number);
}

static void write_one(const struct kept *kept, struct evbuffer *out)
{
	json_t *head = json_pack("{s:I, s:I, s:o, s:s, s:s, s:s, s:o, s:b, "
				 "s:s?, s:s?}",
	    "seq", (json_int_t)kept->seq, "at_ms", (json_int_t)kept->at_ms,
	    "answered_at_ms", number_or_null(kept->answered_at_ms), "endpoint",
	    endpoint_info(kept->endpoint)->name, "method", kept->method, "path",
	    kept->path, "status", number_or_null(kept->status), "accepted",
	    kept->is_accepted ? 1 : 0, "reason", kept->reason, "broken",
	    kept->broken);
	char *text = json_dumps(head, JSON_COMPACT);

	/* The head without its closing brace, then what is JSON already. */
	(void)evbuffer_add_printf(out,
	    "%.*s,\"headers\":%s,\"body\":", (int)strlen(text) - 1, text,
	    kept->headers);
	(void)evbuffer_add(out, kept->body, strlen(kept->body));
	(void)evbuffer_add(out, "}", 1);
	free(text);
	json_decref(head);
}

void arrived_write(const struct arrived *arrived,
    const struct arrived_filter *filter, struct evbuffer *out)
{
	int64_t end = arrived->first_seq + (int64_t)arrived->count;
	int64_t left = filter->limit;
	int64_t seq = arrived->first_seq;
	const char *comma = "";

	if (seq <= filter->since) {
		seq = filter->since + 1;
	}
	(void)evbuffer_add(out, "[", 1);
	for (; seq < end && left > 0; seq++) {
		const struct kept *kept = find(arrived, seq);

		if (kept->is_accepted || !filter->accepted_only) {
			(void)evbuffer_add_printf(out, "%s\n", comma);
			write_one(kept, out);
			comma = ",";
			left--;
		}
	}
	(void)evbuffer_add(out, "]\n", 2);
}
