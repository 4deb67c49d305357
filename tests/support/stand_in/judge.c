#include "tests/support/stand_in/judge.h"

#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "common/base/mem.h"

#include "tests/support/stand_in/content.h"
#include "tests/support/stand_in/rate.h"
#include "tests/support/stand_in/repeats.h"
#include "tests/support/stand_in/status.h"

enum {
	REPEAT_WINDOW_MS = 60000,
};

struct judge {
	struct header_secrets secrets;
	struct rate rates[ENDPOINT_COUNT];
	struct repeats *repeats;
};

void judge_options_init(struct judge_options *options)
{
	enum endpoint e;

	options->secrets = (struct header_secrets){NULL, NULL};
	options->repeat_window_ms = REPEAT_WINDOW_MS;
	for (e = ENDPOINT_DEVICE; e < ENDPOINT_COUNT; e++) {
		options->rates_per_s[e] = endpoint_info(e)->rate_per_s;
	}
}

struct judge *judge_create(const struct judge_options *options)
{
	struct judge *judge = xcalloc(1, sizeof(*judge));
	enum endpoint e;

	judge->secrets = options->secrets;
	judge->repeats = repeats_create(options->repeat_window_ms);
	for (e = ENDPOINT_DEVICE; e < ENDPOINT_COUNT; e++) {
		rate_init(&judge->rates[e], options->rates_per_s[e]);
	}
	return judge;
}

void judge_destroy(struct judge *judge)
{
	if (judge == NULL) {
		return;
	}
	repeats_destroy(judge->repeats);
	free(judge);
}

/* All that can be said before the body is looked at. */
static bool check_envelope(struct judge *judge,
    const struct judge_request *request, struct refusal *refusal)
{
	const struct endpoint_info *info = endpoint_info(request->endpoint);

	if (request->endpoint == ENDPOINT_OTHER) {
		return refuse(refusal, 404, "", "there is nothing here");
	}
	if (!request->is_post) {
		return refuse(refusal, 405, "", "the method must be POST");
	}
	if (info->is_mobile ? !header_check_mobile(
				  request->headers, &judge->secrets, refusal)
			    : !header_check_api(
				  request->headers, &judge->secrets, refusal)) {
		return false;
	}
	if (!header_check_media(request->headers, refusal)) {
		return false;
	}
	if (!rate_take(&judge->rates[request->endpoint], request->now_ms)) {
		return refuse(refusal, 429, "", "too many requests");
	}
	return info->max_body_bytes == 0 ||
	    request->body.len <= info->max_body_bytes ||
	    refuse(refusal, 400, "", "the content must have at most %zu bytes",
		info->max_body_bytes);
}

/* NULL, and a refusal, when the body is not JSON. A name that is in an object
 * twice makes it no JSON that a careful client writes. */
static json_t *parse(struct slice body, struct refusal *refusal)
{
	json_error_t error;
	json_t *value = content_parse(
	    body, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

	if (value == NULL) {
		(void)refuse(refusal, 400, "",
		    "the content is not JSON: line %d, column %d", error.line,
		    error.column);
	}
	return value;
}

static bool check_body(struct judge *judge, const struct judge_request *request,
    const json_t *body, struct refusal *refusal)
{
	if (!endpoint_info(request->endpoint)->check_body(body, "", refusal)) {
		return false;
	}
	return request->endpoint != ENDPOINT_CONTACT ||
	    !repeats_take(judge->repeats, body, request->now_ms) ||
	    refuse(refusal, 409, "",
		"Duplicated request: repeated request within 1 minute");
}

/* A contact keeps its number: it is made of what identifies the contact. */
static long long contact_number(const json_t *contact)
{
	const json_t *id = json_object_get(contact, "externalCustomerId");
	char *text =
	    json_dumps(id != NULL ? id : json_object_get(contact, "channels"),
		JSON_SORT_KEYS | JSON_ENCODE_ANY);
	unsigned long long hash = 14695981039346656037ULL;
	const char *c;

	for (c = text; *c != '\0'; c++) {
		hash = (hash ^ (unsigned char)*c) * 1099511628211ULL;
	}
	free(text);
	return (long long)(hash % 9000000000ULL + 1000000000ULL);
}

static void answer_accepted(
    enum endpoint endpoint, const json_t *body, struct answer *answer)
{
	answer->status = 200;
	answer->is_accepted = true;
	/* What the others answer is not published; clients ask for 2xx only. */
	if (endpoint == ENDPOINT_CONTACT) {
		strbuf_appendf(
		    &answer->body, "{\"id\":%lld}", contact_number(body));
	}
}

/* The mobile host explains itself in JSON after RFC 7807. */
static void explain_as_problem(
    const struct refusal *refusal, struct strbuf *out)
{
	json_t *problem = json_pack("{s:s, s:s}", "title",
	    status_phrase(refusal->status), "detail", refusal->reason);
	char *text;

	if (refusal->where[0] != '\0') {
		(void)json_object_set_new(problem, "invalid-params",
		    json_pack("[{s:s, s:s}]", "name", refusal->where, "reason",
			refusal->reason));
	}
	text = json_dumps(problem, JSON_COMPACT);
	strbuf_append_text(out, text);
	free(text);
	json_decref(problem);
}

static void answer_refused(enum endpoint endpoint,
    const struct refusal *refusal, struct answer *answer)
{
	const char *where = refusal->where;

	answer->status = refusal->status;
	answer->reason = xasprintf(
	    "%s%s%s", where, where[0] == '\0' ? "" : " ", refusal->reason);
	if (endpoint_info(endpoint)->is_mobile) {
		explain_as_problem(refusal, &answer->body);
		return;
	}
	free(answer->content_type);
	answer->content_type = xstrdup("text/plain; charset=utf-8");
	strbuf_append_text(&answer->body, answer->reason);
}

void answer_init(struct answer *answer)
{
	*answer = (struct answer){.content_type = xstrdup("application/json")};
	strbuf_init(&answer->body, STRBUF_NO_LIMIT);
}

void judge_request(struct judge *judge, const struct judge_request *request,
    struct answer *answer)
{
	struct refusal refusal = {0};
	json_t *body = NULL;

	answer_init(answer);
	if (check_envelope(judge, request, &refusal)) {
		body = parse(request->body, &refusal);
	}
	if (body != NULL && check_body(judge, request, body, &refusal)) {
		answer_accepted(request->endpoint, body, answer);
	} else {
		answer_refused(request->endpoint, &refusal, answer);
	}
	json_decref(body);
}

void answer_finish(struct answer *answer)
{
	free(answer->content_type);
	free(answer->reason);
	strbuf_finish(&answer->body);
}
