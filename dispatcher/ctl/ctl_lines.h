#ifndef DISPATCHER_CTL_CTL_LINES_H
#define DISPATCHER_CTL_CTL_LINES_H

/*
 * Reads a file line by line, in bounded memory whatever is in it.
 *
 *	struct ctl_lines lines;
 *
 *	ctl_lines_init(&lines, file, max_bytes);
 *	while (ctl_lines_next(&lines)) {
 *		... lines.number, lines.text, lines.is_too_long ...
 *	}
 *	ctl_lines_finish(&lines);
 */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "common/base/attr.h"
#include "common/base/strbuf.h"

struct ctl_lines {
	FILE *file;	    /* borrowed */
	int64_t number;	    /* from 1 */
	struct strbuf text; /* without the line break */
	bool is_too_long;   /* the text is not all of it */
};

void ctl_lines_init(struct ctl_lines *lines, FILE *file, size_t max_bytes);
void ctl_lines_finish(struct ctl_lines *lines);

/* False at the end, and when the file cannot be read: see ferror(). The last
 * line may lack its line break. */
MUST_USE bool ctl_lines_next(struct ctl_lines *lines);

#endif
