/*
 * relayctl dead import: letters that were exported come back to the dead
 * letters of their destinations. One that is there already is left as it is, so
 * the same file may be imported again. A line that is not a letter is named,
 * and the others are imported all the same.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/base/clock.h"
#include "dispatcher/ctl/ctl_lines.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_progress.h"
#include "dispatcher/ctl/ctl_text.h"
#include "dispatcher/ctl/dead_line.h"

enum {
	LINE_BYTES_MAX = 256 * 1024 * 1024,
};

struct importing {
	struct ctl_places places;
	const char *name; /* of the file */
	int64_t imported;
	int64_t known; /* were there already */
	int64_t bad;
	struct ctl_progress progress;
};

static void complain(
    struct importing *importing, int64_t number, const struct err *err)
{
	importing->bad++;
	(void)ctl_fail(CTL_TROUBLE, "%.200s:%" PRId64 ": %.250s",
	    importing->name, number, err->text);
}

/* False when Redis fails. */
static bool import_letter(struct importing *importing, int64_t number,
    const struct dead_line *line, struct err *err)
{
	struct err complaint;
	size_t count = 0;

	if (ctl_places_find(&importing->places, line->destination) == NULL) {
		ctl_places_complain(
		    &importing->places, line->destination, &complaint);
		complain(importing, number, &complaint);
		return true;
	}
	if (!ctl_queue_import_dead(importing->places.queue, line->destination,
		&line->letter, &count, err)) {
		return false;
	}
	importing->imported += (int64_t)count;
	importing->known += count == 0 ? 1 : 0;
	return true;
}

static bool import_line(
    struct importing *importing, const struct ctl_lines *lines, struct err *err)
{
	struct slice text = slice_trim(strbuf_slice(&lines->text));
	struct dead_line line = {.destination = NULL};
	struct err complaint;
	bool is_ok = true;

	if (lines->is_too_long) {
		err_set(&complaint, "longer than any dead letter");
		complain(importing, lines->number, &complaint);
	} else if (text.len == 0) {
		return true;
	} else if (!dead_line_parse(&line, text, &complaint)) {
		complain(importing, lines->number, &complaint);
	} else {
		is_ok = import_letter(importing, lines->number, &line, err);
	}
	dead_line_finish(&line);
	return is_ok;
}

static enum ctl_exit tell(const struct importing *importing)
{
	(void)printf("%" PRId64 " imported", importing->imported);
	if (importing->known > 0) {
		(void)printf(", %" PRId64 " there already", importing->known);
	}
	if (importing->bad > 0) {
		(void)printf(", %" PRId64 " bad line%s", importing->bad,
		    ctl_plural(importing->bad));
	}
	(void)putchar('\n');
	return importing->bad > 0 ? CTL_TROUBLE : CTL_OK;
}

static enum ctl_exit import_from(struct importing *importing, FILE *file)
{
	struct ctl_lines lines;
	enum ctl_exit exit_code;
	struct err err;
	bool is_ok = true;

	ctl_lines_init(&lines, file, LINE_BYTES_MAX);
	ctl_progress_begin(
	    &importing->progress, "imported", 0, clock_mono_ms());
	while (is_ok && ctl_lines_next(&lines)) {
		is_ok = import_line(importing, &lines, &err);
		ctl_progress_step(
		    &importing->progress, importing->imported, clock_mono_ms());
	}
	ctl_progress_end(&importing->progress, clock_mono_ms());
	exit_code = tell(importing);
	if (!is_ok) {
		exit_code = ctl_fail(CTL_TROUBLE,
		    "%.200s:%" PRId64
		    ": %.200s; the same command goes on from there",
		    importing->name, lines.number, err.text);
	} else if (ferror(file) != 0) {
		exit_code = ctl_fail(CTL_TROUBLE, "cannot read %.200s: %s",
		    importing->name, strerror(errno));
	}
	ctl_lines_finish(&lines);
	return exit_code;
}

enum ctl_exit ctl_dead_import(struct ctl *ctl)
{
	const char *path = ctl->options.words[0];
	bool is_stdin = strcmp(path, "-") == 0;
	struct importing importing = {
	    .name = is_stdin ? "standard input" : path};
	FILE *file = is_stdin ? stdin : fopen(path, "r");
	enum ctl_exit exit_code;

	if (file == NULL) {
		return ctl_fail(
		    CTL_WRONG, "cannot read %.200s: %s", path, strerror(errno));
	}
	exit_code = ctl_places_open(&importing.places, ctl, NULL);
	if (exit_code == CTL_OK) {
		exit_code = import_from(&importing, file);
	}
	ctl_places_close(&importing.places);
	if (!is_stdin) {
		(void)fclose(file);
	}
	return exit_code;
}
