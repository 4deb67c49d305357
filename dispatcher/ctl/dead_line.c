#include "dispatcher/ctl/dead_line.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/base64.h"
#include "common/config/config_syntax.h"
#include "common/job/job.h"
#include "dispatcher/ctl/ctl_attempts.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_time.h"

enum {
	FORMAT = 1,
	GROUP_MAX = 255,
	STATUS_MAX = 999,
};

/* 10000-01-01, which a time is not written with. */
static const int64_t time_end_ms = 253402300800000;

/* ---- writing ---- */

static json_t *base64_of(struct slice bytes)
{
	struct strbuf text;
	json_t *json = json_object();

	strbuf_init(&text, STRBUF_NO_LIMIT);
	base64_append(&text, bytes);
	ctl_json_set(
	    json, "base64", json_stringn(strbuf_text(&text), text.len));
	strbuf_finish(&text);
	return json;
}

/* As text, where it is some. */
static json_t *bytes_of(struct slice bytes)
{
	json_t *json =
	    json_stringn(bytes.data != NULL ? bytes.data : "", bytes.len);

	return json != NULL ? json : base64_of(bytes);
}

static json_t *json_of(
    const char *destination, const struct queue_dead_letter *letter)
{
	json_t *json = json_object();
	struct job job;

	ctl_json_set(json, "dead_letter", json_integer(FORMAT));
	ctl_json_set(json, "destination", json_string(destination));
	ctl_json_set(json, "id", json_string(letter->id));
	ctl_json_set(json, "group", bytes_of(letter->group));
	ctl_json_set(json, "died_at", ctl_json_time(letter->died_at_ms));
	ctl_json_set(
	    json, "outcome", json_string(outcome_name(letter->outcome)));
	ctl_json_set(json, "status", json_integer(letter->http_status));
	ctl_json_set(json, "reason", bytes_of(letter->note));
	ctl_json_set(json, "attempts", json_integer(letter->attempts));
	ctl_json_set(
	    json, "first_attempt_at", ctl_json_time(letter->first_at_ms));
	ctl_json_set(json, "leases_lost", json_integer(letter->losses));
	ctl_json_set(json, "history",
	    ctl_attempts_json(letter->history, letter->history_count));
	if (letter->template.len > 0) {
		ctl_json_set(json, "template", bytes_of(letter->template));
	}
	if (letter->body.len > 0) {
		ctl_json_set(json, "body", bytes_of(letter->body));
	}
	ctl_json_set(json, "element", base64_of(letter->element));
	if (job_decode(letter->element, &job, NULL)) {
		ctl_json_set(json, "object", ctl_json_value(job.body.object));
	}
	return json;
}

void dead_line_append(struct strbuf *out, const char *destination,
    const struct queue_dead_letter *letter, bool is_shown)
{
	json_t *json = json_of(destination, letter);
	char *text = json_dumps(
	    json, JSON_COMPACT | (is_shown ? (size_t)JSON_ENSURE_ASCII : 0));

	assert(text != NULL);
	strbuf_append_text(out, text);
	strbuf_append_char(out, '\n');
	free(text);
	json_decref(json);
}

/* ---- reading ---- */

static bool fail(struct err *err, const char *member, const char *what)
{
	err_set(err, "%s %s", member, what);
	return false;
}

/* A text, or base64. Absent or null: empty. */
static bool read_bytes(struct dead_line *line, const json_t *json,
    const char *name, struct slice *bytes, struct err *err)
{
	const json_t *value = json_object_get(json, name);
	const json_t *base64 = json_object_get(value, "base64");
	size_t start = line->bytes.len;
	struct slice text;

	*bytes = slice_make(NULL, 0);
	if (value == NULL || json_is_null(value)) {
		return true;
	}
	if (json_is_string(value)) {
		*bytes = slice_make(
		    json_string_value(value), json_string_length(value));
		return true;
	}
	if (!json_is_string(base64)) {
		return fail(
		    err, name, "is neither a text nor {\"base64\": ...}");
	}
	text =
	    slice_make(json_string_value(base64), json_string_length(base64));
	/* `bytes` has room for all of the line's, and does not move. */
	if (!base64_decode(text, &line->bytes)) {
		return fail(err, name, "is not base64");
	}
	*bytes = slice_from(strbuf_slice(&line->bytes), start);
	return true;
}

static bool read_number(const json_t *json, const char *name, int64_t max,
    int64_t *number, struct err *err)
{
	const json_t *value = json_object_get(json, name);

	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > max) {
		return fail(err, name, "is not a number in range");
	}
	*number = json_integer_value(value);
	return true;
}

static bool read_status(const json_t *json, int *status, struct err *err)
{
	int64_t number = 0;

	if (!read_number(json, "status", STATUS_MAX, &number, err)) {
		return false;
	}
	*status = (int)number;
	return true;
}

static bool read_time(
    const json_t *json, const char *name, int64_t *at_ms, struct err *err)
{
	const json_t *value = json_object_get(json, name);
	struct ctl_time time;

	*at_ms = 0;
	if (json_is_null(value)) {
		return true;
	}
	/* A span of time is no time here: at 0 there is none. */
	if (!json_is_string(value) ||
	    !ctl_time_parse(slice_of(json_string_value(value)), 0, &time) ||
	    time.first_ms <= 0 || time.first_ms >= time_end_ms) {
		return fail(err, name, "is not a time");
	}
	*at_ms = time.first_ms;
	return true;
}

static bool read_outcome(
    const json_t *json, enum outcome *outcome, struct err *err)
{
	const char *word = json_string_value(json_object_get(json, "outcome"));

	if (word == NULL || !outcome_parse(slice_of(word), outcome)) {
		return fail(err, "outcome", "is not one that is known");
	}
	return true;
}

static bool read_history(
    const json_t *json, struct queue_dead_letter *letter, struct err *err)
{
	const json_t *history = json_object_get(json, "history");
	size_t count = json_array_size(history);

	if (!json_is_array(history) || count > QUEUE_ATTEMPTS_KEPT) {
		return fail(err, "history", "is not a list of at most 10");
	}
	for (size_t i = 0; i < count; i++) {
		const json_t *entry = json_array_get(history, i);
		struct queue_attempt *attempt = &letter->history[i];

		if (!read_time(entry, "at", &attempt->at_ms, err) ||
		    !read_outcome(entry, &attempt->outcome, err) ||
		    !read_status(entry, &attempt->http_status, err) ||
		    !read_number(
			entry, "took_ms", INT64_MAX, &attempt->took_ms, err)) {
			err_prefix(err, "history");
			return false;
		}
	}
	letter->history_count = count;
	return true;
}

/* "<shard>-<number>", or "?" and a digest. */
static bool read_id(
    const json_t *json, struct queue_dead_letter *letter, struct err *err)
{
	const char *id = json_string_value(json_object_get(json, "id"));
	size_t len = id != NULL ? strlen(id) : 0;

	if (len == 0 || len >= sizeof(letter->id) ||
	    strspn(id, "0123456789abcdef-?") != len) {
		return fail(err, "id", "is not a job's");
	}
	(void)snprintf(letter->id, sizeof(letter->id), "%s", id);
	return true;
}

/* That nobody put one letter's job into another's line. */
static bool check_job(const struct queue_dead_letter *letter, struct err *err)
{
	const char *dash = strchr(letter->id, '-');
	int64_t number = -1;
	struct job job;

	if (letter->element.len == 0) {
		return fail(err, "element", "is missing");
	}
	if (job_decode_head(letter->element, &job) &&
	    (dash == NULL || !slice_to_int64(slice_of(dash + 1), &number) ||
		job.id != (uint64_t)number)) {
		return fail(err, "element", "is the job of another id");
	}
	return true;
}

static bool read_names(
    struct dead_line *line, const json_t *json, struct err *err)
{
	line->destination =
	    json_string_value(json_object_get(json, "destination"));
	if (line->destination == NULL ||
	    !config_syntax_is_name(slice_of(line->destination))) {
		return fail(err, "destination", "is not a destination's name");
	}
	if (!read_bytes(line, json, "group", &line->letter.group, err)) {
		return false;
	}
	if (line->letter.group.len == 0 || line->letter.group.len > GROUP_MAX) {
		return fail(err, "group", "is missing or too long");
	}
	return read_id(json, &line->letter, err);
}

static bool read_letter(
    struct dead_line *line, const json_t *json, struct err *err)
{
	struct queue_dead_letter *letter = &line->letter;

	if (!read_names(line, json, err) ||
	    !read_time(json, "died_at", &letter->died_at_ms, err) ||
	    !read_outcome(json, &letter->outcome, err) ||
	    !read_status(json, &letter->http_status, err) ||
	    !read_bytes(line, json, "reason", &letter->note, err) ||
	    !read_number(json, "attempts", INT64_MAX, &letter->attempts, err) ||
	    !read_time(json, "first_attempt_at", &letter->first_at_ms, err) ||
	    !read_number(
		json, "leases_lost", INT64_MAX, &letter->losses, err) ||
	    !read_history(json, letter, err) ||
	    !read_bytes(line, json, "template", &letter->template, err) ||
	    !read_bytes(line, json, "body", &letter->body, err) ||
	    !read_bytes(line, json, "element", &letter->element, err)) {
		return false;
	}
	if (letter->died_at_ms == 0) {
		return fail(err, "died_at", "is missing");
	}
	return check_job(letter, err);
}

bool dead_line_parse(struct dead_line *line, struct slice text, struct err *err)
{
	json_error_t json_error;
	const json_t *format;

	*line = (struct dead_line){.destination = NULL};
	strbuf_init(&line->bytes, text.len);
	if (!strbuf_reserve(&line->bytes, text.len)) {
		err_set(err, "no memory for it");
		return false;
	}
	line->json = json_loadb(text.data != NULL ? text.data : "", text.len,
	    JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &json_error);
	format = json_object_get(line->json, "dead_letter");
	if (line->json == NULL) {
		/* jansson's own words show what is there. */
		err_set(err, "not JSON from byte %d on", json_error.position);
		return false;
	}
	if (!json_is_integer(format)) {
		err_set(err, "not a dead letter as `dead export` writes it");
		return false;
	}
	if (json_integer_value(format) != FORMAT) {
		err_set(err,
		    "a dead letter of another version, %" JSON_INTEGER_FORMAT,
		    json_integer_value(format));
		return false;
	}
	return read_letter(line, line->json, err);
}

void dead_line_finish(struct dead_line *line)
{
	json_decref(line->json);
	strbuf_finish(&line->bytes);
	*line = (struct dead_line){.destination = NULL};
}
