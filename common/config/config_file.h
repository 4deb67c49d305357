#ifndef COMMON_CONFIG_CONFIG_FILE_H
#define COMMON_CONFIG_CONFIG_FILE_H

/*
 * Reading the files a configuration is made of: itself, its secrets, its
 * templates. Bounded, and text only.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

enum config_file_kind {
	CONFIG_FILE_ANY,     /* also a pipe: --config /dev/stdin */
	CONFIG_FILE_REGULAR, /* never waits */
};

/* Appends the file's contents. False when it cannot be read, is larger than
 * `out` allows, or is not UTF-8 text without NUL; the reason names the path,
 * never the contents. */
MUST_USE bool config_file_read(const char *path, enum config_file_kind kind,
    struct strbuf *out, struct err *err);

/* UTF-8 without NUL. */
bool config_file_is_text(struct slice bytes);

#endif
