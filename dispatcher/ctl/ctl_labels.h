#ifndef DISPATCHER_CTL_CTL_LABELS_H
#define DISPATCHER_CTL_CTL_LABELS_H

/*
 * What there is to know about one thing, a line each, for a person:
 *
 *	destination  event
 *	attempts     3
 */

#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* As ctl_text.h shows them. */
void ctl_label_text(struct strbuf *out, const char *label, struct slice value);
void ctl_label_time(struct strbuf *out, const char *label, int64_t at_ms);
void ctl_label_span(struct strbuf *out, const char *label, int64_t span_ms);
void ctl_label_number(struct strbuf *out, const char *label, int64_t number);

#endif
