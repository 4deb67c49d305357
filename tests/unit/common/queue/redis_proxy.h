#ifndef TESTS_UNIT_COMMON_QUEUE_REDIS_PROXY_H
#define TESTS_UNIT_COMMON_QUEUE_REDIS_PROXY_H

/*
 * A proxy between two unix sockets that loses what it is told to lose: a whole
 * connection with the next request that holds a certain word, before Redis sees
 * it or after.
 */

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/attr.h"
#include "common/base/list.h"
#include "common/base/mem.h"

enum proxy_fault {
	PROXY_PASS,
	PROXY_LOSE_REQUEST, /* hang up instead of passing it on */
	PROXY_LOSE_REPLY,   /* pass it on, hang up when it is answered */
	PROXY_HOLD,	    /* keep it, also when the client hangs up */
};

struct redis_proxy {
	struct event_base *base;
	struct evconnlistener *listener;
	struct sockaddr_un redis;
	struct list pairs;
	enum proxy_fault fault;
	const char *word; /* in the request; NULL: any */
	int connections;
	struct proxy_pair *held; /* until Redis hangs up */
};

struct proxy_pair {
	struct list_link link;
	struct redis_proxy *proxy;
	struct bufferevent *client;
	struct bufferevent *server;
	bool is_doomed; /* hang up at the next reply */
};

static UNUSED void proxy_close(struct proxy_pair *pair)
{
	list_remove(&pair->link);
	if (pair->proxy->held == pair) {
		pair->proxy->held = NULL;
	}
	bufferevent_free(pair->client);
	bufferevent_free(pair->server);
	free(pair);
}

static UNUSED bool proxy_matches(
    struct redis_proxy *proxy, struct evbuffer *request)
{
	return proxy->word == NULL ||
	    evbuffer_search(request, proxy->word, strlen(proxy->word), NULL)
		.pos >= 0;
}

static UNUSED void on_client_read(struct bufferevent *client, void *arg)
{
	struct proxy_pair *pair = arg;
	struct redis_proxy *proxy = pair->proxy;
	struct evbuffer *request = bufferevent_get_input(client);

	if (proxy->held == pair) {
		return;
	}
	if (proxy->fault != PROXY_PASS && proxy_matches(proxy, request)) {
		enum proxy_fault fault = proxy->fault;

		proxy->fault = PROXY_PASS;
		if (fault == PROXY_LOSE_REQUEST) {
			proxy_close(pair);
			return;
		}
		if (fault == PROXY_HOLD) {
			proxy->held = pair;
			return;
		}
		pair->is_doomed = true;
	}
	(void)bufferevent_write_buffer(pair->server, request);
}

static UNUSED void on_server_read(struct bufferevent *server, void *arg)
{
	struct proxy_pair *pair = arg;

	if (pair->is_doomed) {
		proxy_close(pair);
		return;
	}
	(void)bufferevent_write_buffer(
	    pair->client, bufferevent_get_input(server));
}

static UNUSED void on_proxy_event(
    struct bufferevent *side, short what, void *arg)
{
	struct proxy_pair *pair = arg;

	if (pair->proxy->held == pair && side == pair->client) {
		return;
	}
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) != 0) {
		proxy_close(pair);
	}
}

static UNUSED void on_proxy_accept(struct evconnlistener *listener,
    evutil_socket_t fd, struct sockaddr *address, int len, void *arg)
{
	struct redis_proxy *proxy = arg;
	struct proxy_pair *pair = xcalloc(1, sizeof(*pair));

	(void)listener;
	(void)address;
	(void)len;
	proxy->connections++;
	pair->proxy = proxy;
	list_push_back(&proxy->pairs, &pair->link);
	pair->client =
	    bufferevent_socket_new(proxy->base, fd, BEV_OPT_CLOSE_ON_FREE);
	pair->server =
	    bufferevent_socket_new(proxy->base, -1, BEV_OPT_CLOSE_ON_FREE);
	bufferevent_setcb(
	    pair->client, on_client_read, NULL, on_proxy_event, pair);
	bufferevent_setcb(
	    pair->server, on_server_read, NULL, on_proxy_event, pair);
	(void)bufferevent_enable(pair->client, EV_READ | EV_WRITE);
	(void)bufferevent_enable(pair->server, EV_READ | EV_WRITE);
	(void)bufferevent_socket_connect(pair->server,
	    (struct sockaddr *)&proxy->redis, sizeof(proxy->redis));
}

static UNUSED struct redis_proxy *redis_proxy_create(
    struct event_base *base, const char *path, const char *redis_path)
{
	struct redis_proxy *proxy = xcalloc(1, sizeof(*proxy));
	struct sockaddr_un here = {.sun_family = AF_UNIX};

	proxy->base = base;
	proxy->redis.sun_family = AF_UNIX;
	(void)strncpy(proxy->redis.sun_path, redis_path,
	    sizeof(proxy->redis.sun_path) - 1);
	(void)strncpy(here.sun_path, path, sizeof(here.sun_path) - 1);
	list_init(&proxy->pairs);
	proxy->listener = evconnlistener_new_bind(base, on_proxy_accept, proxy,
	    LEV_OPT_CLOSE_ON_FREE, 16, (struct sockaddr *)&here, sizeof(here));
	if (proxy->listener == NULL) {
		abort();
	}
	return proxy;
}

static UNUSED void redis_proxy_destroy(struct redis_proxy *proxy)
{
	struct list_link *link;

	while ((link = list_first(&proxy->pairs)) != NULL) {
		proxy_close(LIST_MEMBER(link, struct proxy_pair, link));
	}
	evconnlistener_free(proxy->listener);
	free(proxy);
}

#endif
