#ifndef TESTS_SUPPORT_STAND_IN_JUDGE_H
#define TESTS_SUPPORT_STAND_IN_JUDGE_H

/*
 * Reteno's judgement of one request: every rule in the order in which a
 * server asks, and the answer. Keeps the rates and the contacts of the last
 * minute. Knows nothing of connections and of faults.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

#include "tests/support/stand_in/endpoint.h"
#include "tests/support/stand_in/header_rules.h"

struct evkeyvalq;
struct judge;

struct judge_options {
	struct header_secrets secrets;	 /* borrowed */
	int rates_per_s[ENDPOINT_COUNT]; /* 0: no limit */
	int64_t repeat_window_ms;
};

struct judge_request {
	enum endpoint endpoint;
	bool is_post;
	const struct evkeyvalq *headers; /* borrowed */
	struct slice body;		 /* borrowed */
	int64_t now_ms;			 /* monotonic */
};

struct answer {
	int status;
	bool is_accepted; /* taken as Reteno would take it */
	char *content_type;
	char *reason; /* why not; NULL when accepted */
	struct strbuf body;
};

/* As published: the rates and the minute. */
void judge_options_init(struct judge_options *options);

/* Never NULL; copies the options. Caller frees with judge_destroy. */
struct judge *judge_create(const struct judge_options *options);

/* NULL is fine. */
void judge_destroy(struct judge *judge);

/* An empty one without a status. Caller frees with answer_finish. */
void answer_init(struct answer *answer);

/* Fills in *answer, which needs no init. Caller frees with answer_finish. */
void judge_request(struct judge *judge, const struct judge_request *request,
    struct answer *answer);

void answer_finish(struct answer *answer);

#endif
