#include "common/config/config_table.h"

#include <string.h>

#include "common/base/attr.h"
#include "common/config/config.h"

#define ROOT(field) offsetof(struct config, field)
#define ROUTE(field) offsetof(struct config_route, field)
#define DESTINATION(field) offsetof(struct config_destination, field)

#define MS INT64_C(1)
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TEXT_MAX (64 * KIB)

static const char *const levels[] = {"debug", "info", "warn", "error", NULL};
static const char *const identities[] = {
    "user_id", "amplitude_id", "device_id", NULL};
static const char *const methods[] = {"POST", "PUT", "PATCH", NULL};
/* As enum config_endpoint. */
static const char *const endpoints[] = {
    "any", "device", "contact", "event", "mobile-events", NULL};
/* As enum config_escape. */
static const char *const escapes[] = {"json", "off", NULL};
/* As enum config_on_unknown. */
static const char *const on_unknowns[] = {"retry", "dead", NULL};
/* As enum config_order. */
static const char *const orders[] = {"user", "none", NULL};
/* As enum config_coalesce. */
static const char *const coalesces[] = {"none", "latest", NULL};

const struct config_key config_keys[] = {
    {"identity", CONFIG_CHOICE, false, ROOT(identity), 0, "user_id", 0, 0,
	identities, "what Reteno gets as the user's id"},

    {"redis.address", CONFIG_TEXT, false, ROOT(redis.address), 0,
	"127.0.0.1:6379", 1, TEXT_MAX, NULL, "host:port or unix:/path"},
    {"redis.username", CONFIG_TEXT, false, ROOT(redis.username), 0, "", 0,
	TEXT_MAX, NULL, "for AUTH; empty: the default user"},
    {"redis.password", CONFIG_TEXT, true, ROOT(redis.password), 0, "", 0,
	TEXT_MAX, NULL, "for AUTH; empty: none"},
    {"redis.database", CONFIG_INTEGER, false, ROOT(redis.database), 0, "0", 0,
	65535, NULL, "for SELECT"},
    {"redis.prefix", CONFIG_TEXT, false, ROOT(redis.prefix), 0, "relay", 1, 64,
	NULL, "begins every key; letters, digits and . _ : -"},
    {"redis.shards", CONFIG_INTEGER, false, ROOT(redis.shards), 0, "1", 1, 1024,
	NULL, "fixed when a prefix is first used; 16 for a Cluster"},
    {"redis.connect_timeout", CONFIG_DURATION, false,
	ROOT(redis.connect_timeout_ms), 0, "2s", 10 * MS, 5 * MINUTE, NULL,
	"for a connection"},
    {"redis.request_timeout", CONFIG_DURATION, false,
	ROOT(redis.request_timeout_ms), 0, "2s", 10 * MS, 5 * MINUTE, NULL,
	"for an answer"},
    {"redis.reconnect_base", CONFIG_DURATION, false,
	ROOT(redis.reconnect_base_ms), 0, "100ms", MS, 5 * MINUTE, NULL,
	"first wait to connect again"},
    {"redis.reconnect_cap", CONFIG_DURATION, false,
	ROOT(redis.reconnect_cap_ms), 0, "5s", MS, 10 * MINUTE, NULL,
	"longest wait to connect again"},

    {"ingest.listen", CONFIG_TEXT, false, ROOT(ingest.listen), 0,
	"127.0.0.1:8080", 1, TEXT_MAX, NULL,
	"host:port or unix:/path for webhooks"},
    {"ingest.admin.listen", CONFIG_TEXT, false, ROOT(ingest.admin_listen), 0,
	"127.0.0.1:8081", 1, TEXT_MAX, NULL,
	"for /livez, /readyz and /metrics of relay-ingest"},
    {"ingest.auth.header", CONFIG_TEXT, false, ROOT(ingest.auth_header), 0,
	"x-relay-secret", 1, 256, NULL, "that carries the secret"},
    {"ingest.auth.secrets", CONFIG_TEXTS, true, ROOT(ingest.auth_secrets),
	ROOT(ingest.auth_secret_count), NULL, 1, TEXT_MAX, NULL,
	"any of them opens: add the new, then take the old away"},
    {"ingest.ack", CONFIG_TEXT, false, ROOT(ingest.ack), 0, "redis", 1, 64,
	NULL, "what a 200 stands for: redis, fsync or replicas:N"},
    {"ingest.ack_timeout", CONFIG_DURATION, false, ROOT(ingest.ack_timeout_ms),
	0, "2s", 10 * MS, 5 * MINUTE, NULL,
	"for the replicas, or the disk; then 503"},
    {"ingest.max_body", CONFIG_SIZE, false, ROOT(ingest.max_body_bytes), 0,
	"1MiB", KIB, 64 * MIB, NULL, "larger bodies are refused with 413"},
    {"ingest.gzip", CONFIG_BOOLEAN, false, ROOT(ingest.gzip), 0, "true", 0, 0,
	NULL, "takes bodies with Content-Encoding: gzip; max_body expanded"},
    {"ingest.max_depth", CONFIG_INTEGER, false, ROOT(ingest.max_depth), 0, "64",
	1, 128, NULL, "of arrays and objects inside each other"},
    {"ingest.max_objects", CONFIG_INTEGER, false, ROOT(ingest.max_objects), 0,
	"1000", 1, 100000, NULL, "in one body that is an array"},
    {"ingest.max_batch", CONFIG_SIZE, false, ROOT(ingest.max_batch_bytes), 0,
	"1MiB", KIB, 64 * MIB, NULL, "handed to Redis in one script call"},
    {"ingest.retry_after", CONFIG_DURATION, false, ROOT(ingest.retry_after_ms),
	0, "30s", SECOND, HOUR, NULL, "said with 503"},
    {"ingest.request_timeout", CONFIG_DURATION, false,
	ROOT(ingest.request_timeout_ms), 0, "30s", 100 * MS, 10 * MINUTE, NULL,
	"for a request to come, from its first byte to its last"},
    {"ingest.idle_timeout", CONFIG_DURATION, false,
	ROOT(ingest.idle_timeout_ms), 0, "75s", 100 * MS, HOUR, NULL,
	"between two requests of a connection"},
    {"ingest.max_connections", CONFIG_INTEGER, false,
	ROOT(ingest.max_connections), 0, "4096", 1, 1000000, NULL,
	"open at once; one more takes the place of the one most overdue"},
    {"ingest.max_buffered", CONFIG_SIZE, false, ROOT(ingest.max_buffered_bytes),
	0, "64MiB", MIB, 64 * GIB, NULL,
	"of requests that are not whole yet, all connections"},
    {"ingest.max_waiting", CONFIG_INTEGER, false, ROOT(ingest.max_waiting), 0,
	"2048", 1, 1000000, NULL,
	"requests that wait for Redis; more are refused with 503"},
    {"ingest.redis_memory_limit", CONFIG_INTEGER, false,
	ROOT(ingest.redis_memory_limit), 0, "90", 0, 100, NULL,
	"percent of Redis's maxmemory; at it 503, to let jobs out; 0: none"},
    {"ingest.shutdown_grace", CONFIG_DURATION, false,
	ROOT(ingest.shutdown_grace_ms), 0, "10s", 0, 10 * MINUTE, NULL,
	"for requests in flight after SIGTERM"},

    {"dispatcher.admin.listen", CONFIG_TEXT, false,
	ROOT(dispatcher.admin_listen), 0, "127.0.0.1:8082", 1, TEXT_MAX, NULL,
	"for /livez, /readyz and /metrics of relay-dispatcher"},
    {"dispatcher.max_in_flight", CONFIG_INTEGER, false,
	ROOT(dispatcher.max_in_flight), 0, "256", 1, 10000, NULL,
	"attempts at once, all destinations"},
    {"dispatcher.max_claim", CONFIG_SIZE, false,
	ROOT(dispatcher.max_claim_bytes), 0, "1MiB", KIB, 64 * MIB, NULL,
	"taken from Redis in one call"},
    {"dispatcher.idle_block", CONFIG_DURATION, false,
	ROOT(dispatcher.idle_block_ms), 0, "30s", 100 * MS, 5 * MINUTE, NULL,
	"longest sleep between looks at an empty queue"},
    {"dispatcher.reap_grace", CONFIG_DURATION, false,
	ROOT(dispatcher.reap_grace_ms), 0, "5s", 0, 5 * MINUTE, NULL,
	"after a reconnect, before lapsed leases are taken over"},
    {"dispatcher.audit_every", CONFIG_DURATION, false,
	ROOT(dispatcher.audit_every_ms), 0, "1m", 0, DAY, NULL,
	"between looks for jobs that were lost sight of; 0: never"},
    {"dispatcher.shutdown_grace", CONFIG_DURATION, false,
	ROOT(dispatcher.shutdown_grace_ms), 0, "20s", 0, 10 * MINUTE, NULL,
	"for attempts in flight after SIGTERM"},

    {"log.level", CONFIG_CHOICE, false, ROOT(log.level), 0, "info", 0, 0,
	levels, "lines below it are not written"},

    {"template.max_steps", CONFIG_INTEGER, false, ROOT(template.max_steps), 0,
	"500000", 100, 1000000000, NULL, "of one render"},
    {"template.max_memory", CONFIG_SIZE, false, ROOT(template.max_memory_bytes),
	0, "4MiB", 64 * KIB, GIB, NULL, "of one render"},
    {"template.max_output", CONFIG_SIZE, false, ROOT(template.max_output_bytes),
	0, "1MiB", KIB, 64 * MIB, NULL, "of one render"},
    {"template.max_depth", CONFIG_INTEGER, false, ROOT(template.max_depth), 0,
	"128", 8, 512, NULL, "of calls, and of values inside values"},

    {"routes[].path", CONFIG_TEXT, false, ROUTE(path), 0, NULL, 1, 1024, NULL,
	"of the webhook's URL on ingest"},
    {"routes[].destinations", CONFIG_DESTINATIONS, false, ROUTE(destinations),
	ROUTE(destination_count), NULL, 0, 0, NULL, "that each object goes to"},
    {"routes[].fields.user", CONFIG_TEXT, false, ROUTE(fields.user), 0,
	"user_id", 1, 256, NULL, "field whose value orders an object's jobs"},
    {"routes[].fields.device", CONFIG_TEXT, false, ROUTE(fields.device), 0,
	"device_id", 1, 256, NULL, "the same without a user"},
    {"routes[].fields.uuid", CONFIG_TEXT, false, ROUTE(fields.uuid), 0, "uuid",
	1, 256, NULL, "field that tells a repeated delivery"},
    {"routes[].fields.insert_id", CONFIG_TEXT, false, ROUTE(fields.insert_id),
	0, "$insert_id", 1, 256, NULL, "the same, with the device"},

    {"destinations.*.url", CONFIG_URL, false, DESTINATION(url), 0, NULL, 1,
	8 * KIB, NULL, "http:// or https://"},
    {"destinations.*.method", CONFIG_CHOICE, false, DESTINATION(method), 0,
	"POST", 0, 0, methods, "of the request"},
    {"destinations.*.endpoint", CONFIG_ENUM, false, DESTINATION(endpoint), 0,
	"any", 0, 0, endpoints, "whose published limits a body must keep"},
    {"destinations.*.headers", CONFIG_HEADERS, false, DESTINATION(headers),
	DESTINATION(header_count), "", 0, TEXT_MAX, NULL,
	"of the request, as name: value"},
    {"destinations.*.template", CONFIG_PATH, false, DESTINATION(template_path),
	0, NULL, 1, 4 * KIB, NULL, "beside this file, or an absolute path"},
    {"destinations.*.escape", CONFIG_ENUM, false, DESTINATION(escape), 0,
	"json", 0, 0, escapes, "texts printed inside of JSON string literals"},
    {"destinations.*.omit_empty", CONFIG_BOOLEAN, false,
	DESTINATION(omit_empty), 0, "false", 0, 0, NULL,
	"drop members of the body that are null or \"\""},
    {"destinations.*.keep", CONFIG_TEXTS, false, DESTINATION(keep),
	DESTINATION(keep_count), "", 0, TEXT_MAX, NULL,
	"arrays that omit_empty leaves, as [] when nothing is left"},
    {"destinations.*.when", CONFIG_TEXT, false, DESTINATION(when), 0, "", 0,
	TEXT_MAX, NULL, "template expression: false skips the job"},
    {"destinations.*.tls.ca_file", CONFIG_PATH, false, DESTINATION(tls_ca_file),
	0, "", 0, 4 * KIB, NULL, "empty: the system's"},
    {"destinations.*.order", CONFIG_ENUM, false, DESTINATION(order), 0, "user",
	0, 0, orders,
	"user: a user's jobs one after the other; none: as it comes"},
    {"destinations.*.after", CONFIG_DESTINATIONS, false, DESTINATION(after),
	DESTINATION(after_count), "", 0, 0, NULL,
	"a user's job waits for their earlier jobs for these"},
    {"destinations.*.after_limit", CONFIG_DURATION, false,
	DESTINATION(after_limit_ms), 0, "10m", SECOND, 7 * DAY, NULL,
	"since acceptance; then it goes without them"},
    {"destinations.*.coalesce", CONFIG_ENUM, false, DESTINATION(coalesce), 0,
	"none", 0, 0, coalesces,
	"latest: of a user's waiting jobs only the newest is sent"},
    {"destinations.*.unchanged_for", CONFIG_DURATION, false,
	DESTINATION(unchanged_for_ms), 0, "0s", 0, 30 * DAY, NULL,
	"a body like the user's last is not sent again; 0: it is"},
    {"destinations.*.min_in_flight", CONFIG_INTEGER, false,
	DESTINATION(min_in_flight), 0, "1", 1, 10000, NULL,
	"attempts at once of a slow or failing destination"},
    {"destinations.*.max_in_flight", CONFIG_INTEGER, false,
	DESTINATION(max_in_flight), 0, "32", 1, 10000, NULL,
	"attempts at once, per dispatcher"},
    {"destinations.*.rate_limit", CONFIG_INTEGER, false,
	DESTINATION(rate_limit), 0, "0", 0, 1000000, NULL,
	"requests per second of all dispatchers together; 0: no limit"},
    {"destinations.*.rate_bucket", CONFIG_TEXT, false, DESTINATION(rate_bucket),
	0, "", 0, 63, NULL,
	"destinations of one bucket share one rate; empty: its own"},
    {"destinations.*.connect_timeout", CONFIG_DURATION, false,
	DESTINATION(connect_timeout_ms), 0, "5s", 10 * MS, 5 * MINUTE, NULL,
	"for a connection, TLS included"},
    {"destinations.*.timeout", CONFIG_DURATION, false, DESTINATION(timeout_ms),
	0, "15s", 10 * MS, 10 * MINUTE, NULL, "of a whole attempt"},
    {"destinations.*.lease", CONFIG_DURATION, false, DESTINATION(lease_ms), 0,
	"30s", SECOND, HOUR, NULL,
	"until a dead dispatcher's jobs are taken over; over timeout + 5s"},
    {"destinations.*.max_response", CONFIG_SIZE, false,
	DESTINATION(max_response_bytes), 0, "4KiB", 256, MIB, NULL,
	"kept of an answer's body"},
    {"destinations.*.dedupe_for", CONFIG_DURATION, false,
	DESTINATION(dedupe_for_ms), 0, "6h", 0, 30 * DAY, NULL,
	"a delivery id seen before is dropped; Amplitude repeats for 4h"},
    {"destinations.*.max_depth", CONFIG_INTEGER, false, DESTINATION(max_depth),
	0, "1000000", 0, 1000000000, NULL,
	"pending jobs; more are refused with 503; 0: no limit"},
    {"destinations.*.max_group", CONFIG_INTEGER, false, DESTINATION(max_group),
	0, "10000", 0, 1000000000, NULL,
	"pending jobs of one user; more are refused with 503; 0: no limit"},
    {"destinations.*.max_lease_losses", CONFIG_INTEGER, false,
	DESTINATION(max_lease_losses), 0, "3", 1, 1000, NULL,
	"a job that ends its dispatcher so often, alone, is given up"},
    {"destinations.*.throttle_cap", CONFIG_DURATION, false,
	DESTINATION(throttle_cap_ms), 0, "5m", SECOND, DAY, NULL,
	"longest pause that a 429 may ask for"},
    {"destinations.*.probe_every", CONFIG_DURATION, false,
	DESTINATION(probe_every_ms), 0, "1m", SECOND, DAY, NULL,
	"between tries while it is on hold"},
    {"destinations.*.failing_after", CONFIG_INTEGER, false,
	DESTINATION(failing_after), 0, "20", 0, 10000, NULL,
	"failures in a row that put it on hold; 0: none do"},
    {"destinations.*.burn_limit", CONFIG_INTEGER, false,
	DESTINATION(burn_limit), 0, "50", 0, 100, NULL,
	"rejected or not rendered of the last 100: on hold; 0: no limit"},
    {"destinations.*.dead_limit", CONFIG_INTEGER, false,
	DESTINATION(dead_limit), 0, "100000", 0, 1000000000, NULL,
	"dead letters; when there are as many: on hold; 0: no limit"},
    {"destinations.*.history", CONFIG_INTEGER, false, DESTINATION(history), 0,
	"1000", 0, 1000000, NULL,
	"jobs that are done with and remembered, per shard"},
    {"destinations.*.on_unknown", CONFIG_ENUM, false, DESTINATION(on_unknown),
	0, "retry", 0, 0, on_unknowns,
	"after a request that got no whole answer"},
    {"destinations.*.retry.base", CONFIG_DURATION, false,
	DESTINATION(retry.base_ms), 0, "1s", MS, HOUR, NULL,
	"first wait, doubled each time"},
    {"destinations.*.retry.cap", CONFIG_DURATION, false,
	DESTINATION(retry.cap_ms), 0, "10m", MS, DAY, NULL, "longest wait"},
    {"destinations.*.retry.max_attempts", CONFIG_INTEGER, false,
	DESTINATION(retry.max_attempts), 0, "20", 1, 10000, NULL,
	"a job dies when this and max_age are both passed"},
    {"destinations.*.retry.max_age", CONFIG_DURATION, false,
	DESTINATION(retry.max_age_ms), 0, "24h", 0, 30 * DAY, NULL,
	"since the job was accepted or replayed"},

    {"vars", CONFIG_TREE, false, ROOT(vars_json), 0, "", 0, 0, NULL,
	"anything; templates read it as vars"},
};

const size_t config_key_count = ARRAY_LEN(config_keys);

const struct config_key *config_table_find(const char *pattern)
{
	for (size_t i = 0; i < config_key_count; i++) {
		if (strcmp(config_keys[i].path, pattern) == 0) {
			return &config_keys[i];
		}
	}
	return NULL;
}

bool config_table_is_section(const char *pattern)
{
	size_t len = strlen(pattern);

	for (size_t i = 0; i < config_key_count; i++) {
		const char *path = config_keys[i].path;

		if (strncmp(path, pattern, len) == 0 &&
		    (path[len] == '.' || path[len] == '[')) {
			return true;
		}
	}
	return false;
}

static bool begins_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

enum config_scope config_table_scope(const struct config_key *key)
{
	if (begins_with(key->path, CONFIG_ROUTES ".")) {
		return CONFIG_SCOPE_ROUTE;
	}
	if (begins_with(key->path, CONFIG_DESTINATIONS_PREFIX ".")) {
		return CONFIG_SCOPE_DESTINATION;
	}
	return CONFIG_SCOPE_ROOT;
}

const char *config_table_local_path(const struct config_key *key)
{
	switch (config_table_scope(key)) {
	case CONFIG_SCOPE_ROUTE:
		return key->path + strlen(CONFIG_ROUTES ".");
	case CONFIG_SCOPE_DESTINATION:
		return key->path + strlen(CONFIG_DESTINATIONS_PREFIX ".");
	case CONFIG_SCOPE_ROOT:
		return key->path;
	}
	return key->path;
}
