#ifndef DISPATCHER_CTL_CTL_ROW_H
#define DISPATCHER_CTL_CTL_ROW_H

/*
 * Dead letters as lines of a list: of each only what a line shows is kept.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/queue/queue_operator.h"

struct ctl_row {
	const char *destination; /* borrowed */
	char id[JOB_ID_MAX];
	int64_t died_at_ms;
	enum outcome outcome;
	int http_status;
	int64_t attempts;
	char *note;
	size_t note_len;
};

/* Zeroed to begin with. */
struct ctl_rows {
	struct ctl_row *list;
	size_t count;
};

void ctl_rows_finish(struct ctl_rows *rows);

void ctl_rows_add(struct ctl_rows *rows, const char *destination,
    const struct queue_dead_letter *letter);

/* Oldest first. */
void ctl_rows_sort(struct ctl_rows *rows);

/* The first `count` of them, to standard output: for people, for programs. */
void ctl_rows_print_table(const struct ctl_rows *rows, size_t count);
void ctl_rows_print_json(const struct ctl_rows *rows, size_t count);

#endif
