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

#include <stdbool.h>
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

void connection_watch_init(struct connection_watch *watch)
{
	*watch = (struct connection_watch){.max_input_bytes = 0};
	strbuf_init(&watch->instead, STRBUF_NO_LIMIT);
}

void connection_watch_finish(struct connection_watch *watch)
{
	strbuf_finish(&watch->instead);
}

/* The first bytes of what was added last. */
static bool peek(
    struct evbuffer *output, size_t n_added, char *text, size_t len)
{
	size_t total = evbuffer_get_length(output);
	struct evbuffer_ptr start;

	return n_added >= len && n_added <= total &&
	    evbuffer_ptr_set(
		output, &start, total - n_added, EVBUFFER_PTR_SET) == 0 &&
	    evbuffer_copyout_from(output, &start, text, len) == (ev_ssize_t)len;
}

/* 0 when it is no status line, or one of an interim answer. */
static int read_status(struct evbuffer *output, size_t n_added)
{
	char line[STATUS_LINE_BYTES] = "";
	int status;

	if (!peek(output, n_added, line, sizeof(line) - 1)) {
		return 0;
	}
	/* NOLINTNEXTLINE(cert-err34-c): three digits, or it is no such line */
	if (sscanf(line, "HTTP/%*1d.%*1d %3d", &status) != 1 || status < 200) {
		return 0;
	}
	return status;
}

/* evhttp's answer is all that is in the buffer; reading from it is frozen,
 * because that is the socket's. */
static void swap_page(struct evbuffer *output, const struct strbuf *instead)
{
	(void)evbuffer_unfreeze(output, 1);
	(void)evbuffer_drain(output, evbuffer_get_length(output));
	(void)evbuffer_freeze(output, 1);
	(void)evbuffer_add(output, instead->data, instead->len);
}

static void on_output_change(
    struct evbuffer *output, const struct evbuffer_cb_info *info, void *arg)
{
	struct connection_watch *watch = arg;
	char first;
	int status;

	if (watch->page == output && peek(output, info->n_added, &first, 1) &&
	    first == '<') {
		swap_page(output, &watch->instead);
		watch->page = NULL;
		return;
	}
	status = watch->page == output ? 0 : read_status(output, info->n_added);
	if (status != 0) {
		strbuf_clear(&watch->instead);
		watch->on_answer(watch->arg, status, &watch->instead);
		watch->page = NULL;
		if (watch->instead.len > 0 && info->orig_size == 0) {
			watch->page = output;
		}
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
