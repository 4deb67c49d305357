#ifndef COMMON_CONFIG_CONFIG_H
#define COMMON_CONFIG_CONFIG_H

/*
 * The configuration: one YAML file, read by both services and by relayctl,
 * checked whole before anything listens. Every key is a row of the table in
 * config_table.c (name, type, default, range, help), and deploy/relay.example.
 * yaml shows them all.
 *
 * In strings, ${env:NAME} and ${file:/path} stand for a secret kept elsewhere
 * (a file's last line break does not count), $${ for a plain ${. Durations are
 * written 500ms, 30s, 5m, 6h, 7d; sizes 64KiB, 1MiB.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"

struct config_redis {
	char *address; /* host:port or unix:/path */
	char *username;
	char *password;
	int64_t database;
	char *prefix;
	int64_t shards;
	int64_t connect_timeout_ms;
	int64_t request_timeout_ms;
	int64_t reconnect_base_ms;
	int64_t reconnect_cap_ms;
};

struct config_ingest {
	char *listen;
	char *admin_listen; /* ingest.admin.listen */
	char *auth_header;
	char **auth_secrets; /* any of them opens; never empty */
	size_t auth_secret_count;
	char *ack; /* for config_syntax_ack */
	int64_t ack_timeout_ms;
	int64_t max_body_bytes;
	bool gzip;		    /* bodies may be */
	int64_t max_depth;	    /* of JSON */
	int64_t max_objects;	    /* in one body */
	int64_t max_batch_bytes;    /* of one script call */
	int64_t retry_after_ms;	    /* said with 503; rounded up to seconds */
	int64_t request_timeout_ms; /* for a whole request to come */
	int64_t idle_timeout_ms;    /* between two of a connection */
	int64_t max_connections;
	int64_t max_buffered_bytes; /* of requests that are not whole */
	int64_t max_waiting;	    /* requests, for Redis */
	int64_t redis_memory_limit; /* percent of maxmemory; 0: none */
	int64_t shutdown_grace_ms;
};

struct config_dispatcher {
	char *admin_listen;	 /* dispatcher.admin.listen */
	int64_t max_in_flight;	 /* over all destinations */
	int64_t max_claim_bytes; /* of one claim */
	int64_t idle_block_ms;
	int64_t reap_grace_ms;
	int64_t audit_every_ms; /* 0: never */
	int64_t shutdown_grace_ms;
};

struct config_log {
	char *level; /* debug, info, warn, error */
};

/* What a template may use, per render. */
struct config_template {
	int64_t max_steps;
	int64_t max_memory_bytes;
	int64_t max_output_bytes;
	int64_t max_depth;
};

/* Where a route finds who an object is about. */
struct config_fields {
	char *user;	 /* user_id */
	char *device;	 /* device_id */
	char *uuid;	 /* uuid */
	char *insert_id; /* $insert_id */
};

struct config_route {
	char *path;
	int *destinations; /* places in config.destinations */
	size_t destination_count;
	struct config_fields fields;
	int line; /* in the file, for errors */
};

struct config_header {
	char *name;
	char *value;
	bool is_secret; /* from ${env:} or ${file:}, or by its name */
};

/* Which of the endpoint's published limits a body is held against. */
enum config_endpoint {
	CONFIG_ENDPOINT_ANY, /* none: only that it is JSON */
	CONFIG_ENDPOINT_DEVICE,
	CONFIG_ENDPOINT_CONTACT,
	CONFIG_ENDPOINT_EVENT,
	CONFIG_ENDPOINT_MOBILE_EVENTS,
};

/* What is done to texts that a template prints inside of string literals. */
enum config_escape {
	CONFIG_ESCAPE_JSON,
	CONFIG_ESCAPE_OFF, /* nothing, as FreeMarker does */
};

enum config_on_unknown {
	CONFIG_ON_UNKNOWN_RETRY,
	CONFIG_ON_UNKNOWN_DEAD,
};

enum config_order {
	CONFIG_ORDER_USER, /* a user's jobs one after the other */
	CONFIG_ORDER_NONE, /* each job for itself */
};

enum config_coalesce {
	CONFIG_COALESCE_NONE,
	CONFIG_COALESCE_LATEST, /* of a user's waiting jobs the newest */
};

struct config_retry {
	int64_t base_ms;
	int64_t cap_ms;
	int64_t max_attempts;
	int64_t max_age_ms;
};

struct config_destination {
	char *name;
	char *url;
	char *method;
	enum config_endpoint endpoint;
	struct config_header *headers;
	size_t header_count;
	char *template_path;   /* resolved against the file's folder */
	char *template_source; /* its text, read with the configuration */
	enum config_escape escape;
	bool omit_empty;
	char **keep; /* arrays that omit_empty leaves, by name */
	size_t keep_count;
	char *when;	   /* an expression; "" for always */
	int when_line;	   /* in the file, for errors */
	char *tls_ca_file; /* "" for the system's */
	enum config_order order;
	int *after; /* places in config.destinations; ordered ones */
	size_t after_count;
	int64_t after_limit_ms; /* since acceptance */
	enum config_coalesce coalesce;
	int64_t unchanged_for_ms; /* 0: send what was sent before, too */
	int64_t min_in_flight;
	int64_t max_in_flight;
	int64_t rate_limit; /* requests per second, all dispatchers; 0: none */
	char *rate_bucket;  /* "" for one of its own */
	int64_t connect_timeout_ms;
	int64_t timeout_ms; /* of the whole attempt */
	int64_t lease_ms;   /* longer than timeout_ms by a margin */
	int64_t max_response_bytes;
	int64_t dedupe_for_ms;
	int64_t max_depth;	  /* pending jobs; 0: no limit */
	int64_t max_group;	  /* of one user; 0: no limit */
	int64_t max_lease_losses; /* as a suspect */
	int64_t throttle_cap_ms;  /* the longest a 429 may hold us off */
	int64_t probe_every_ms;	  /* between tries while on hold */
	int64_t failing_after;	  /* failures in a row; 0: never */
	int64_t burn_limit;	  /* of the last 100; 0: none */
	int64_t dead_limit;	  /* dead letters; 0: no limit */
	int64_t history;	  /* jobs done that are remembered */
	enum config_on_unknown on_unknown;
	struct config_retry retry;
	int line;
};

struct config {
	char *path;	/* of the file, as given */
	char *identity; /* user_id, amplitude_id or device_id */
	struct config_redis redis;
	struct config_ingest ingest;
	struct config_dispatcher dispatcher;
	struct config_log log;
	struct config_template template;
	struct config_route *routes;
	size_t route_count;
	struct config_destination *destinations;
	size_t destination_count;
	char *vars_json; /* the `vars:` tree as JSON text; "{}" when absent */
	char *vars_shown_json; /* the same for people: "***" for secrets */
};

/* A setting from the command line, over the file's: "redis.address=...". */
struct config_override {
	const char *key;
	const char *value;
};

/*
 * Reads and checks. NULL with one clear line, `file:line: key: what is wrong`,
 * when the file, a key, a secret or a reference is bad. Templates are read but
 * not compiled here: that is the dispatcher's and relayctl's. Caller destroys
 * with config_destroy.
 */
MUST_USE struct config *config_load(const char *path,
    const struct config_override *overrides, size_t override_count,
    struct err *err);
void config_destroy(struct config *config);

/* What templates may use where no configuration says otherwise. */
void config_template_defaults(struct config_template *template);

/* Appends what is in force, as YAML that config_load takes, secrets as "***".
 */
void config_print(const struct config *config, struct strbuf *out);

/* NULL when there is none of this name. Borrowed. */
const struct config_destination *config_find_destination(
    const struct config *config, const char *name);

#endif
