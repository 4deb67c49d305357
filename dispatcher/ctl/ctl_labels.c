#include "dispatcher/ctl/ctl_labels.h"

#include <inttypes.h>

#include "dispatcher/ctl/ctl_text.h"

enum {
	WIDTH = 13,
};

static void append(struct strbuf *out, const char *label)
{
	strbuf_appendf(out, "%-*s", WIDTH, label);
}

void ctl_label_text(struct strbuf *out, const char *label, struct slice value)
{
	append(out, label);
	ctl_append_shown(out, value);
	strbuf_append_char(out, '\n');
}

void ctl_label_time(struct strbuf *out, const char *label, int64_t at_ms)
{
	append(out, label);
	ctl_append_time(out, at_ms);
	strbuf_append_char(out, '\n');
}

void ctl_label_span(struct strbuf *out, const char *label, int64_t span_ms)
{
	append(out, label);
	ctl_append_span(out, span_ms);
	strbuf_append_char(out, '\n');
}

void ctl_label_number(struct strbuf *out, const char *label, int64_t number)
{
	append(out, label);
	strbuf_appendf(out, "%" PRId64 "\n", number);
}
