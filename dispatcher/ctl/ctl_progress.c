#include "dispatcher/ctl/ctl_progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "dispatcher/ctl/ctl_text.h"

enum {
	BAR_WIDTH = 24,
	SECOND_MS = 1000,
	REDRAW_MS = 100,
	LINE_EVERY_MS = 10 * SECOND_MS,
};

static void append_bar(struct strbuf *out, int64_t done, int64_t total)
{
	int filled = (int)(done * BAR_WIDTH / total);

	strbuf_append_char(out, '[');
	for (int i = 0; i < BAR_WIDTH; i++) {
		if (i == filled) {
			strbuf_append_char(out, '>');
		} else {
			strbuf_append_text(out, i < filled ? "=" : " ");
		}
	}
	strbuf_appendf(out, "] %3d%%  ", (int)(done * 100 / total));
}

/* Once it can be told. */
static void append_speed(
    struct strbuf *out, const struct ctl_progress *progress, int64_t now_ms)
{
	int64_t passed_ms = now_ms - progress->started_at_ms;
	int64_t left = progress->total - progress->done;

	if (passed_ms < SECOND_MS || progress->done == 0) {
		return;
	}
	strbuf_appendf(
	    out, ", %" PRId64 "/s", progress->done * SECOND_MS / passed_ms);
	if (left > 0) {
		/* In whole seconds: they tick. */
		int64_t left_ms = (int64_t)((double)left * (double)passed_ms /
		    (double)progress->done);

		strbuf_append_text(out, ", ");
		ctl_append_span(
		    out, (left_ms + SECOND_MS) / SECOND_MS * SECOND_MS);
		strbuf_append_text(out, " left");
	}
}

void ctl_progress_append(
    struct strbuf *out, const struct ctl_progress *progress, int64_t now_ms)
{
	int64_t total = progress->total;

	if (progress->is_terminal && total > 0 && progress->done <= total) {
		append_bar(out, progress->done, total);
	}
	strbuf_appendf(out, "%" PRId64, progress->done);
	if (total > 0) {
		strbuf_appendf(out, " of %" PRId64, total);
	}
	strbuf_appendf(out, " %s", progress->done_word);
	append_speed(out, progress, now_ms);
}

void ctl_progress_begin(struct ctl_progress *progress, const char *done_word,
    int64_t total, int64_t now_ms)
{
	*progress = (struct ctl_progress){
	    .done_word = done_word,
	    .total = total,
	    .started_at_ms = now_ms,
	    .shown_at_ms = now_ms,
	    .is_terminal = isatty(STDERR_FILENO) != 0,
	};
}

static void show(struct ctl_progress *progress, int64_t now_ms, bool is_last)
{
	struct strbuf line;

	strbuf_init(&line, STRBUF_NO_LIMIT);
	if (progress->is_terminal) {
		strbuf_append_char(&line, '\r');
	}
	ctl_progress_append(&line, progress, now_ms);
	if (progress->is_terminal) {
		strbuf_append_text(&line, "\x1b[K"); /* rubs out the rest */
	}
	if (!progress->is_terminal || is_last) {
		strbuf_append_char(&line, '\n');
	}
	(void)fputs(strbuf_text(&line), stderr);
	strbuf_finish(&line);
	progress->shown_at_ms = now_ms;
}

void ctl_progress_step(
    struct ctl_progress *progress, int64_t done, int64_t now_ms)
{
	int64_t every_ms = progress->is_terminal ? REDRAW_MS : LINE_EVERY_MS;

	progress->done = done;
	if (now_ms - progress->shown_at_ms >= every_ms) {
		show(progress, now_ms, false);
	}
}

void ctl_progress_end(struct ctl_progress *progress, int64_t now_ms)
{
	/* On a terminal the line is still open. */
	if (progress->is_terminal &&
	    progress->shown_at_ms > progress->started_at_ms) {
		show(progress, now_ms, true);
	}
}
