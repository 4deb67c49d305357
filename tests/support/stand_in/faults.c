#include "tests/support/stand_in/faults.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"

void faults_init(struct faults *faults)
{
	list_init(&faults->rules);
}

static void destroy(struct fault *fault)
{
	json_decref(fault->rule);
	free(fault->retry_after);
	free(fault);
}

void faults_clear(struct faults *faults)
{
	struct list_link *link = list_first(&faults->rules);

	while (link != NULL) {
		struct list_link *next = list_next(&faults->rules, link);

		destroy(LIST_MEMBER(link, struct fault, link));
		link = next;
	}
	list_init(&faults->rules);
}

/* One reader for each key; false when the value is not of its kind. */

static bool read_endpoint(struct fault *fault, const json_t *value)
{
	const char *name = json_string_value(value);

	fault->endpoint =
	    name == NULL ? ENDPOINT_COUNT : endpoint_of_name(name);
	return fault->endpoint != ENDPOINT_COUNT;
}

static struct slice text_of(const json_t *value)
{
	return slice_make(json_string_value(value), json_string_length(value));
}

static bool read_contains(struct fault *fault, const json_t *value)
{
	fault->contains = text_of(value);
	return json_is_string(value);
}

static bool read_count(struct fault *fault, const json_t *value)
{
	fault->count = json_integer_value(value);
	return json_is_integer(value) && fault->count >= 0;
}

static bool read_latency(struct fault *fault, const json_t *value)
{
	fault->latency_ms = json_integer_value(value);
	return json_is_integer(value) && fault->latency_ms >= 0 &&
	    fault->latency_ms <= INT64_C(86400000);
}

static bool read_status(struct fault *fault, const json_t *value)
{
	json_int_t status = json_integer_value(value);

	fault->status = (int)status;
	return json_is_integer(value) && status >= 200 && status <= 599;
}

static bool read_body(struct fault *fault, const json_t *value)
{
	fault->body = text_of(value);
	return json_is_string(value);
}

static bool read_content_type(struct fault *fault, const json_t *value)
{
	fault->content_type = json_string_value(value);
	return json_is_string(value);
}

static bool read_retry_after(struct fault *fault, const json_t *value)
{
	if (json_is_string(value)) {
		fault->retry_after = xstrdup(json_string_value(value));
	} else if (json_is_integer(value)) {
		fault->retry_after =
		    xasprintf("%lld", (long long)json_integer_value(value));
	}
	return fault->retry_after != NULL;
}

static bool read_break(struct fault *fault, const json_t *value)
{
	fault->breakage = breakage_of_name(text_of(value));
	return fault->breakage != BREAKAGE_NONE;
}

static bool read_taken(struct fault *fault, const json_t *value)
{
	fault->is_taken = json_is_true(value);
	return json_is_boolean(value);
}

static const struct {
	const char *name;
	bool (*read)(struct fault *fault, const json_t *value);
} keys[] = {
    {"endpoint", read_endpoint},
    {"contains", read_contains},
    {"count", read_count},
    {"latency_ms", read_latency},
    {"status", read_status},
    {"body", read_body},
    {"content_type", read_content_type},
    {"retry_after", read_retry_after},
    {"break", read_break},
    {"taken", read_taken},
};

static bool read_key(struct fault *fault, const char *name, const json_t *value)
{
	size_t i;

	for (i = 0; i < ARRAY_LEN(keys); i++) {
		if (strcmp(keys[i].name, name) == 0) {
			return keys[i].read(fault, value);
		}
	}
	return false;
}

/* NULL when the rule is not one. */
static struct fault *read_rule(json_t *rule, struct err *err)
{
	struct fault *fault = xcalloc(1, sizeof(*fault));
	const char *name;
	json_t *value;
	bool needs_judge;

	*fault = (struct fault){.rule = json_incref(rule),
	    .endpoint = ENDPOINT_COUNT,
	    .count = -1,
	    .content_type = "text/plain"};
	if (!json_is_object(rule)) {
		err_set(err, "a rule must be an object");
		goto fail;
	}
	json_object_foreach(rule, name, value)
	{
		if (!read_key(fault, name, value)) {
			err_set(err, "%s: unknown, or not of its kind", name);
			goto fail;
		}
	}
	needs_judge = fault->status == 0 &&
	    (fault->breakage == BREAKAGE_NONE ||
		fault->breakage == BREAKAGE_HALF);
	if (json_object_get(rule, "taken") == NULL) {
		fault->is_taken = needs_judge;
	}
	if (needs_judge && !fault->is_taken) {
		err_set(err, "taken: what is not taken needs a status");
		goto fail;
	}
	return fault;
fail:
	destroy(fault);
	return NULL;
}

bool faults_set(struct faults *faults, const json_t *rules, struct err *err)
{
	struct faults read;
	struct list_link *link;
	size_t i;

	if (!json_is_array(rules)) {
		err_set(err, "the rules must be an array");
		return false;
	}
	faults_init(&read);
	for (i = 0; i < json_array_size(rules); i++) {
		struct fault *fault = read_rule(json_array_get(rules, i), err);

		if (fault == NULL) {
			faults_clear(&read);
			return false;
		}
		list_push_back(&read.rules, &fault->link);
	}
	faults_clear(faults);
	while ((link = list_pop_front(&read.rules)) != NULL) {
		list_push_back(&faults->rules, link);
	}
	return true;
}

static bool contains(struct slice body, struct slice wanted)
{
	size_t at;

	if (wanted.len == 0) {
		return true;
	}
	for (at = 0; at + wanted.len <= body.len; at++) {
		if (memcmp(body.data + at, wanted.data, wanted.len) == 0) {
			return true;
		}
	}
	return false;
}

const struct fault *faults_match(
    struct faults *faults, enum endpoint endpoint, struct slice body)
{
	struct list_link *link;

	for (link = list_first(&faults->rules); link != NULL;
	     link = list_next(&faults->rules, link)) {
		struct fault *fault = LIST_MEMBER(link, struct fault, link);

		if ((fault->endpoint == ENDPOINT_COUNT ||
			fault->endpoint == endpoint) &&
		    (fault->count < 0 || fault->hits < fault->count) &&
		    contains(body, fault->contains)) {
			fault->hits++;
			return fault;
		}
	}
	return NULL;
}

json_t *faults_describe(struct faults *faults)
{
	json_t *into = json_array();
	struct list_link *link;

	for (link = list_first(&faults->rules); link != NULL;
	     link = list_next(&faults->rules, link)) {
		struct fault *fault = LIST_MEMBER(link, struct fault, link);

		(void)json_array_append_new(into,
		    json_pack("{s:O, s:I}", "rule", fault->rule, "hits",
			(json_int_t)fault->hits));
	}
	return into;
}
