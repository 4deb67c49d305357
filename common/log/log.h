#ifndef COMMON_LOG_LOG_H
#define COMMON_LOG_LOG_H

/*
 * The log: one line an event on standard error, key=value, the same first keys
 * in every line:
 *
 *	ts=2026-11-20T20:07:01.795Z level=info module=attempt \
 *	event=job_delivered job=0-1795 destination=event status=200 ms=41
 *
 * Event names are an interface: they are listed in log_events.h and in
 * docs/operating.md. Never logged: bodies, secrets, authorization headers.
 *
 * A value that is empty or holds anything but [A-Za-z0-9_.:/@+-] is quoted.
 * Inside quotes, \" and \\ stand for themselves, \n, \r and \t for line ends
 *and tabs, \xNN for the bytes of other control characters and of what is not
 * UTF-8. So no input can forge a line, nor speak to a terminal.
 *
 *	struct log_line line;
 *
 *	log_begin(&line, LOG_INFO, "attempt", LOG_JOB_DELIVERED);
 *	log_text(&line, "job", id);
 *	log_number(&line, "status", status);
 *	log_end(&line);
 *
 * The level is the one piece of state of the process as a whole.
 */

#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/log/log_events.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level {
	LOG_DEBUG,
	LOG_INFO,
	LOG_WARN,
	LOG_ERROR,
};

enum {
	LOG_LINE_MAX = 2048, /* what is longer is cut, and ends in cut=true */
};

struct log_line {
	char text[LOG_LINE_MAX];
	size_t len;
	bool is_cut;
	bool is_on; /* false: below the level, nothing is formatted */
};

/* Lines below the level are not written. The first level is LOG_INFO. */
void log_set_level(enum log_level level);
bool log_is_on(enum log_level level);

/* "debug", "info", "warn", "error". False when it is none of them. */
MUST_USE bool log_level_parse(struct slice text, enum log_level *level);
const char *log_level_name(enum log_level level);

/* The bytes of the UTF-8 character that a text of at least one byte begins
 * with, if a terminal may be shown it; 0 where not. For whoever shows values
 * that others made. */
size_t log_shown_len(struct slice text);

void log_begin(struct log_line *line, enum log_level level, const char *module,
    enum log_event event);
void log_text(struct log_line *line, const char *key, const char *value);
void log_slice(struct log_line *line, const char *key, struct slice value);
void log_number(struct log_line *line, const char *key, int64_t value);

/* reason="text" and, where known, line= and column=. */
void log_err(struct log_line *line, const struct err *err);

/* errno="Connection refused" */
void log_errno(struct log_line *line, int error_number);

/* Writes the line, in one write; a line that standard error does not take is
 * lost, as there is nobody to tell. */
void log_end(struct log_line *line);

#endif
