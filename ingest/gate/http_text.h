#ifndef INGEST_GATE_HTTP_TEXT_H
#define INGEST_GATE_HTTP_TEXT_H

/* Pieces of the grammar of RFC 9110. Pure. */

#include <stdbool.h>

#include "common/base/slice.h"

/* One that a token may have: letters, digits and !#$%&'*+-.^_`|~ */
bool http_is_token_char(unsigned char c);

/* Names of methods and fields; not the empty text. */
bool http_is_token(struct slice text);

/* No control characters but tabs; what is not ASCII passes. */
bool http_is_field_value(struct slice text);

/* Visible ASCII; not the empty text. */
bool http_is_target(struct slice text);

/* Without blanks and tabs at both ends. */
struct slice http_trim(struct slice text);

/* Parts the text at the first `at`; both stay as they are, and it is false,
 * when there is none. They may be `text` itself. */
bool http_cut(
    struct slice text, char at, struct slice *before, struct slice *rest);

#endif
