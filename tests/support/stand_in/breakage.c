#include "tests/support/stand_in/breakage.h"

#include <sys/socket.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/http.h>

#define GARBAGE "\x16\x03\x01 this is not HTTP \xff\xfe\r\n\r\n"

static const char *const names[] = {
    [BREAKAGE_NONE] = NULL,
    [BREAKAGE_HANG] = "hang",
    [BREAKAGE_RESET] = "reset",
    [BREAKAGE_CLOSE] = "close",
    [BREAKAGE_GARBAGE] = "garbage",
    [BREAKAGE_HALF] = "half",
};

const char *breakage_name(enum breakage breakage)
{
	return names[breakage];
}

enum breakage breakage_of_name(struct slice name)
{
	enum breakage b;

	for (b = BREAKAGE_HALF; b > BREAKAGE_NONE; b--) {
		if (slice_is(name, names[b])) {
			break;
		}
	}
	return b;
}

static void drop(struct broken *broken)
{
	evhttp_connection_free(broken->connection);
	broken->done(broken->arg);
}

static void on_stream_input(struct bufferevent *stream, void *arg)
{
	struct evbuffer *input = bufferevent_get_input(stream);

	(void)arg;
	(void)evbuffer_drain(input, evbuffer_get_length(input));
}

static void on_stream_written(struct bufferevent *stream, void *arg)
{
	(void)stream;
	drop(arg);
}

static void on_stream_event(struct bufferevent *stream, short what, void *arg)
{
	(void)stream;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) {
		drop(arg);
	}
}

static void hang(struct bufferevent *stream, struct broken *broken)
{
	bufferevent_setcb(
	    stream, on_stream_input, NULL, on_stream_event, broken);
	(void)bufferevent_set_timeouts(stream, NULL, NULL);
	(void)bufferevent_enable(stream, EV_READ);
}

static void write_and_close(
    struct bufferevent *stream, struct slice text, struct broken *broken)
{
	bufferevent_setcb(
	    stream, NULL, on_stream_written, on_stream_event, broken);
	(void)bufferevent_write(stream, text.data, text.len);
	(void)bufferevent_enable(stream, EV_WRITE);
}

/* Dissolving the association sends the reset at once; before a close evhttp
 * would say an orderly farewell. */
static void reset(struct bufferevent *stream, struct broken *broken)
{
	struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

	(void)connect(bufferevent_getfd(stream), &nowhere, sizeof(nowhere));
	drop(broken);
}

void breakage_play(struct broken *broken, enum breakage breakage,
    struct evhttp_request *request, struct slice half)
{
	struct bufferevent *stream;

	broken->connection = evhttp_request_get_connection(request);
	stream = evhttp_connection_get_bufferevent(broken->connection);
	switch (breakage) {
	case BREAKAGE_HANG:
		hang(stream, broken);
		return;
	case BREAKAGE_RESET:
		reset(stream, broken);
		return;
	case BREAKAGE_GARBAGE:
		write_and_close(stream, SLICE_LITERAL(GARBAGE), broken);
		return;
	case BREAKAGE_HALF:
		write_and_close(stream, half, broken);
		return;
	case BREAKAGE_NONE:
	case BREAKAGE_CLOSE:
		drop(broken);
		return;
	}
}
