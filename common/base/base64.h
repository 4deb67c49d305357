#ifndef COMMON_BASE_BASE64_H
#define COMMON_BASE_BASE64_H

/*
 * Bytes as text: base64 of RFC 4648, with the standard alphabet and padding.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

void base64_append(struct strbuf *out, struct slice bytes);

/* Appends the bytes. False when the text is not what base64_append writes for
 * any: another alphabet, white space, missing or wrong padding; what was
 * appended by then is left. `out` fails by itself, as with any append. */
MUST_USE bool base64_decode(struct slice text, struct strbuf *out);

#endif
