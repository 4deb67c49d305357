/*
 * relayctl check: the configuration with all its templates and conditions, or
 * some template files alone. Every finding is a line on standard output:
 *
 *	templates/event.ftl:12:5: delete the backslash before <#if
 *
 * A hint is a line, too, but no trouble.
 */
#include <stdio.h>
#include <string.h>

#include "common/base/strbuf.h"
#include "dispatcher/ctl/artefacts.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_offline.h"
#include "dispatcher/ctl/ctl_text.h"
#include "dispatcher/ctl/guards.h"
#include "dispatcher/render.h"

enum {
	TEMPLATE_BYTES_MAX = 1024 * 1024,
};

struct checking {
	const char *path; /* of the present template */
	size_t findings;  /* over all */
	size_t hints;
	size_t templates;
	size_t conditions;
	int compile_line; /* of the compiler's complaint; 0: none */
	bool is_told;	  /* an artefact on that line says it better */
};

static void print_line(const char *text)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_NO_LIMIT);
	ctl_append_shown(&line, slice_of(text));
	strbuf_append_char(&line, '\n');
	ctl_print(&line);
	strbuf_finish(&line);
}

static void on_artefact(void *arg, const struct err *finding)
{
	struct checking *checking = arg;
	struct err line = *finding;

	err_prefix(
	    &line, "%s:%d:%d", checking->path, finding->line, finding->column);
	print_line(line.text);
	checking->findings++;
	if (finding->line == checking->compile_line) {
		checking->is_told = true;
	}
}

static void on_guard(void *arg, const struct err *finding)
{
	struct checking *checking = arg;
	struct err line = *finding;

	err_prefix(&line, "%s:%d:%d: hint", checking->path, finding->line,
	    finding->column);
	print_line(line.text);
	checking->hints++;
}

static void check_template(struct checking *checking, const char *path,
    const char *source, const char *when)
{
	struct err err = {.line = 0};
	bool compiles = render_compiles(path, source, false, &err);

	checking->path = path;
	checking->templates++;
	checking->compile_line = compiles ? 0 : err.line;
	checking->is_told = false;
	artefacts_find(slice_of(source), on_artefact, checking);
	guards_find(slice_of(source), slice_of(when), on_guard, checking);
	if (!compiles && !checking->is_told) {
		print_line(err.text);
		checking->findings++;
	}
}

static void check_condition(struct checking *checking,
    const struct config *config, const struct config_destination *destination)
{
	char name[128];
	struct err err;

	if (destination->when[0] == '\0') {
		return;
	}
	checking->conditions++;
	(void)snprintf(
	    name, sizeof(name), "destinations.%s.when", destination->name);
	if (!render_compiles(name, destination->when, true, &err)) {
		err_prefix(&err, "%s:%d", config->path, destination->when_line);
		print_line(err.text);
		checking->findings++;
	}
}

/* Several destinations may share a template. */
static bool is_checked(const struct config *config, size_t place)
{
	for (size_t i = 0; i < place; i++) {
		if (strcmp(config->destinations[i].template_path,
			config->destinations[place].template_path) == 0) {
			return true;
		}
	}
	return false;
}

static void check_config(struct checking *checking, const struct config *config)
{
	for (size_t i = 0; i < config->destination_count; i++) {
		const struct config_destination *destination =
		    &config->destinations[i];

		check_condition(checking, config, destination);
		if (!is_checked(config, i)) {
			check_template(checking, destination->template_path,
			    destination->template_source, destination->when);
		}
	}
	if (checking->findings == 0) {
		(void)printf("%s: ok: %zu destinations, %zu templates, "
			     "%zu conditions\n",
		    config->path, config->destination_count,
		    checking->templates, checking->conditions);
	}
}

static enum ctl_exit check_file(struct checking *checking, const char *path)
{
	enum ctl_exit exit_code = CTL_OK;
	size_t before = checking->findings + checking->hints;
	struct strbuf source;
	struct err err;

	strbuf_init(&source, TEMPLATE_BYTES_MAX);
	if (!ctl_read_file(path, &source, &err)) {
		exit_code = ctl_fail(CTL_WRONG, "%s", err.text);
	} else {
		check_template(checking, path, strbuf_text(&source), "");
		if (checking->findings + checking->hints == before) {
			(void)printf("%s: ok\n", path);
		}
	}
	strbuf_finish(&source);
	return exit_code;
}

enum ctl_exit ctl_check(struct ctl *ctl)
{
	struct checking checking = {.path = NULL};
	enum ctl_exit exit_code = CTL_OK;

	if (ctl->options.word_count == 0) {
		if (!ctl_load(ctl)) {
			return CTL_WRONG;
		}
		check_config(&checking, ctl->cli.config);
	}
	for (size_t i = 0; i < ctl->options.word_count; i++) {
		if (check_file(&checking, ctl->options.words[i]) != CTL_OK) {
			exit_code = CTL_WRONG;
		}
	}
	if (exit_code == CTL_OK && checking.findings > 0) {
		exit_code = CTL_TROUBLE;
	}
	return exit_code;
}
