#ifndef TESTS_SUPPORT_STAND_IN_CONTENT_H
#define TESTS_SUPPORT_STAND_IN_CONTENT_H

/*
 * The content of a request as JSON. Any number that RFC 8259 has is taken: one
 * that jansson cannot hold (30 digits, 1e400) stands in the result as a string
 * of its text, as no rule here asks how large a number is.
 */

#include <jansson.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

/* NULL, and *error, when it is no JSON; flags are those of json_loadb. Caller
 * gives the result back with json_decref. */
MUST_USE json_t *content_parse(
    struct slice body, size_t flags, json_error_t *error);

#endif
