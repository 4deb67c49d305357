#ifndef COMMON_CONFIG_CONFIG_TEXT_H
#define COMMON_CONFIG_CONFIG_TEXT_H

/*
 * How values are written: durations, sizes, booleans, names from a list; and
 * the ${...} that stand for what is kept elsewhere. Pure but for
 * config_text_expand.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* 500ms, 30s, 5m, 6h, 7d; 0 needs no unit. False when it is none, or does not
 * fit. */
MUST_USE bool config_text_duration(struct slice text, int64_t *ms);

/* 512, 64KiB, 1MiB, 2GiB. */
MUST_USE bool config_text_size(struct slice text, int64_t *bytes);

/* YAML's core schema: true, True, TRUE, false, False, FALSE; not yes or on. */
MUST_USE bool config_text_boolean(struct slice text, bool *value);

/* The place of the text in a list that ends with NULL; -1 when not there. */
int config_text_choice(struct slice text, const char *const *choices);

/* Appends in the largest unit that is exact: 90000 is 90s, 3600000 is 1h. */
void config_text_append_duration(struct strbuf *out, int64_t ms);
void config_text_append_size(struct strbuf *out, int64_t bytes);

/*
 * Appends the text with ${env:NAME} and ${file:/path} replaced (a file's last
 * line break does not count) and $${ turned into ${. Sets *is_secret when there
 * was one to replace; leaves it alone otherwise.
 *
 * False when a variable is not set, a file cannot be read, either is empty or
 * not UTF-8 text, or a ${ begins nothing known. The reason names the variable
 * or file, never what is in it.
 */
MUST_USE bool config_text_expand(
    struct slice text, struct strbuf *out, bool *is_secret, struct err *err);

/* Appends in double quotes, so that YAML and config_text_expand read back the
 * same UTF-8 text. */
void config_text_append_quoted(struct strbuf *out, struct slice text);

/* The same for a key, in which ${ means nothing. */
void config_text_append_key(struct strbuf *out, struct slice text);

#endif
