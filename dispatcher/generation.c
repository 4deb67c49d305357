#include "dispatcher/generation.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/loop/loop.h"
#include "dispatcher/http/http_client.h"
#include "dispatcher/render.h"

#include <stdbool.h>
#include <stdlib.h>

static struct http_client *create_client(
    const struct config_destination *config, struct loop *loop, struct err *err)
{
	struct http_header *headers =
	    xcalloc(config->header_count, sizeof(*headers));
	struct http_options options = {
	    .url = config->url,
	    .method = config->method,
	    .headers = headers,
	    .header_count = config->header_count,
	    .ca_file = config->tls_ca_file,
	    .connect_timeout_ms = config->connect_timeout_ms,
	    .timeout_ms = config->timeout_ms,
	    .max_connections = (size_t)config->max_in_flight,
	    .max_response_bytes = (size_t)config->max_response_bytes,
	};
	struct http_client *client;

	for (size_t i = 0; i < config->header_count; i++) {
		headers[i].name = config->headers[i].name;
		headers[i].value = config->headers[i].value;
	}
	client = http_client_create(loop, &options, err);
	free(headers);
	return client;
}

static bool make_settings(
    struct generation *generation, size_t place, struct err *err)
{
	struct destination_settings *settings = &generation->settings[place];
	const struct config_destination *config =
	    &generation->config->destinations[place];

	*settings = (struct destination_settings){
	    .generation = generation,
	    .config = config,
	    .retry = retry_policy_of(config),
	    .hold = hold_policy_of(config),
	    .http = create_client(config, generation->loop, err),
	};
	if (settings->http == NULL) {
		err_prefix(err, "%s:%d: destinations.%s",
		    generation->config->path, config->line, config->name);
	}
	return settings->http != NULL;
}

void generation_end_calls(struct generation *generation)
{
	for (size_t i = 0; i < generation->config->destination_count; i++) {
		struct http_client *client = generation->settings[i].http;

		generation->settings[i].http = NULL;
		http_client_destroy(client);
	}
}

/* All but the configuration. */
static void unmake(struct generation *generation)
{
	generation_end_calls(generation);
	render_destroy(generation->render);
	free(generation->settings);
	free(generation);
}

static void destroy(void *object)
{
	struct generation *generation = object;
	struct config *config = generation->config;

	unmake(generation);
	config_destroy(config);
}

struct generation *generation_create(
    struct config *config, struct loop *loop, struct err *err)
{
	struct generation *generation = xcalloc(1, sizeof(*generation));

	generation->loop = loop;
	generation->config = config;
	generation->holders = 1;
	generation->settings = xcalloc(
	    config->destination_count + 1, sizeof(struct destination_settings));
	generation->render = render_create(config, err);
	if (generation->render == NULL) {
		unmake(generation);
		return NULL;
	}
	for (size_t i = 0; i < config->destination_count; i++) {
		if (!make_settings(generation, i, err)) {
			unmake(generation);
			return NULL;
		}
	}
	return generation;
}

void generation_hold(struct generation *generation)
{
	generation->holders++;
}

/* The last holder may be an attempt that ends inside of libcurl's callback, or
 * of http_client_destroy. */
void generation_release(struct generation *generation)
{
	generation->holders--;
	if (generation->holders == 0) {
		list_remove(&generation->link);
		loop_bury(generation->loop, generation, destroy);
	}
}
