#ifndef DISPATCHER_CTL_CTL_TEXT_H
#define DISPATCHER_CTL_CTL_TEXT_H

/*
 * Values as a person reads them. What others made (names, ids, notes, bodies)
 * may hold anything at all, and is shown so that it cannot speak to a terminal:
 * control characters and bytes that are not UTF-8 as \n, \t, \xNN.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* On one line. */
void ctl_append_shown(struct strbuf *out, struct slice text);

/* The same, and no more than so many characters; then it ends in "...". */
void ctl_append_shown_cut(
    struct strbuf *out, struct slice text, size_t max_characters);

/* With its line breaks and tabs; ends with a line break. */
void ctl_append_shown_lines(struct strbuf *out, struct slice text);

/* Characters, which is how wide it is shown. */
size_t ctl_width(struct slice text);

/* 2026-11-20T20:07:01.795Z; "-" for 0. */
void ctl_append_time(struct strbuf *out, int64_t at_ms);

/* 250ms, 4s, 3m 4s, 2h 3m, 1d 2h; "-" when negative. */
void ctl_append_span(struct strbuf *out, int64_t span_ms);

/* "s" for any number but 1. */
const char *ctl_plural(int64_t number);

/* To standard output. */
void ctl_print(const struct strbuf *text);

/* A body, to standard output, ending with a line break: its very bytes, but to
 * a terminal as it may be shown. */
void ctl_print_body(struct slice body);

#endif
