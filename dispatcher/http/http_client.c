/*
 * libcurl tells us which sockets to watch (on_curl_socket) and when it wants to
 * be called at the latest (on_curl_timer); we tell it what happened
 * (curl_multi_socket_action) and then collect the calls that are over. Nothing
 * of libcurl runs inside http_send: adding a handle only arms the timer.
 *
 * A call is its easy handle with everything around it. Handles keep their
 * settings when they are done, so a call that is used again only gets a new
 * body:
 *
 *	IDLE --http_send--> RUNNING --done--> (callback) --> IDLE
 *	                       \--cancel--> ENDING --turn is over--/
 */
#include "dispatcher/http/http_client.h"

#include "common/base/clock.h"
#include "common/base/list.h"
#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "common/loop/loop.h"
#include "dispatcher/http/http_headers.h"
#include "dispatcher/http/http_outcome.h"

#include <curl/curl.h>
#include <event2/event.h>

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum call_state {
	CALL_IDLE,
	CALL_RUNNING, /* libcurl has it */
	CALL_ENDING,  /* taken from libcurl; its callback comes this turn */
};

struct http_call {
	struct list_link link;	/* of client->calls */
	struct http_call *next; /* of the idle ones */
	struct http_client *client;
	enum call_state state;
	CURL *easy;
	struct loop_task ending;
	http_cb cb;
	void *arg;
	int64_t started_at_ms;
	struct strbuf body; /* of the answer */
	size_t body_bytes;
	char error[CURL_ERROR_SIZE];
};

struct http_client {
	struct loop *loop;
	CURLM *multi;
	struct event *timer;
	struct curl_slist *headers;
	char *url;
	char *method;
	char *ca_file; /* "": the system's */
	int64_t connect_timeout_ms;
	int64_t timeout_ms;
	size_t max_response_bytes;
	struct list calls;	/* running and ending */
	struct http_call *idle; /* used last is used first */
	size_t call_count;
};

/* ---- the end of a call ---- */

static int64_t retry_after_of(const struct http_call *call)
{
	struct curl_header *header;

	if (curl_easy_header(call->easy, "Retry-After", 0, CURLH_HEADER, -1,
		&header) != CURLHE_OK) {
		return -1;
	}
	return http_retry_after_ms(
	    slice_of(header->value), loop_wall_ms(call->client->loop));
}

static void read_result(
    const struct http_call *call, bool is_complete, struct http_result *result)
{
	long status = 0;
	long request_bytes = 0;

	(void)curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
	(void)curl_easy_getinfo(
	    call->easy, CURLINFO_REQUEST_SIZE, &request_bytes);
	*result = (struct http_result){
	    .was_sent = request_bytes > 0,
	    .is_complete = is_complete,
	    .status = (int)status,
	    .body = strbuf_slice(&call->body),
	    .body_bytes = call->body_bytes,
	    .retry_after_ms = status > 0 ? retry_after_of(call) : -1,
	    .took_ms = clock_mono_ms() - call->started_at_ms,
	    .error = is_complete ? "" : call->error,
	};
}

/* The call goes back to the idle ones after its callback, so that what that
 * sends at once does not write over the result it is reading. */
static void end_call(struct http_call *call, bool is_complete)
{
	struct http_client *client = call->client;
	struct http_result result;

	loop_task_cancel(&call->ending);
	list_remove(&call->link);
	client->call_count--;
	read_result(call, is_complete, &result);
	call->cb(call->arg, &result);
	call->state = CALL_IDLE;
	call->next = client->idle;
	client->idle = call;
}

static void take_from_curl(struct http_call *call)
{
	CURLMcode code =
	    curl_multi_remove_handle(call->client->multi, call->easy);

	assert(code == CURLM_OK);
	(void)code;
}

static void on_call_ending(void *arg)
{
	end_call(arg, false);
}

static void end_soon(struct http_call *call, const char *why)
{
	(void)snprintf(call->error, sizeof(call->error), "%s", why);
	call->state = CALL_ENDING;
	loop_defer(call->client->loop, &call->ending);
}

static void collect_done(struct http_client *client)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		CURL *easy = message->easy_handle;
		struct http_call *call = NULL;

		if (message->msg != CURLMSG_DONE) {
			continue;
		}
		(void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call);
		take_from_curl(call);
		if (code != CURLE_OK && call->error[0] == '\0') {
			(void)snprintf(call->error, sizeof(call->error), "%s",
			    curl_easy_strerror(code));
		}
		end_call(call, code == CURLE_OK);
	}
}

/* ---- libcurl and libevent ---- */

static void on_socket_ready(evutil_socket_t fd, short what, void *arg)
{
	struct http_client *client = arg;
	int actions = ((what & EV_READ) != 0 ? CURL_CSELECT_IN : 0) |
	    ((what & EV_WRITE) != 0 ? CURL_CSELECT_OUT : 0);
	int running;

	(void)curl_multi_socket_action(client->multi, fd, actions, &running);
	collect_done(client);
}

static void on_timer_due(evutil_socket_t fd, short what, void *arg)
{
	struct http_client *client = arg;
	int running;

	(void)fd;
	(void)what;
	(void)curl_multi_socket_action(
	    client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	collect_done(client);
}

static int on_curl_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_client *client = arg;
	struct timeval span = {
	    .tv_sec = timeout_ms / 1000, .tv_usec = (timeout_ms % 1000) * 1000};

	(void)multi;
	if (timeout_ms < 0) {
		(void)event_del(client->timer);
		return 0;
	}
	/* Also for 0: libcurl must not be called from inside itself. */
	return event_add(client->timer, &span) == 0 ? 0 : -1;
}

/* `socket_arg` is the socket's event, as given to curl_multi_assign. */
static int on_curl_socket(
    CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_client *client = arg;
	struct event *event = socket_arg;
	short flags = EV_PERSIST;

	(void)easy;
	if (event != NULL) {
		event_free(event);
		(void)curl_multi_assign(client->multi, fd, NULL);
	}
	if (what == CURL_POLL_REMOVE) {
		return 0;
	}
	flags |= what == CURL_POLL_OUT ? 0 : EV_READ;
	flags |= what == CURL_POLL_IN ? 0 : EV_WRITE;
	event = event_new(
	    loop_base(client->loop), fd, flags, on_socket_ready, client);
	if (event == NULL || event_add(event, NULL) != 0) {
		if (event != NULL) {
			event_free(event);
		}
		return -1;
	}
	(void)curl_multi_assign(client->multi, fd, event);
	return 0;
}

/* Keeps what there is room for, and goes on reading: a connection whose answer
 * was read whole can be used again. */
static size_t on_curl_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_call *call = arg;
	size_t bytes = size * count;
	size_t room = call->client->max_response_bytes - call->body.len;

	call->body_bytes += bytes;
	strbuf_append(&call->body, data, bytes < room ? bytes : room);
	return bytes;
}

/* ---- a call ---- */

static void set_number(CURL *easy, CURLoption option, long value)
{
	CURLcode code = curl_easy_setopt(easy, option, value);

	assert(code == CURLE_OK);
	(void)code;
}

static void set_pointer(CURL *easy, CURLoption option, const void *value)
{
	CURLcode code = curl_easy_setopt(easy, option, value);

	assert(code == CURLE_OK);
	(void)code;
}

static void set_up_tls(CURL *easy, const struct http_client *client)
{
	set_number(easy, CURLOPT_SSL_VERIFYPEER, 1);
	set_number(easy, CURLOPT_SSL_VERIFYHOST, 2);
	set_number(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	if (client->ca_file[0] != '\0') {
		set_pointer(easy, CURLOPT_CAINFO, client->ca_file);
		/* Else the system's folder is trusted beside the file. */
		set_pointer(easy, CURLOPT_CAPATH, NULL);
	}
}

/* What is the same for all calls of a client. */
static void set_up_easy(CURL *easy, const struct http_client *client)
{
	set_pointer(easy, CURLOPT_URL, client->url);
	set_pointer(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	set_number(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_number(easy, CURLOPT_FOLLOWLOCATION, 0);
	set_pointer(easy, CURLOPT_HTTPHEADER, client->headers);
	set_number(easy, CURLOPT_POST, 1);
	set_pointer(easy, CURLOPT_CUSTOMREQUEST, client->method);
	set_number(easy, CURLOPT_NOSIGNAL, 1);
	set_number(easy, CURLOPT_TCP_KEEPALIVE, 1);
	set_number(
	    easy, CURLOPT_CONNECTTIMEOUT_MS, (long)client->connect_timeout_ms);
	set_number(easy, CURLOPT_TIMEOUT_MS, (long)client->timeout_ms);
	set_up_tls(easy, client);
}

static struct http_call *create_call(struct http_client *client)
{
	struct http_call *call = xcalloc(1, sizeof(*call));
	CURLcode code;

	call->client = client;
	call->easy = curl_easy_init();
	if (call->easy == NULL) {
		abort();
	}
	loop_task_init(&call->ending, on_call_ending, call);
	strbuf_init(&call->body, client->max_response_bytes);
	set_up_easy(call->easy, client);
	set_pointer(call->easy, CURLOPT_PRIVATE, call);
	set_pointer(call->easy, CURLOPT_WRITEDATA, call);
	set_pointer(call->easy, CURLOPT_ERRORBUFFER, call->error);
	code =
	    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_curl_body);
	assert(code == CURLE_OK);
	(void)code;
	return call;
}

static void destroy_call(struct http_call *call)
{
	curl_easy_cleanup(call->easy);
	strbuf_finish(&call->body);
	free(call);
}

static struct http_call *take_call(struct http_client *client)
{
	struct http_call *call = client->idle;

	if (call == NULL) {
		return create_call(client);
	}
	client->idle = call->next;
	return call;
}

struct http_call *http_send(
    struct http_client *client, struct slice body, http_cb cb, void *arg)
{
	struct http_call *call = take_call(client);

	call->state = CALL_RUNNING;
	call->cb = cb;
	call->arg = arg;
	call->started_at_ms = clock_mono_ms();
	call->body_bytes = 0;
	call->error[0] = '\0';
	strbuf_clear(&call->body);
	list_push_back(&client->calls, &call->link);
	client->call_count++;
	set_pointer(
	    call->easy, CURLOPT_POSTFIELDS, body.len > 0 ? body.data : "");
	set_number(call->easy, CURLOPT_POSTFIELDSIZE, (long)body.len);
	if (curl_multi_add_handle(client->multi, call->easy) != CURLM_OK) {
		end_soon(call, "libcurl did not take the call");
	}
	return call;
}

void http_cancel(struct http_call *call)
{
	if (call->state == CALL_RUNNING) {
		take_from_curl(call);
		end_soon(call, "ended before its answer came");
	}
}

size_t http_client_calls(const struct http_client *client)
{
	return client->call_count;
}

/* ---- the client ---- */

static bool check_url(const char *url, struct err *err)
{
	CURLU *parts = curl_url();
	CURLUcode code = curl_url_set(parts, CURLUPART_URL, url, 0);

	curl_url_cleanup(parts);
	if (code != CURLUE_OK) {
		err_set(err, "url: %s", curl_url_strerror(code));
	}
	return code == CURLUE_OK;
}

static bool check_ca_file(const char *path, struct err *err)
{
	if (path != NULL && path[0] != '\0' && access(path, R_OK) != 0) {
		err_set(err, "the CA file %s cannot be read", path);
		return false;
	}
	return true;
}

static void set_up_multi(struct http_client *client, long max_connections)
{
	CURLM *multi = client->multi;

	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_curl_socket);
	(void)curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, client);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_curl_timer);
	(void)curl_multi_setopt(multi, CURLMOPT_TIMERDATA, client);
	(void)curl_multi_setopt(
	    multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, max_connections);
	(void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, max_connections);
}

struct http_client *http_client_create(
    struct loop *loop, const struct http_options *options, struct err *err)
{
	struct http_client *client;
	struct curl_slist *headers;

	if (!check_url(options->url, err) ||
	    !check_ca_file(options->ca_file, err) ||
	    !http_headers_build(
		options->headers, options->header_count, &headers, err)) {
		return NULL;
	}
	client = xcalloc(1, sizeof(*client));
	client->loop = loop;
	client->headers = headers;
	client->url = xstrdup(options->url);
	client->method = xstrdup(options->method);
	client->ca_file =
	    xstrdup(options->ca_file != NULL ? options->ca_file : "");
	client->connect_timeout_ms = options->connect_timeout_ms;
	client->timeout_ms = options->timeout_ms;
	client->max_response_bytes = options->max_response_bytes;
	list_init(&client->calls);
	client->timer = evtimer_new(loop_base(loop), on_timer_due, client);
	if (client->timer == NULL ||
	    curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK ||
	    (client->multi = curl_multi_init()) == NULL) {
		abort();
	}
	set_up_multi(client, (long)options->max_connections);
	return client;
}

void http_client_destroy(struct http_client *client)
{
	struct list_link *link;

	if (client == NULL) {
		return;
	}
	while ((link = list_first(&client->calls)) != NULL) {
		struct http_call *call =
		    LIST_MEMBER(link, struct http_call, link);

		http_cancel(call);
		end_call(call, false);
	}
	while (client->idle != NULL) {
		struct http_call *call = client->idle;

		client->idle = call->next;
		destroy_call(call);
	}
	(void)curl_multi_cleanup(client->multi);
	event_free(client->timer);
	curl_slist_free_all(client->headers);
	curl_global_cleanup();
	free(client->url);
	free(client->method);
	free(client->ca_file);
	free(client);
}
