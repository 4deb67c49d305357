#include "dispatcher/ctl/ctl_offline.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/config/config_file.h"

enum {
	MIB = 1024 * 1024,
	CONFIG_BYTES_MAX = 4 * MIB,
};

static const char reference[] = "${env:";

/* The first reference of `text` that is in no comment line; empty when there is
 * none. *rest is what is behind it. */
static struct slice next_variable(struct slice text, struct slice *rest)
{
	bool is_comment = false;
	bool is_line_start = true;

	for (; text.len > 0; text = slice_from(text, 1)) {
		char c = text.data[0];
		const char *end;

		if (c == '\n') {
			is_line_start = true;
			is_comment = false;
			continue;
		}
		is_comment |= is_line_start && c == '#';
		is_line_start &= c == ' ';
		if (is_comment || !slice_starts_with(text, reference)) {
			continue;
		}
		text = slice_from(text, strlen(reference));
		end = text.len > 0 ? memchr(text.data, '}', text.len) : NULL;
		if (end != NULL) {
			size_t len = (size_t)(end - text.data);

			*rest = slice_from(text, len);
			return slice_make(text.data, len);
		}
		break;
	}
	*rest = slice_make(NULL, 0);
	return slice_make(NULL, 0);
}

/* Sets those that are missing, and appends their names. */
static void fill_in(struct slice text, struct strbuf *names)
{
	struct slice rest = text;

	while (rest.len > 0) {
		struct slice variable = next_variable(rest, &rest);
		char *name = xstrndup(
		    variable.data != NULL ? variable.data : "", variable.len);

		/* What is no name is for the configuration to complain of. */
		if (variable.len > 0 && getenv(name) == NULL &&
		    setenv(name, "not-set", 0) == 0) {
			strbuf_appendf(
			    names, "%s%s", names->len > 0 ? ", " : "", name);
		}
		free(name);
	}
}

bool ctl_load_unset(struct ctl *ctl, struct strbuf *names)
{
	struct strbuf text;

	if (ctl->cli.config != NULL) {
		return true;
	}
	strbuf_init(&text, CONFIG_BYTES_MAX);
	/* A file that is read once, such as a pipe, is not looked into. */
	if (config_file_read(ctl->cli.path, CONFIG_FILE_REGULAR, &text, NULL)) {
		fill_in(strbuf_slice(&text), names);
	}
	strbuf_finish(&text);
	return ctl_load(ctl);
}

void ctl_tell_unset(const struct strbuf *names)
{
	if (names->len > 0) {
		(void)ctl_fail(CTL_OK,
		    "taken as \"not-set\", as the environment has none: %s",
		    strbuf_text(names));
	}
}

bool ctl_load_offline(struct ctl *ctl)
{
	struct strbuf names;
	bool is_loaded;

	strbuf_init(&names, STRBUF_NO_LIMIT);
	is_loaded = ctl_load_unset(ctl, &names);
	if (is_loaded) {
		ctl_tell_unset(&names);
	}
	strbuf_finish(&names);
	return is_loaded;
}

bool ctl_read_file(const char *path, struct strbuf *out, struct err *err)
{
	bool is_stdin = strcmp(path, "-") == 0;

	if (config_file_read(
		is_stdin ? "/dev/stdin" : path, CONFIG_FILE_ANY, out, err)) {
		return true;
	}
	if (out->len == out->max) {
		err_set(err, "cannot read %s: larger than %zu MiB", path,
		    out->max / MIB);
	}
	return false;
}
