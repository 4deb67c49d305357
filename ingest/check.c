#include "ingest/check.h"

#include "common/base/slice.h"
#include "common/config/config.h"
#include "ingest/auth.h"
#include "ingest/routes.h"

#include <event2/buffer.h>
#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include <inttypes.h>
#include <string.h>
#include <strings.h>

void refusal_init(struct refusal *refusal, int status)
{
	*refusal = (struct refusal){.status = status};
}

int check_route(const struct config *config, struct evhttp_request *request)
{
	const struct evhttp_uri *uri = evhttp_request_get_evhttp_uri(request);

	return routes_find(config->routes, config->route_count,
	    uri != NULL ? evhttp_uri_get_path(uri) : NULL);
}

static bool check_secret(const struct auth *auth,
    const struct evkeyvalq *headers, struct refusal *refusal)
{
	const char *header = auth_header(auth);

	switch (auth_check(auth, evhttp_find_header(headers, header))) {
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
static bool is_json(const char *content_type)
{
	size_t len = strcspn(content_type, ";");

	return slice_equal_ignoring_case(
	    slice_trim(slice_make(content_type, len)),
	    SLICE_LITERAL("application/json"));
}

static bool check_type(const struct evkeyvalq *headers, struct refusal *refusal)
{
	const char *type = evhttp_find_header(headers, "Content-Type");
	const char *coding = evhttp_find_header(headers, "Content-Encoding");

	if (type == NULL || !is_json(type)) {
		refusal_init(refusal, 415);
		err_set(&refusal->reason,
		    "%s; expected Content-Type: application/json",
		    type == NULL ? "there is no Content-Type"
				 : "the Content-Type is another");
		return false;
	}
	if (coding != NULL && strcasecmp(coding, "identity") != 0) {
		refusal_init(refusal, 415);
		err_set(&refusal->reason,
		    "the body has a Content-Encoding; expected plain JSON");
		return false;
	}
	return true;
}

static size_t count_headers(const struct evkeyvalq *headers, const char *name)
{
	const struct evkeyval *header;
	size_t count = 0;

	/* TAILQ_FOREACH is not in every libc. */
	for (header = headers->tqh_first; header != NULL;
	     header = header->next.tqe_next) {
		count += strcasecmp(header->key, name) == 0 ? 1 : 0;
	}
	return count;
}

struct framing {
	size_t lengths; /* Content-Length headers */
	size_t codings; /* Transfer-Encoding headers */
	bool is_chunked;
};

static struct framing framing_of(const struct evkeyvalq *headers)
{
	const char *coding = evhttp_find_header(headers, "Transfer-Encoding");

	return (struct framing){
	    .lengths = count_headers(headers, "Content-Length"),
	    .codings = count_headers(headers, "Transfer-Encoding"),
	    .is_chunked = coding != NULL && strcasecmp(coding, "chunked") == 0,
	};
}

/*
 * Whether evhttp has read all of the request, so that what follows on the
 * connection is the next one. It reads no body of methods it does not know, nor
 * where there is no Content-Length; takes any Transfer-Encoding but `chunked`
 * for none; and of several lengths the first, where a proxy in front may have
 * taken another. (It refuses a length that is no number by itself.)
 */
static bool is_read_whole(struct evhttp_request *request)
{
	struct framing framing =
	    framing_of(evhttp_request_get_input_headers(request));

	return evhttp_request_get_command(request) == EVHTTP_REQ_POST &&
	    framing.lengths + framing.codings == 1 &&
	    (framing.codings == 0 || framing.is_chunked);
}

static bool check_framing(
    const struct evkeyvalq *headers, struct refusal *refusal)
{
	struct framing framing = framing_of(headers);

	if (framing.lengths + framing.codings == 0 ||
	    (framing.codings > 0 && !framing.is_chunked)) {
		refusal_init(refusal, 411);
		err_set(&refusal->reason,
		    "the length of the body is not known; expected "
		    "Content-Length or Transfer-Encoding: chunked");
		return false;
	}
	if (framing.lengths + framing.codings > 1) {
		refusal_init(refusal, 400);
		err_set(&refusal->reason,
		    "more than one of Content-Length and Transfer-Encoding");
		return false;
	}
	return true;
}

static bool check_size(const struct config *config,
    struct evhttp_request *request, struct refusal *refusal)
{
	size_t len =
	    evbuffer_get_length(evhttp_request_get_input_buffer(request));
	int64_t max = config->ingest.max_body_bytes;

	if (len > (size_t)max) {
		refusal_init(refusal, 413);
		err_set(&refusal->reason,
		    "the body is larger than %" PRId64 " bytes", max);
		refusal->closes = true;
		return false;
	}
	return true;
}

static bool check_method(
    const struct evhttp_request *request, struct refusal *refusal)
{
	if (evhttp_request_get_command(request) != EVHTTP_REQ_POST) {
		refusal_init(refusal, 405);
		err_set(&refusal->reason, "only POST is taken here");
		refusal->allow = "POST";
		return false;
	}
	return true;
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

bool check_request(const struct config *config, const struct auth *auth,
    int route, struct evhttp_request *request, struct refusal *refusal)
{
	const struct evkeyvalq *headers =
	    evhttp_request_get_input_headers(request);

	if (check_path(route, refusal) && check_method(request, refusal) &&
	    check_secret(auth, headers, refusal) &&
	    check_type(headers, refusal) && check_framing(headers, refusal) &&
	    check_size(config, request, refusal)) {
		return true;
	}
	refusal->closes = refusal->status == 413 || !is_read_whole(request);
	return false;
}
