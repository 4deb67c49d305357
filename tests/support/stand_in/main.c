/*
 * The stand-in for Reteno: a server that takes what Reteno takes and refuses
 * what Reteno refuses, keeps what arrived, and fails on demand. For tests, the
 * demonstration and docker compose.
 */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include <event2/event.h>

#include "tests/support/stand_in/exchange.h"
#include "tests/support/stand_in/options.h"
#include "tests/support/stand_in/server.h"
#include "tests/support/stand_in/stand_in.h"

static void on_stop_signal(evutil_socket_t number, short what, void *arg)
{
	(void)number;
	(void)what;
	(void)event_base_loopbreak(arg);
}

static void stand_in_init(struct stand_in *stand_in,
    const struct options *options, struct event_base *base)
{
	*stand_in = (struct stand_in){.base = base};
	stand_in->judge = judge_create(&options->judge);
	stand_in->arrived = arrived_create(options->keep);
	faults_init(&stand_in->faults);
	list_init(&stand_in->exchanges);
}

static void stand_in_finish(struct stand_in *stand_in)
{
	faults_clear(&stand_in->faults);
	arrived_destroy(stand_in->arrived);
	judge_destroy(stand_in->judge);
}

static bool serve(const struct options *options, struct event_base *base)
{
	static struct stand_in stand_in;
	struct event *term = evsignal_new(base, SIGTERM, on_stop_signal, base);
	struct event *interrupt =
	    evsignal_new(base, SIGINT, on_stop_signal, base);
	struct server *server;
	struct err err;

	(void)event_add(term, NULL);
	(void)event_add(interrupt, NULL);
	stand_in_init(&stand_in, options, base);
	server = server_create(&stand_in, &options->server, &err);
	if (server != NULL) {
		(void)printf("listening %s://%s:%u\n",
		    options->server.cert_path != NULL ? "https" : "http",
		    options->server.host, (unsigned)server_port(server));
		(void)fflush(stdout);
		(void)event_base_dispatch(base);
	} else {
		(void)fprintf(stderr, "reteno-stand-in: %s\n", err.text);
	}
	exchange_abandon_all(&stand_in);
	server_destroy(server);
	stand_in_finish(&stand_in);
	event_free(interrupt);
	event_free(term);
	return server != NULL;
}

int main(int argc, char **argv)
{
	struct options options;
	struct event_base *base;
	struct err err;
	int status = EXIT_SUCCESS;

	if (!options_read(&options, argc, argv, &err)) {
		(void)fprintf(stderr, "reteno-stand-in: %s\n", err.text);
		status = 2;
	} else if (options.is_help) {
		options_usage(stdout);
	} else {
		(void)signal(SIGPIPE, SIG_IGN);
		base = event_base_new();
		if (!serve(&options, base)) {
			status = EXIT_FAILURE;
		}
		event_base_free(base);
		libevent_global_shutdown();
	}
	options_finish(&options);
	return status;
}
