#include "dispatcher/ctl/dead_select.h"

#include <string.h>

#include "common/base/nearest.h"
#include "common/job/job.h"
#include "common/queue/queue_operator.h"
#include "dispatcher/ctl/ctl_group.h"
#include "dispatcher/ctl/ctl_time.h"
#include "dispatcher/msgpack_view.h"

enum {
	STATUS_MAX = 999,
	HUNDRED = 100,
};

/* ---- reading what was typed ---- */

/* Takes a word off the front of a list with commas. False at its end. */
static bool next_word(struct slice *list, struct slice *word)
{
	const char *comma;

	if (list->data == NULL) {
		return false;
	}
	comma = list->len > 0 ? memchr(list->data, ',', list->len) : NULL;
	if (comma == NULL) {
		*word = slice_trim(*list);
		*list = slice_make(NULL, 0);
	} else {
		size_t len = (size_t)(comma - list->data);

		*word = slice_trim(slice_make(list->data, len));
		/* Also when nothing is behind the comma. */
		list->data += len + 1;
		list->len -= len + 1;
	}
	return true;
}

static bool fail_outcome(struct slice word, struct err *err)
{
	char hint[NEAREST_HINT_MAX];
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (int outcome = 0; outcome < OUTCOME_COUNT; outcome++) {
		nearest_offer(
		    &nearest, slice_of(outcome_name((enum outcome)outcome)));
	}
	nearest_hint(&nearest, hint);
	err_set(err, "--outcome: there is no outcome %.*s%s",
	    (int)(word.len < 64 ? word.len : 64), word.data, hint);
	return false;
}

static bool read_outcomes(
    struct dead_select *select, const char *text, struct err *err)
{
	struct slice list = slice_of(text);
	struct slice word;

	while (next_word(&list, &word)) {
		enum outcome outcome;

		if (!outcome_parse(word, &outcome)) {
			return fail_outcome(word, err);
		}
		select->outcomes[outcome] = true;
		select->has_outcomes = true;
	}
	return true;
}

/* 400, or 4xx for all from 400 to 499. */
static bool read_status(struct slice word, struct dead_select_range *range)
{
	int64_t number;

	if (word.len == 3 && word.data[0] >= '1' && word.data[0] <= '9' &&
	    slice_equal_ignoring_case(
		slice_from(word, 1), SLICE_LITERAL("xx"))) {
		range->first = (word.data[0] - '0') * HUNDRED;
		range->last = range->first + HUNDRED - 1;
		return true;
	}
	if (!slice_to_int64(word, &number) || number < 0 ||
	    number > STATUS_MAX) {
		return false;
	}
	range->first = (int)number;
	range->last = (int)number;
	return true;
}

static bool read_statuses(
    struct dead_select *select, const char *text, struct err *err)
{
	struct slice list = slice_of(text);
	struct slice word;

	while (next_word(&list, &word)) {
		if (select->status_count == DEAD_SELECT_STATUSES_MAX) {
			err_set(err, "--status: at most %d at once",
			    DEAD_SELECT_STATUSES_MAX);
			return false;
		}
		if (!read_status(
			word, &select->statuses[select->status_count])) {
			err_set(err,
			    "--status %.64s: write 400, or 4xx, or a list "
			    "with commas; 0 for those without an answer",
			    text);
			return false;
		}
		select->status_count++;
	}
	return true;
}

static bool read_time(const char *option, const char *text, int64_t now_ms,
    struct ctl_time *time, struct err *err)
{
	if (ctl_time_parse(slice_of(text), now_ms, time)) {
		return true;
	}
	err_set(err,
	    "%s %.64s: write how long ago (90m, 2h, 7d) or when (2026-11-20, "
	    "2026-11-20T20:07:01Z; UTC)",
	    option, text);
	return false;
}

static bool read_times(struct dead_select *select,
    const struct dead_select_words *words, int64_t now_ms, struct err *err)
{
	struct ctl_time time;

	select->since_ms = INT64_MIN;
	select->until_ms = INT64_MAX;
	if (words->since != NULL) {
		if (!read_time("--since", words->since, now_ms, &time, err)) {
			return false;
		}
		select->since_ms = time.first_ms;
	}
	if (words->until != NULL) {
		if (!read_time("--until", words->until, now_ms, &time, err)) {
			return false;
		}
		select->until_ms = time.last_ms;
	}
	if (select->since_ms > select->until_ms) {
		err_set(err, "--since is after --until: that selects nothing");
		return false;
	}
	return true;
}

static bool read_groups(struct dead_select *select,
    const struct dead_select_words *words, struct err *err)
{
	if (words->user != NULL &&
	    !ctl_group_of_user(slice_of(words->user), &select->user_group)) {
		err_set(err, "--user: nobody has a blank id");
		return false;
	}
	if (words->device != NULL &&
	    !ctl_group_of_device(
		slice_of(words->device), &select->device_group)) {
		err_set(err, "--device: no device has a blank id");
		return false;
	}
	return true;
}

static bool is_everything(const struct dead_select_words *words)
{
	return words->outcome == NULL && words->status == NULL &&
	    words->event_type == NULL && words->user == NULL &&
	    words->device == NULL && words->template == NULL &&
	    words->since == NULL && words->until == NULL;
}

bool dead_select_init(struct dead_select *select,
    const struct dead_select_words *words, int64_t now_ms, struct err *err)
{
	*select = (struct dead_select){
	    .is_everything = is_everything(words),
	    .event_type = words->event_type,
	    .template = words->template,
	};
	strbuf_init(&select->user_group, STRBUF_NO_LIMIT);
	strbuf_init(&select->device_group, STRBUF_NO_LIMIT);
	return read_outcomes(select, words->outcome, err) &&
	    read_statuses(select, words->status, err) &&
	    read_groups(select, words, err) &&
	    read_times(select, words, now_ms, err);
}

void dead_select_finish(struct dead_select *select)
{
	strbuf_finish(&select->user_group);
	strbuf_finish(&select->device_group);
}

/* ---- selecting ---- */

static bool has_status(const struct dead_select *select, int status)
{
	for (size_t i = 0; i < select->status_count; i++) {
		if (status >= select->statuses[i].first &&
		    status <= select->statuses[i].last) {
			return true;
		}
	}
	return select->status_count == 0;
}

static bool is_of(
    const struct strbuf *group, const struct queue_dead_letter *letter)
{
	return group->len > 0 &&
	    ctl_group_has(strbuf_slice(group), letter->group, letter->id);
}

static bool has_owner(
    const struct dead_select *select, const struct queue_dead_letter *letter)
{
	if (select->user_group.len == 0 && select->device_group.len == 0) {
		return true;
	}
	return is_of(&select->user_group, letter) ||
	    is_of(&select->device_group, letter);
}

/* event.ftl is also /etc/relay/templates/event.ftl. */
static bool has_template(const struct dead_select *select, struct slice path)
{
	struct slice wanted = slice_of(select->template);

	if (select->template == NULL) {
		return true;
	}
	if (path.len <= wanted.len) {
		return slice_equal(path, wanted);
	}
	return path.data[path.len - wanted.len - 1] == '/' &&
	    slice_equal(slice_from(path, path.len - wanted.len), wanted);
}

static bool has_event_type(
    const struct dead_select *select, struct slice element)
{
	struct msgpack_view object;
	struct msgpack_view type;
	struct job job;

	return select->event_type == NULL ||
	    (job_decode(element, &job, NULL) &&
		msgpack_view_open(job.body.object, &object) &&
		msgpack_view_member(&object, "event_type", &type) &&
		type.kind == MSGPACK_TEXT &&
		slice_is(type.text, select->event_type));
}

bool dead_select_takes(
    const struct dead_select *select, const struct queue_dead_letter *letter)
{
	return letter->died_at_ms >= select->since_ms &&
	    letter->died_at_ms <= select->until_ms &&
	    (!select->has_outcomes || select->outcomes[letter->outcome]) &&
	    has_status(select, letter->http_status) &&
	    has_owner(select, letter) &&
	    has_template(select, letter->template) &&
	    has_event_type(select, letter->element);
}
