/*
 * evhttp leaves a body in the bufferevent's input until all of it is there, and
 * goes on reading while it writes an answer. So the read watermark has to be
 * above the largest request, and keeps a client that sends request after
 * request, and reads no answer, from filling our memory.
 */
#include "ingest/connection.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include <stdio.h>

enum {
	READ_BYTES = 64 * 1024, /* at once; libevent's own is 16 KiB */
	STATUS_LINE_BYTES = 13, /* "HTTP/1.1 200" and a NUL */
};

static void on_input_change(
    struct evbuffer *input, const struct evbuffer_cb_info *info, void *arg)
{
	const struct connection_watch *watch = arg;

	(void)input;
	if (info->n_added > 0) {
		watch->on_input(watch->arg);
	}
}

/* evhttp writes an answer's status line by itself, then the rest. */
static void on_output_change(
    struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
	const struct connection_watch *watch = arg;
	char line[STATUS_LINE_BYTES] = "";
	struct evbuffer_ptr start;
	size_t len = evbuffer_get_length(output);
	int status;

	if (info->n_added < sizeof(line) - 1 || info->n_added > len ||
	    evbuffer_ptr_set(
		output, &start, len - info->n_added, EVBUFFER_PTR_SET) != 0 ||
	    evbuffer_copyout_from(output, &start, line, sizeof(line) - 1) !=
		(ev_ssize_t)sizeof(line) - 1) {
		return;
	}
	/* NOLINTNEXTLINE(cert-err34-c): three digits, or it is no such line */
	if (sscanf(line, "HTTP/%*1d.%*1d %3d", &status) == 1 && status >= 200) {
		watch->on_answer(watch->arg, status);
	}
}

struct bufferevent *connection_create(struct event_base *base, void *arg)
{
	struct connection_watch *watch = arg;
	struct bufferevent *bufferevent =
	    bufferevent_socket_new(base, -1, 0); /* evhttp closes it */

	if (bufferevent == NULL) {
		return NULL;
	}
	bufferevent_setwatermark(
	    bufferevent, EV_READ, 0, watch->max_input_bytes);
	(void)bufferevent_set_max_single_read(bufferevent, READ_BYTES);
	if (evbuffer_add_cb(bufferevent_get_input(bufferevent), on_input_change,
		watch) == NULL ||
	    evbuffer_add_cb(bufferevent_get_output(bufferevent),
		on_output_change, watch) == NULL) {
		bufferevent_free(bufferevent);
		return NULL;
	}
	return bufferevent;
}
