#include "common/loop/libevent_log.h"

#include "common/log/log.h"

#include <event2/event.h>

static enum log_level level_of(int severity)
{
	switch (severity) {
	case EVENT_LOG_DEBUG:
	case EVENT_LOG_MSG:
		return LOG_DEBUG;
	case EVENT_LOG_WARN:
		return LOG_WARN;
	default:
		return LOG_ERROR;
	}
}

static void on_libevent_message(int severity, const char *message)
{
	struct log_line line;

	log_begin(&line, level_of(severity), "loop", LOG_LIBEVENT);
	log_text(&line, "reason", message);
	log_end(&line);
}

void libevent_log_start(void)
{
	event_set_log_callback(on_libevent_message);
}
