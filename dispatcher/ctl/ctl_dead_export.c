/*
 * relayctl dead export: whole letters as lines of JSON (dead_line.h), for a
 * backup before a purge, for jq, or for another relay. They stay where they
 * are.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "dispatcher/ctl/ctl_pick.h"
#include "dispatcher/ctl/ctl_places.h"
#include "dispatcher/ctl/ctl_progress.h"
#include "dispatcher/ctl/ctl_text.h"
#include "dispatcher/ctl/dead_line.h"

enum {
	PAGE = 100,
	ONLY_MINE = S_IRUSR | S_IWUSR, /* what is in letters is personal */
};

struct exporting {
	struct ctl_places places;
	FILE *out;
	const char *name; /* of it */
	bool is_shown;	  /* it is a terminal */
	struct strbuf line;
	int64_t exported;
	struct ctl_progress progress;
	int write_errno; /* 0: all was written */
};

static void on_letter(void *arg, const struct ctl_place *place,
    const struct queue_dead_letter *letter)
{
	struct exporting *exporting = arg;

	if (exporting->write_errno != 0) {
		return;
	}
	strbuf_clear(&exporting->line);
	dead_line_append(
	    &exporting->line, place->destination, letter, exporting->is_shown);
	if (fwrite(strbuf_text(&exporting->line), 1, exporting->line.len,
		exporting->out) != exporting->line.len) {
		exporting->write_errno = errno;
	} else {
		exporting->exported++;
	}
}

static bool on_page(void *arg, const struct ctl_place *place)
{
	struct exporting *exporting = arg;

	(void)place;
	/* Where both go to the terminal, the letters are the progress. */
	if (!exporting->is_shown) {
		ctl_progress_step(
		    &exporting->progress, exporting->exported, clock_mono_ms());
	}
	return exporting->write_errno == 0 &&
	    !ctl_queue_is_interrupted(exporting->places.queue);
}

/* ---- the file ---- */

static bool open_output(
    struct exporting *exporting, const char *path, struct err *err)
{
	int fd;

	exporting->out = stdout;
	exporting->name = "standard output";
	exporting->is_shown = path == NULL && isatty(STDOUT_FILENO) != 0;
	if (path == NULL) {
		return true;
	}
	exporting->name = path;
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, ONLY_MINE);
	exporting->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (exporting->out == NULL) {
		err_set(err, "cannot write %.200s: %s%s", path, strerror(errno),
		    errno == EEXIST ? "; name a new file" : "");
		return false;
	}
	return true;
}

/* Down to the disk: the next command may be a purge. */
static void close_output(struct exporting *exporting)
{
	FILE *out = exporting->out;
	bool is_ours = out != NULL && out != stdout;

	if (out == NULL) {
		return;
	}
	if (fflush(out) == EOF || (is_ours && fsync(fileno(out)) != 0)) {
		exporting->write_errno = exporting->write_errno != 0
		    ? exporting->write_errno
		    : errno;
	}
	if (is_ours && fclose(out) == EOF && exporting->write_errno == 0) {
		exporting->write_errno = errno;
	}
	exporting->out = NULL;
}

/* ---- the command ---- */

static enum ctl_exit tell(const struct exporting *exporting,
    const struct ctl_pick *pick, const struct err *trouble)
{
	const char *why = NULL;

	if (exporting->write_errno != 0) {
		why = strerror(exporting->write_errno);
	} else if (trouble != NULL) {
		why = trouble->text;
	} else if (ctl_queue_is_interrupted(exporting->places.queue)) {
		why = "interrupted";
	}
	if (why != NULL) {
		return ctl_fail(CTL_TROUBLE,
		    "%.200s is not whole: %.200s, after %" PRId64
		    " dead letter%s; begin anew with another file",
		    exporting->name, why, exporting->exported,
		    ctl_plural(exporting->exported));
	}
	(void)ctl_fail(
	    CTL_OK, "%" PRId64 " dead letters exported", exporting->exported);
	return ctl_pick_tell_missing(pick);
}

static enum ctl_exit export_to(
    struct exporting *exporting, struct ctl_pick *pick, const char *path)
{
	const struct ctl_pick_walk walk = {
	    .page = PAGE,
	    .on_letter = on_letter,
	    .on_page = on_page,
	    .arg = exporting,
	};
	struct err err;
	bool is_ok;

	if (!open_output(exporting, path, &err)) {
		return ctl_fail(CTL_TROUBLE, "%s", err.text);
	}
	ctl_queue_take_interrupts(exporting->places.queue);
	ctl_progress_begin(
	    &exporting->progress, "exported", 0, clock_mono_ms());
	strbuf_init(&exporting->line, STRBUF_NO_LIMIT);
	is_ok = ctl_pick_walk(pick, &exporting->places, &walk, &err);
	strbuf_finish(&exporting->line);
	close_output(exporting);
	ctl_progress_end(&exporting->progress, clock_mono_ms());
	return tell(exporting, pick, is_ok ? NULL : &err);
}

enum ctl_exit ctl_dead_export(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	struct exporting exporting = {.out = NULL};
	struct ctl_pick pick;
	enum ctl_exit exit_code;
	struct err err;

	if (ctl_pick_init(&pick, options, &err)) {
		exit_code = ctl_places_open(
		    &exporting.places, ctl, options->destination);
	} else {
		exit_code = ctl_fail(CTL_WRONG, "%s", err.text);
	}
	if (exit_code == CTL_OK) {
		exit_code = export_to(&exporting, &pick, options->output);
	}
	ctl_places_close(&exporting.places);
	ctl_pick_finish(&pick);
	return exit_code;
}
