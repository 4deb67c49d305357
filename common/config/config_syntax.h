#ifndef COMMON_CONFIG_CONFIG_SYNTAX_H
#define COMMON_CONFIG_CONFIG_SYNTAX_H

/* Whether a text is a name, a path, a header, an acknowledgement. Pure. */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

/* A destination's: [a-z][a-z0-9-]*, at most 63 bytes. */
bool config_syntax_is_name(struct slice text);

/* What Redis keys may begin with: no braces, which mark a hash tag. */
bool config_syntax_is_prefix(struct slice text);

/* A URL's path as a request line has it: begins with /, no ? and no #. */
bool config_syntax_is_path(struct slice text);

/* A token of RFC 9110. */
bool config_syntax_is_header_name(struct slice text);

/* No control characters but tabs inside; no blanks at the ends. */
bool config_syntax_is_header_value(struct slice text);

/* Those that say how long a body is, and the host: never configured. */
bool config_syntax_is_framing_header(struct slice name);

/* A header whose value nobody should see, going by its name. */
bool config_syntax_is_secret_name(struct slice name);

/* What a 200 of ingest stands for. */
struct config_ack {
	bool needs_fsync;
	int replicas; /* 0: none need have it */
};

/* redis, fsync, or replicas:N with N from 1 to 99. */
MUST_USE bool config_syntax_ack(struct slice text, struct config_ack *ack);

#endif
