#include "tests/support/stand_in/side.h"

#include <stdlib.h>
#include <string.h>

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "tests/support/stand_in/stand_in.h"
#include "tests/support/stand_in/status.h"

#define PREFIX "/_stand-in/"

bool side_is_path(const char *path)
{
	return strncmp(path, PREFIX, sizeof(PREFIX) - 1) == 0;
}

static void reply(struct evhttp_request *request, int status)
{
	(void)evhttp_add_header(evhttp_request_get_output_headers(request),
	    "Content-Type", "application/json");
	evhttp_send_reply(request, status, status_phrase(status), NULL);
}

/* Takes the value. */
static void send_json(struct evhttp_request *request, int status, json_t *value)
{
	struct evbuffer *out = evhttp_request_get_output_buffer(request);
	char *text = json_dumps(value, JSON_COMPACT);

	(void)evbuffer_add_printf(out, "%s\n", text);
	free(text);
	json_decref(value);
	reply(request, status);
}

static void send_ok(struct evhttp_request *request)
{
	send_json(request, 200, json_pack("{s:b}", "ok", 1));
}

static void send_error(
    struct evhttp_request *request, int status, const char *text)
{
	send_json(request, status, json_pack("{s:s}", "error", text));
}

static void get_health(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	(void)stand_in;
	send_ok(request);
}

/* False when it is there and no number from 0. */
static bool read_number(
    const struct evkeyvalq *query, const char *name, int64_t *value)
{
	const char *text = evhttp_find_header(query, name);

	return text == NULL ||
	    (slice_to_int64(slice_of(text), value) && *value >= 0);
}

static void get_arrived(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	const char *text =
	    evhttp_uri_get_query(evhttp_request_get_evhttp_uri(request));
	struct arrived_filter filter = {.limit = INT64_MAX};
	struct evkeyvalq query = {0};
	int64_t accepted = 0;
	bool is_fine;

	is_fine =
	    evhttp_parse_query_str(text == NULL ? "" : text, &query) == 0 &&
	    read_number(&query, "since", &filter.since) &&
	    read_number(&query, "accepted", &accepted) &&
	    read_number(&query, "limit", &filter.limit);
	evhttp_clear_headers(&query);
	if (!is_fine) {
		send_error(request, 400, "since, accepted, limit: a number");
		return;
	}
	filter.accepted_only = accepted != 0;
	arrived_write(stand_in->arrived, &filter,
	    evhttp_request_get_output_buffer(request));
	reply(request, 200);
}

static void delete_arrived(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	arrived_clear(stand_in->arrived);
	send_ok(request);
}

static void get_stats(struct stand_in *stand_in, struct evhttp_request *request)
{
	json_t *stats = stats_describe(&stand_in->stats);

	(void)json_object_set_new(stats, "kept",
	    json_integer((json_int_t)arrived_count(stand_in->arrived)));
	(void)json_object_set_new(
	    stats, "dropped", json_integer(arrived_dropped(stand_in->arrived)));
	send_json(request, 200, stats);
}

static void delete_stats(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	stats_clear(&stand_in->stats);
	send_ok(request);
}

static void get_faults(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	send_json(request, 200, faults_describe(&stand_in->faults));
}

static void post_faults(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	struct evbuffer *body = evhttp_request_get_input_buffer(request);
	size_t len = evbuffer_get_length(body);
	const char *text = (const char *)evbuffer_pullup(body, -1);
	json_t *rules = json_loadb(
	    text == NULL ? "" : text, len, JSON_REJECT_DUPLICATES, NULL);
	struct err err;

	err_set(&err, "the rules must be JSON");
	if (rules != NULL && faults_set(&stand_in->faults, rules, &err)) {
		send_ok(request);
	} else {
		send_error(request, 400, err.text);
	}
	json_decref(rules);
}

static void delete_faults(
    struct stand_in *stand_in, struct evhttp_request *request)
{
	faults_clear(&stand_in->faults);
	send_ok(request);
}

static const struct {
	const char *path;
	enum evhttp_cmd_type method;
	void (*answer)(
	    struct stand_in *stand_in, struct evhttp_request *request);
} pages[] = {
    {PREFIX "healthz", EVHTTP_REQ_GET, get_health},
    {PREFIX "arrived", EVHTTP_REQ_GET, get_arrived},
    {PREFIX "arrived", EVHTTP_REQ_DELETE, delete_arrived},
    {PREFIX "stats", EVHTTP_REQ_GET, get_stats},
    {PREFIX "stats", EVHTTP_REQ_DELETE, delete_stats},
    {PREFIX "faults", EVHTTP_REQ_GET, get_faults},
    {PREFIX "faults", EVHTTP_REQ_POST, post_faults},
    {PREFIX "faults", EVHTTP_REQ_DELETE, delete_faults},
};

void side_answer(struct stand_in *stand_in, struct evhttp_request *request)
{
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));
	int status = 404;
	size_t i;

	for (i = 0; i < ARRAY_LEN(pages); i++) {
		if (strcmp(pages[i].path, path) != 0) {
			continue;
		}
		if (pages[i].method == evhttp_request_get_command(request)) {
			pages[i].answer(stand_in, request);
			return;
		}
		status = 405;
	}
	send_error(request, status, status_phrase(status));
}
