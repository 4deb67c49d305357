#include "dispatcher/http/http_outcome.h"

#include "dispatcher/http/http_client.h"

#include <curl/curl.h>

#include <strings.h>

enum {
	DATE_MAX = 64,
	DAY_SECONDS = 24 * 60 * 60,
	RETRY_AFTER_MAX_SECONDS = 365 * DAY_SECONDS,
};

static bool contains_ignoring_case(struct slice text, const char *word)
{
	size_t len = strlen(word);

	for (size_t i = 0; i + len <= text.len; i++) {
		if (strncasecmp(text.data + i, word, len) == 0) {
			return true;
		}
	}
	return false;
}

/* Reteno answers 409 to a contact that repeats one of the last minute, and the
 * body says "Duplicated request" (so the vendor's own Shopify application,
 * which takes it for success): the identical request was just accepted. But of
 * A, B, A it refuses the third, too, and leaves the contact as B made it. That,
 * and any other 409, is worth another try. */
static enum outcome conflict_outcome(struct slice body, bool is_repeat)
{
	return is_repeat && contains_ignoring_case(body, "duplicate")
	    ? OUTCOME_DELIVERED
	    : OUTCOME_CONFLICT;
}

/* Statuses that are not what their hundred says. */
static bool is_passing_trouble(int status)
{
	return status == 408  /* the server gave up waiting for us */
	    || status == 421  /* a connection that leads elsewhere */
	    || status == 425; /* too early: TLS early data */
}

enum outcome http_outcome(const struct http_result *result, bool is_repeat)
{
	int status = result->status;

	if (!result->is_complete) {
		return result->was_sent ? OUTCOME_UNKNOWN
					: OUTCOME_NETWORK_ERROR;
	}
	if (status >= 200 && status < 300) {
		return OUTCOME_DELIVERED;
	}
	if (status == 401 || status == 403) {
		return OUTCOME_UNAUTHORIZED;
	}
	if (status == 409) {
		return conflict_outcome(result->body, is_repeat);
	}
	if (status == 429) {
		return OUTCOME_THROTTLED;
	}
	if ((status >= 500 && status < 600) || is_passing_trouble(status)) {
		return OUTCOME_SERVER_ERROR;
	}
	if (status >= 300 && status < 500) {
		return OUTCOME_REJECTED;
	}
	/* A number that HTTP does not have: an answer, but none we can read. */
	return OUTCOME_UNKNOWN;
}

int64_t http_retry_after_ms(struct slice value, int64_t wall_now_ms)
{
	struct slice text = slice_trim(value);
	char date[DATE_MAX];
	int64_t seconds;
	time_t at;

	if (slice_to_int64(text, &seconds)) {
		if (seconds > RETRY_AFTER_MAX_SECONDS) {
			seconds = RETRY_AFTER_MAX_SECONDS;
		}
		return seconds < 0 ? -1 : seconds * 1000;
	}
	if (text.len == 0 || text.len >= sizeof(date)) {
		return -1;
	}
	memcpy(date, text.data, text.len);
	date[text.len] = '\0';
	at = curl_getdate(date, NULL);
	if (at == -1) {
		return -1;
	}
	return (int64_t)at * 1000 <= wall_now_ms
	    ? 0
	    : (int64_t)at * 1000 - wall_now_ms;
}
