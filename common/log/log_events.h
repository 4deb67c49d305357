#ifndef COMMON_LOG_LOG_EVENTS_H
#define COMMON_LOG_LOG_EVENTS_H

/*
 * All events a log line can have, with the name that is printed. Operators
 * match on them: a name is never changed, only added. docs/operating.md lists
 * them with what to do (LOG EVENTS).
 */
#define LOG_EVENTS(X) \
	/* life of a process */ \
	X(STARTED, "started") \
	X(LISTENING, "listening") \
	X(STOPPING, "stopping") \
	X(STOPPED, "stopped") \
	X(FAILED, "failed") \
	X(RELOADED, "reloaded") \
	X(RELOAD_REFUSED, "reload_refused") \
	X(ACCEPT_FAILED, "accept_failed") \
	X(LIBEVENT, "libevent") \
	/* Redis */ \
	X(REDIS_CONNECTED, "redis_connected") \
	X(REDIS_LOST, "redis_lost") \
	X(REDIS_REFUSED, "redis_refused") \
	X(REDIS_EMPTY, "redis_empty") \
	X(SCRIPT_LOADED, "script_loaded") \
	/* ingest */ \
	X(REQUEST_ACCEPTED, "request_accepted") \
	X(REQUEST_REFUSED, "request_refused") \
	X(CLIENTS_DROPPED, "clients_dropped") \
	X(DESCRIPTORS_SHORT, "descriptors_short") \
	X(OVERLOADED, "overloaded") \
	/* dispatcher */ \
	X(JOBS_CLAIMED, "jobs_claimed") \
	X(JOB_DELIVERED, "job_delivered") \
	X(JOB_SKIPPED, "job_skipped") \
	X(JOB_UNCHANGED, "job_unchanged") \
	X(JOB_RETRY, "job_retry") \
	X(JOB_DEAD, "job_dead") \
	X(JOB_REQUEUED, "job_requeued") \
	X(JOB_RELEASED, "job_released") \
	X(JOB_SUSPECT, "job_suspect") \
	X(JOB_FENCED, "job_fenced") \
	X(DESTINATION_HELD, "destination_held") \
	X(DESTINATION_RESUMED, "destination_resumed") \
	X(ATTEMPT_STATE, "attempt_state") \
	/* audit */ \
	X(AUDIT_REQUEUED, "audit_requeued") \
	X(AUDIT_DIFFERENCE, "audit_difference")

#define LOG_EVENT_ENUM(id, name) LOG_##id,

enum log_event {
	LOG_EVENTS(LOG_EVENT_ENUM) LOG_EVENT_COUNT
};

#undef LOG_EVENT_ENUM

/* The printed name. */
const char *log_event_name(enum log_event event);

#endif
