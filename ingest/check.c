#include "ingest/check.h"

#include "common/base/slice.h"
#include "common/config/config.h"
#include "ingest/auth.h"
#include "ingest/gate/http_head.h"
#include "ingest/routes.h"

#include <inttypes.h>

void refusal_init(struct refusal *refusal, int status)
{
	*refusal = (struct refusal){.status = status};
}

int check_route(const struct config *config, const struct http_head *head)
{
	return routes_find(config->routes, config->route_count, head->path);
}

static bool check_path(int route, struct refusal *refusal)
{
	if (route == ROUTE_NONE) {
		refusal_init(refusal, 404);
		err_set(&refusal->reason, "no route has this path");
		return false;
	}
	return true;
}

static bool check_method(const struct http_head *head, struct refusal *refusal)
{
	if (!slice_is(head->method, "POST")) {
		refusal_init(refusal, 405);
		err_set(&refusal->reason, "only POST is taken here");
		refusal->allow = "POST";
		return false;
	}
	return true;
}

static bool check_secret(const struct auth *auth, const struct http_head *head,
    struct refusal *refusal)
{
	const char *header = auth_header(auth);

	switch (auth_check(auth, http_head_field(head, slice_of(header)))) {
	case AUTH_OK:
		return true;
	case AUTH_MISSING:
		refusal_init(refusal, 401);
		err_set(&refusal->reason,
		    "the header %s with the shared secret is missing", header);
		return false;
	case AUTH_WRONG:
		refusal_init(refusal, 401);
		err_set(&refusal->reason,
		    "the header %s does not hold a secret in force", header);
		return false;
	}
	return false;
}

/* The media type without its parameters. */
static bool is_json(struct slice content_type)
{
	const char *semicolon = content_type.len > 0
	    ? memchr(content_type.data, ';', content_type.len)
	    : NULL;

	if (semicolon != NULL) {
		content_type.len = (size_t)(semicolon - content_type.data);
	}
	return slice_equal_ignoring_case(
	    slice_trim(content_type), SLICE_LITERAL("application/json"));
}

/* Of the first field of that name, NULL for none: codings may be put one upon
 * the other in one field or several, but one is all that is taken. */
static struct slice content_coding(const struct http_head *head, size_t *count)
{
	const struct slice name = SLICE_LITERAL("Content-Encoding");

	*count = 0;
	for (size_t i = 0; i < head->field_count; i++) {
		*count += slice_equal_ignoring_case(head->fields[i].name, name)
		    ? 1
		    : 0;
	}
	return http_head_field(head, name);
}

static bool is_gzip(struct slice coding)
{
	return slice_equal_ignoring_case(coding, SLICE_LITERAL("gzip")) ||
	    slice_equal_ignoring_case(coding, SLICE_LITERAL("x-gzip"));
}

bool check_is_gzip(const struct http_head *head)
{
	size_t count;

	return is_gzip(content_coding(head, &count));
}

static bool check_coding(const struct config *config,
    const struct http_head *head, struct refusal *refusal)
{
	bool takes_gzip = config->ingest.gzip;
	size_t count;
	struct slice coding = content_coding(head, &count);

	if (count == 0 ||
	    (count == 1 &&
		(slice_equal_ignoring_case(coding, SLICE_LITERAL("identity")) ||
		    (takes_gzip && is_gzip(coding))))) {
		return true;
	}
	refusal_init(refusal, 415);
	err_set(&refusal->reason,
	    "the body has a Content-Encoding that is not taken here; expected "
	    "plain JSON%s",
	    takes_gzip ? ", or gzip" : "");
	return false;
}

static bool check_type(const struct http_head *head, struct refusal *refusal)
{
	struct slice type =
	    http_head_field(head, SLICE_LITERAL("Content-Type"));

	if (!is_json(type)) {
		refusal_init(refusal, 415);
		err_set(&refusal->reason,
		    "%s; expected Content-Type: application/json",
		    type.data == NULL ? "there is no Content-Type"
				      : "the Content-Type is another");
		return false;
	}
	return true;
}

static bool check_length(const struct config *config,
    const struct http_head *head, struct refusal *refusal)
{
	int64_t max = config->ingest.max_body_bytes;

	if (head->framing == HTTP_NO_LENGTH ||
	    head->framing == HTTP_OTHER_CODING) {
		refusal_init(refusal, 411);
		err_set(&refusal->reason,
		    "the length of the body is not known; expected "
		    "Content-Length or Transfer-Encoding: chunked");
		return false;
	}
	if (head->framing == HTTP_LENGTH && head->length > max) {
		refusal_init(refusal, 413);
		err_set(&refusal->reason,
		    "the body is larger than %" PRId64 " bytes", max);
		return false;
	}
	return true;
}

bool check_request(const struct config *config, const struct auth *auth,
    int route, const struct http_head *head, struct refusal *refusal)
{
	return check_path(route, refusal) && check_method(head, refusal) &&
	    check_secret(auth, head, refusal) && check_type(head, refusal) &&
	    check_coding(config, head, refusal) &&
	    check_length(config, head, refusal);
}
