#ifndef DISPATCHER_HTTP_HTTP_OUTCOME_H
#define DISPATCHER_HTTP_HTTP_OUTCOME_H

/*
 * What an HTTP call came to, as one word. Pure; the only place that reads
 * status codes. What follows from the word is retry.h's.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/job/outcome.h"

struct http_result;

/* `is_repeat`: the last body that was sent for the user was this one, so that
 * an answer may rightly call it a duplicate. */
enum outcome http_outcome(const struct http_result *result, bool is_repeat);

/* The value of a Retry-After header (RFC 9110, 10.2.3), as a span from
 * `wall_now_ms`: seconds, or an HTTP date. -1 when it is neither; 0 for a date
 * that is past. */
int64_t http_retry_after_ms(struct slice value, int64_t wall_now_ms);

#endif
