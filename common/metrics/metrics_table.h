#ifndef COMMON_METRICS_METRICS_TABLE_H
#define COMMON_METRICS_METRICS_TABLE_H

/*
 * Every metric family: id, type, name, first label, second label, help.
 * Labels that a family does not have are NULL. docs/operating.md repeats the
 * names (METRICS), and a test compares.
 */
#define METRICS_TABLE(X) \
	X(REDIS_UP, GAUGE, "relay_redis_up", NULL, NULL, \
	    "1 while connected to Redis and not refused by it") \
	X(REDIS_RECONNECTS, COUNTER, "relay_redis_reconnects_total", NULL, \
	    NULL, "Connections to Redis lost") \
	X(REDIS_EMPTY, COUNTER, "relay_redis_empty_total", NULL, NULL, \
	    "Times Redis came back without our data") \
	X(QUEUE_CALLS, COUNTER, "relay_queue_calls_total", "verb", "status", \
	    "Script calls by verb and how they ended") \
	X(RELOAD_OK, GAUGE, "relay_config_last_reload_successful", NULL, NULL, \
	    "1 while what is in the files, as of the last SIGHUP, is in " \
	    "force") \
	X(RELOAD_SECONDS, GAUGE, "relay_config_loaded_timestamp_seconds", \
	    NULL, NULL, "When what is in force was loaded, since the epoch") \
	X(REQUESTS, COUNTER, "relay_ingest_requests_total", "route", "status", \
	    "Webhook requests by HTTP status answered") \
	X(REQUEST_SECONDS, HISTOGRAM, "relay_ingest_request_seconds", NULL, \
	    NULL, "From the whole request read to its answer") \
	X(OBJECTS, COUNTER, "relay_ingest_objects_total", "destination", \
	    "verdict", "Jobs offered to the queue by verdict") \
	X(WAITING_REQUESTS, GAUGE, "relay_ingest_waiting_requests", NULL, \
	    NULL, "Requests that wait for Redis") \
	X(OVERLOADED, COUNTER, "relay_ingest_overloaded_total", "cause", NULL, \
	    "Webhooks refused with 503 for overload, before Redis was asked") \
	X(REDIS_MEMORY, GAUGE, "relay_redis_memory_ratio", NULL, NULL, \
	    "Share of maxmemory that Redis used when it was last asked") \
	X(CONNECTIONS, GAUGE, "relay_ingest_connections", NULL, NULL, \
	    "Open connections of clients") \
	X(DROPPED_CONNECTIONS, COUNTER, \
	    "relay_ingest_dropped_connections_total", "reason", NULL, \
	    "Connections ended before their time, or for being late") \
	X(BUFFERED, GAUGE, "relay_ingest_buffered_bytes", NULL, NULL, \
	    "Bytes of requests that are not whole yet") \
	X(ATTEMPTS, COUNTER, "relay_attempts_total", "destination", "outcome", \
	    "Attempts and decisions by outcome") \
	X(ATTEMPT_SECONDS, HISTOGRAM, "relay_attempt_seconds", "destination", \
	    NULL, "HTTP calls to the destination") \
	X(IN_FLIGHT, GAUGE, "relay_in_flight", "destination", NULL, \
	    "Jobs this process has in hand") \
	X(IN_FLIGHT_LIMIT, GAUGE, "relay_in_flight_limit", "destination", \
	    NULL, "Jobs this process may have in hand, as the destination is") \
	X(HOLD, GAUGE, "relay_hold", "destination", "reason", \
	    "1 while the destination is on hold for this reason") \
	X(RATE_WAITS, COUNTER, "relay_rate_waits_total", "destination", NULL, \
	    "Times there was room for jobs, and nothing left of the rate") \
	X(SUSPECTS, COUNTER, "relay_suspects_total", "destination", NULL, \
	    "Jobs tried alone because they were lost with a dispatcher") \
	X(FENCED, COUNTER, "relay_fenced_total", "destination", NULL, \
	    "Finishes refused because the lease was another's") \
	X(DEPTH, GAUGE, "relay_depth", "destination", NULL, \
	    "Jobs waiting or in flight") \
	X(READY, GAUGE, "relay_ready_groups", "destination", NULL, \
	    "Groups that could be claimed now") \
	X(LEASED, GAUGE, "relay_leased_groups", "destination", NULL, \
	    "Groups being attempted") \
	X(WAITING, GAUGE, "relay_waiting_groups", "destination", NULL, \
	    "Groups whose head waits for its retry") \
	X(OLDEST_SECONDS, GAUGE, "relay_oldest_seconds", "destination", NULL, \
	    "Age of the oldest job not yet finished") \
	X(DEAD_NOW, GAUGE, "relay_dead_letters", "destination", NULL, \
	    "Dead letters kept") \
	X(REMEMBERED, GAUGE, "relay_remembered", "destination", "what", \
	    "Delivery ids, and users' last bodies, that are remembered") \
	X(LEDGER, COUNTER, "relay_ledger_total", "destination", "entry", \
	    "The ledger: accepted, replayed, delivered, dead, skipped, ...") \
	X(LEDGER_DIFFERENCE, GAUGE, "relay_ledger_difference", "destination", \
	    "side", "What the ledger is off by; anything but 0 is a fault") \
	X(AUDIT_GROUPS, COUNTER, "relay_audit_groups_total", "destination", \
	    NULL, "Groups looked at by audits") \
	X(AUDIT_REQUEUED, COUNTER, "relay_audit_requeued_total", \
	    "destination", NULL, "Groups that no claim would have found") \
	X(AUDIT_DIFFERENCE, GAUGE, "relay_audit_difference", "destination", \
	    NULL, "What relay_depth is off by; anything but 0 is a fault")

enum metric_type {
	METRIC_COUNTER,
	METRIC_GAUGE,
	METRIC_HISTOGRAM,
};

#define METRIC_ENUM(id, type, name, first, second, help) METRICS_##id,

enum metric_family {
	METRICS_TABLE(METRIC_ENUM) METRICS_FAMILY_COUNT
};

#undef METRIC_ENUM

#endif
