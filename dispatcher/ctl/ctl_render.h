#ifndef DISPATCHER_CTL_CTL_RENDER_H
#define DISPATCHER_CTL_CTL_RENDER_H

/* What `relayctl render` does by files of their own. */

#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_table.h"

struct render;

/*
 * render --cases FILE: renders templates of FreeMarker's own test results (a
 * JSON object a line: id, template, input, and the settings number_format,
 * boolean_format, tag_syntax) with FreeMarker's defaults instead of ours, and
 * without a configuration. Prints a line for each, in order:
 *
 *	{"id":"x","ok":true,"output":"..."}
 *	{"id":"x","ok":false,"error":"...","line":1,"column":3}
 *
 * line and column are 0 where none is known. A line that is no case is reported
 * with "id":null (its error names the line), and on standard error, and makes
 * the exit code CTL_TROUBLE; the others go on. `path` may be "-".
 */
enum ctl_exit ctl_render_cases(const char *path);

/*
 * render --explain: each ${} that was printed, with its place, the expression,
 * the value, and where the value came from:
 *
 *	place  expression          value   from
 *	3:12   input.plan!"free"   free    "free" (input.plan is missing)
 */
struct ctl_explanation {
	struct ctl_table table;
};

/* Watches what `render` renders, until it is destroyed. */
void ctl_explanation_init(
    struct ctl_explanation *explanation, struct render *render);

/* To standard output, and begins anew. */
void ctl_explanation_print(struct ctl_explanation *explanation);

/* A zeroed one is fine. */
void ctl_explanation_finish(struct ctl_explanation *explanation);

#endif
