#include "dispatcher/ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>

#include "common/base/strbuf.h"
#include "dispatcher/ctl/ctl_text.h"

static enum ctl_exit say(
    enum ctl_exit code, const char *start, const char *text)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_NO_LIMIT);
	strbuf_append_text(&line, start);
	ctl_append_shown(&line, slice_of(text));
	/* What was printed so far comes before the complaint. */
	(void)fflush(stdout);
	(void)fprintf(stderr, "%s\n", strbuf_text(&line));
	strbuf_finish(&line);
	return code;
}

enum ctl_exit ctl_fail(enum ctl_exit code, const char *format, ...)
{
	struct err err;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(err.text, sizeof(err.text), format, args);
	va_end(args);
	return say(code, "relayctl: ", err.text);
}

enum ctl_exit ctl_fail_with(enum ctl_exit code, const struct err *err)
{
	return say(code, "", err->text);
}

bool ctl_load(struct ctl *ctl)
{
	return ctl->cli.config != NULL || config_cli_load(&ctl->cli);
}
