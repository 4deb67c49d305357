#include "dispatcher/ctl/ctl_group.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "common/job/identity.h"

enum {
	NUMBER_DIGITS = 16,
	STR32_HEAD = 0xdb,
	STR32_HEAD_BYTES = 5,
};

/* As msgpack, which is how identity.h has members. */
static void append_str(struct strbuf *out, struct slice text)
{
	strbuf_append_char(out, (char)STR32_HEAD);
	for (int shift = 24; shift >= 0; shift -= 8) {
		strbuf_append_char(out, (char)(text.len >> shift & 0xff));
	}
	strbuf_append_slice(out, text);
}

static bool append_group(struct slice id, bool is_user, struct strbuf *out)
{
	struct identity_members members = {.user = {NULL, 0}};
	struct strbuf member;

	if (slice_trim(id).len == 0 || id.len > UINT32_MAX) {
		return false;
	}
	strbuf_init(&member, id.len + STR32_HEAD_BYTES);
	append_str(&member, id);
	*(is_user ? &members.user : &members.device) = strbuf_slice(&member);
	identity_group(&members, slice_make(NULL, 0), out);
	strbuf_finish(&member);
	return true;
}

bool ctl_group_of_user(struct slice id, struct strbuf *out)
{
	return append_group(id, true, out);
}

bool ctl_group_of_device(struct slice id, struct strbuf *out)
{
	return append_group(id, false, out);
}

static bool are_digits(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (strchr("0123456789abcdef", text.data[i]) == NULL ||
		    text.data[i] == '\0') {
			return false;
		}
	}
	return true;
}

/* Whether that is the number behind the shard in the job's id. The id of a job
 * whose head cannot be read says nothing of its number. */
static bool is_number_of(struct slice digits, const char *job_id)
{
	const char *dash = strchr(job_id, '-');
	char expected[NUMBER_DIGITS + 1];
	int64_t number;

	if (job_id[0] == '?') {
		return true;
	}
	if (dash == NULL || !slice_to_int64(slice_of(dash + 1), &number) ||
	    number < 0) {
		return false;
	}
	(void)snprintf(expected, sizeof(expected), "%016" PRIx64, number);
	return slice_is(digits, expected);
}

bool ctl_group_has(struct slice group, struct slice actual, const char *job_id)
{
	struct slice rest = slice_from(actual, group.len);
	struct slice digits = slice_from(rest, 1);

	if (actual.len < group.len ||
	    !slice_equal(slice_make(actual.data, group.len), group)) {
		return false;
	}
	return rest.len == 0 ||
	    (rest.data[0] == '~' && digits.len == NUMBER_DIGITS &&
		are_digits(digits) && is_number_of(digits, job_id));
}
