/*
 * What no single value can tell: that names are told apart, that times go
 * together, that files are there. Each complaint is at the line of the key
 * that can mend it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/config/config_file.h"
#include "common/config/config_loader.h"
#include "common/config/config_syntax.h"
#include "common/config/config_url.h"
#include "common/loop/listen.h"

enum {
	/* From the end of an attempt to the end of its lease there must be
	 * time to tell Redis. */
	LEASE_MARGIN_MS = 5000,
	TEMPLATE_BYTES_MAX = 1024 * 1024,
};

/* The section and its struct, while it is checked. */
struct scope {
	struct config_loader *loader;
	const struct config_yaml_node *node;
	char shown[CONFIG_SHOWN_MAX]; /* its name; empty at the top */
};

/* At the key's own line, else at the section's. */
static bool fail_key(
    const struct scope *scope, const char *key, const char *reason)
{
	const struct config_yaml_node *node = config_node_at(scope->node, key);
	char shown[CONFIG_SHOWN_MAX];

	config_join(shown, scope->shown, key);
	return config_fail(scope->loader,
	    node != NULL ? node->line : scope->node->line, shown, "%s", reason);
}

static bool is_set(const struct scope *scope, const char *key)
{
	return config_node_at(scope->node, key) != NULL;
}

/* Without listen_check's reason, which quotes: a value may be a secret that
 * went astray. */
static bool check_address(
    const struct scope *scope, const char *key, const char *address)
{
	return listen_check(address, NULL) ||
	    fail_key(
		scope, key, "must be host:port, [IPv6]:port or unix:/path");
}

static bool check_top(struct config_loader *loader)
{
	const struct scope scope = {loader, loader->root, ""};
	const struct config *config = loader->config;
	const struct config_redis *redis = &config->redis;
	struct config_ack ack;

	if (!config_syntax_is_prefix(slice_of(redis->prefix))) {
		return fail_key(&scope, "redis.prefix",
		    "must be made of letters, digits and . _ : -");
	}
	if (redis->reconnect_cap_ms < redis->reconnect_base_ms) {
		return fail_key(&scope, "redis.reconnect_cap",
		    "is shorter than reconnect_base");
	}
	if (!config_syntax_is_header_name(
		slice_of(config->ingest.auth_header))) {
		return fail_key(
		    &scope, "ingest.auth.header", "is no name for a header");
	}
	if (!config_syntax_ack(slice_of(config->ingest.ack), &ack)) {
		return fail_key(&scope, "ingest.ack",
		    "must be redis, fsync or replicas:N, N from 1 to 99");
	}
	if (config->ingest.max_buffered_bytes / 2 <
	    config->ingest.max_body_bytes) {
		return fail_key(&scope, "ingest.max_buffered",
		    "must be at least twice max_body");
	}
	return check_address(&scope, "redis.address", redis->address) &&
	    check_address(&scope, "ingest.listen", config->ingest.listen) &&
	    check_address(
		&scope, "ingest.admin.listen", config->ingest.admin_listen) &&
	    check_address(&scope, "dispatcher.admin.listen",
		config->dispatcher.admin_listen);
}

/* HTTP trims a header's value, so some secrets could never match. */
static bool check_secrets(struct config_loader *loader)
{
	const struct config_yaml_node *node =
	    config_node_at(loader->root, "ingest.auth.secrets");
	const struct config_ingest *ingest = &loader->config->ingest;

	node = node->first;
	for (size_t i = 0; i < ingest->auth_secret_count; i++) {
		if (!config_syntax_is_header_value(
			slice_of(ingest->auth_secrets[i]))) {
			return config_fail(loader, node->line,
			    "ingest.auth.secrets",
			    "an entry has a line break or another control "
			    "character, or begins or ends with a blank");
		}
		node = node->next;
	}
	return true;
}

static bool check_times(
    const struct scope *scope, const struct config_destination *destination)
{
	if (destination->retry.cap_ms < destination->retry.base_ms) {
		return fail_key(scope,
		    is_set(scope, "retry.cap") ? "retry.cap" : "retry.base",
		    "retry.cap is shorter than retry.base");
	}
	if (destination->lease_ms < destination->timeout_ms + LEASE_MARGIN_MS) {
		return fail_key(scope,
		    is_set(scope, "lease") ? "lease" : "timeout",
		    "lease must be at least 5s longer than timeout");
	}
	return true;
}

/* What needs a user's jobs one after the other, in their order. */
static bool check_order(
    const struct scope *scope, const struct config_destination *destination)
{
	if (destination->order == CONFIG_ORDER_USER) {
		return true;
	}
	if (destination->after_count > 0) {
		return fail_key(scope, "after", "needs order: user");
	}
	if (destination->coalesce != CONFIG_COALESCE_NONE) {
		return fail_key(scope, "coalesce", "needs order: user");
	}
	if (destination->unchanged_for_ms > 0) {
		return fail_key(scope, "unchanged_for", "needs order: user");
	}
	return true;
}

/* Whether `from` waits for `to`, by way of others, too; `was_seen` by place. */
static bool waits_for(
    const struct config *config, int from, int to, bool *was_seen)
{
	const struct config_destination *destination =
	    &config->destinations[from];

	was_seen[from] = true;
	for (size_t i = 0; i < destination->after_count; i++) {
		int next = destination->after[i];

		if (next == to ||
		    (!was_seen[next] &&
			waits_for(config, next, to, was_seen))) {
			return true;
		}
	}
	return false;
}

static bool check_after(
    const struct scope *scope, const struct config_destination *destination)
{
	const struct config *config = scope->loader->config;
	int place = (int)(destination - config->destinations);
	bool *was_seen;
	bool is_circle;

	for (size_t i = 0; i < destination->after_count; i++) {
		if (config->destinations[destination->after[i]].order !=
		    CONFIG_ORDER_USER) {
			return fail_key(scope, "after",
			    "names a destination with order: none");
		}
	}
	was_seen = xcalloc(config->destination_count, sizeof(*was_seen));
	is_circle = waits_for(config, place, place, was_seen);
	free(was_seen);
	return !is_circle || fail_key(scope, "after", "goes in a circle");
}

/* "" is a bucket of its own, of the destination's name. */
static const char *bucket_of(const struct config_destination *destination)
{
	return *destination->rate_bucket != '\0' ? destination->rate_bucket
						 : destination->name;
}

static bool check_flow(
    const struct scope *scope, const struct config_destination *destination)
{
	const struct config *config = scope->loader->config;

	if (destination->min_in_flight > destination->max_in_flight) {
		return fail_key(scope,
		    is_set(scope, "min_in_flight") ? "min_in_flight"
						   : "max_in_flight",
		    "min_in_flight is over max_in_flight");
	}
	if (!config_syntax_is_name(slice_of(bucket_of(destination)))) {
		return fail_key(scope, "rate_bucket",
		    "a name is at most 63 of a-z, 0-9 and -, and begins with a "
		    "letter");
	}
	for (size_t i = 0; i < config->destination_count; i++) {
		const struct config_destination *other =
		    &config->destinations[i];

		if (strcmp(bucket_of(other), bucket_of(destination)) == 0 &&
		    other->rate_limit != destination->rate_limit) {
			return fail_key(scope,
			    is_set(scope, "rate_limit") ? "rate_limit"
							: "rate_bucket",
			    "is not that of another destination in the same "
			    "bucket");
		}
	}
	return true;
}

static bool read_template(
    const struct scope *scope, struct config_destination *destination)
{
	struct strbuf source;
	struct err err;
	bool ok;

	strbuf_init(&source, TEMPLATE_BYTES_MAX);
	ok = config_file_read(
	    destination->template_path, CONFIG_FILE_REGULAR, &source, &err);
	if (ok) {
		destination->template_source = strbuf_take(&source);
	}
	strbuf_finish(&source);
	return ok || fail_key(scope, "template", err.text);
}

static bool check_destination(struct config_loader *loader,
    const struct config_yaml_node *node, struct config_destination *destination)
{
	struct scope scope = {loader, node, ""};

	config_join(scope.shown, "destinations", destination->name);
	if (!config_url_is_valid(slice_of(destination->url))) {
		return fail_key(&scope, "url",
		    "must be a URL that begins with http:// or https://");
	}
	if (*destination->tls_ca_file != '\0' &&
	    access(destination->tls_ca_file, R_OK) != 0) {
		return fail_key(&scope, "tls.ca_file", "cannot be read");
	}
	return check_times(&scope, destination) &&
	    check_order(&scope, destination) &&
	    check_after(&scope, destination) &&
	    check_flow(&scope, destination) &&
	    read_template(&scope, destination);
}

static bool check_destinations(struct config_loader *loader)
{
	const struct config_yaml_node *node =
	    config_node_at(loader->root, "destinations");
	struct config *config = loader->config;

	node = node->first;
	for (size_t i = 0; i < config->destination_count; i++) {
		if (!check_destination(
			loader, node, &config->destinations[i])) {
			return false;
		}
		node = node->next;
	}
	return true;
}

static bool check_route(struct config_loader *loader,
    const struct config_yaml_node *node, size_t place)
{
	const struct config_route *routes = loader->config->routes;
	struct scope scope = {loader, node, ""};

	(void)snprintf(scope.shown, sizeof(scope.shown), "routes[%zu]", place);
	if (!config_syntax_is_path(slice_of(routes[place].path))) {
		return fail_key(&scope, "path",
		    "must begin with / and be without ?, # and blanks");
	}
	for (size_t i = 0; i < place; i++) {
		if (strcmp(routes[i].path, routes[place].path) == 0) {
			return fail_key(&scope, "path",
			    "is the path of an earlier route, too");
		}
	}
	return true;
}

static bool check_routes(struct config_loader *loader)
{
	const struct config_yaml_node *node =
	    config_node_at(loader->root, "routes");

	node = node->first;
	for (size_t i = 0; i < loader->config->route_count; i++) {
		if (!check_route(loader, node, i)) {
			return false;
		}
		node = node->next;
	}
	return true;
}

bool config_check(struct config_loader *loader)
{
	return check_top(loader) && check_secrets(loader) &&
	    check_routes(loader) && check_destinations(loader);
}
