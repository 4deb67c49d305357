#ifndef TESTS_SUPPORT_STAND_IN_FAULTS_H
#define TESTS_SUPPORT_STAND_IN_FAULTS_H

/*
 * Faults on demand: a list of rules, of which the first that matches a request
 * is played. Rules come as a JSON array of objects:
 *
 *	endpoint	"/api/v2/event" and so on, "other"; absent: any
 *	contains	octets that the body must have; absent: any body
 *	count		so many requests; absent: for ever
 *	latency_ms	the answer comes so much later
 *	status		the answer's status, 200 to 599
 *	body		its body, a string
 *	content_type	and its type; "text/plain" when absent
 *	retry_after	a number of seconds, or a string: sent as it is
 *	break		instead of the answer: "hang", "reset", "close",
 *			"garbage" (not HTTP), "half" (half of the answer)
 *	taken		whether the request is judged, and taken, all the same;
 *			absent: yes when only late or halved, else no
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/list.h"
#include "common/base/slice.h"

#include "tests/support/stand_in/breakage.h"
#include "tests/support/stand_in/endpoint.h"

struct fault {
	struct list_link link;
	json_t *rule;		/* as it came */
	enum endpoint endpoint; /* ENDPOINT_COUNT: any */
	struct slice contains;
	int64_t count; /* -1: for ever */
	int64_t hits;
	int64_t latency_ms;
	int status; /* 0: the judge's */
	struct slice body;
	const char *content_type;
	char *retry_after; /* NULL: none */
	enum breakage breakage;
	bool is_taken;
};

struct faults {
	struct list rules;
};

void faults_init(struct faults *faults);

/* Frees all rules; usable again. */
void faults_clear(struct faults *faults);

/* Puts the rules of the array in place of those there are. False, and those
 * there are stay, when one is not as above. */
MUST_USE bool faults_set(
    struct faults *faults, const json_t *rules, struct err *err);

/* The fault to play, counted; NULL: none. Borrowed until the next change. */
const struct fault *faults_match(
    struct faults *faults, enum endpoint endpoint, struct slice body);

/* The rules as they came, each with its hits. Caller frees with
 * json_decref(). */
json_t *faults_describe(struct faults *faults);

#endif
