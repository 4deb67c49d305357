#include "tests/support/stand_in/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/mem.h"

#include "tests/support/stand_in/exchange.h"
#include "tests/support/stand_in/side.h"
#include "tests/support/stand_in/stand_in.h"

enum {
	/* Above any body that a rule speaks of: those are refused, and
	 * recorded, by the rule. */
	BODY_MAX_BYTES = 8 << 20,
	HEADERS_MAX_BYTES = 64 << 10,
};

struct server {
	struct stand_in *stand_in; /* borrowed */
	struct evhttp *http;
	SSL_CTX *tls; /* NULL: plain HTTP */
	uint16_t port;
};

static void on_http_request(struct evhttp_request *request, void *arg)
{
	struct server *server = arg;
	const char *path =
	    evhttp_uri_get_path(evhttp_request_get_evhttp_uri(request));

	if (path != NULL && side_is_path(path)) {
		side_answer(server->stand_in, request);
	} else {
		exchange_begin(server->stand_in, request);
	}
}

static struct bufferevent *on_tls_connection(struct event_base *base, void *arg)
{
	struct server *server = arg;
	struct bufferevent *stream =
	    bufferevent_openssl_socket_new(base, -1, SSL_new(server->tls),
		BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);

	/* A client that goes without a farewell is no news here. */
	bufferevent_openssl_set_allow_dirty_shutdown(stream, 1);
	return stream;
}

static bool load_certificate(struct server *server,
    const struct server_options *options, struct err *err)
{
	server->tls = SSL_CTX_new(TLS_server_method());
	if (server->tls == NULL ||
	    SSL_CTX_use_certificate_chain_file(
		server->tls, options->cert_path) != 1 ||
	    SSL_CTX_use_PrivateKey_file(
		server->tls, options->key_path, SSL_FILETYPE_PEM) != 1) {
		err_set(err, "cannot use the certificate: %s",
		    ERR_reason_error_string(ERR_peek_last_error()));
		return false;
	}
	evhttp_set_bevcb(server->http, on_tls_connection, server);
	return true;
}

static uint16_t port_of(evutil_socket_t fd)
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0) {
		return 0;
	}
	return ntohs(address.ss_family == AF_INET6
		? ((struct sockaddr_in6 *)&address)->sin6_port
		: ((struct sockaddr_in *)&address)->sin_port);
}

static bool listen_on(struct server *server,
    const struct server_options *options, struct err *err)
{
	struct evhttp_bound_socket *bound = evhttp_bind_socket_with_handle(
	    server->http, options->host, options->port);

	if (bound == NULL) {
		err_set(err, "cannot listen on %s port %u: %s", options->host,
		    (unsigned)options->port, strerror(errno));
		return false;
	}
	server->port = port_of(evhttp_bound_socket_get_fd(bound));
	return true;
}

struct server *server_create(struct stand_in *stand_in,
    const struct server_options *options, struct err *err)
{
	struct server *server = xcalloc(1, sizeof(*server));

	server->stand_in = stand_in;
	server->http = evhttp_new(stand_in->base);
	if (server->http == NULL) {
		err_set(err, "cannot make an HTTP server");
		goto fail;
	}
	evhttp_set_allowed_methods(server->http,
	    EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_HEAD |
		EVHTTP_REQ_PUT | EVHTTP_REQ_DELETE | EVHTTP_REQ_OPTIONS |
		EVHTTP_REQ_PATCH);
	evhttp_set_max_body_size(server->http, BODY_MAX_BYTES);
	evhttp_set_max_headers_size(server->http, HEADERS_MAX_BYTES);
	evhttp_set_gencb(server->http, on_http_request, server);
	if (options->cert_path != NULL &&
	    !load_certificate(server, options, err)) {
		goto fail;
	}
	if (!listen_on(server, options, err)) {
		goto fail;
	}
	return server;
fail:
	server_destroy(server);
	return NULL;
}

void server_destroy(struct server *server)
{
	if (server == NULL) {
		return;
	}
	if (server->http != NULL) {
		evhttp_free(server->http);
	}
	SSL_CTX_free(server->tls);
	free(server);
}

uint16_t server_port(const struct server *server)
{
	return server->port;
}
