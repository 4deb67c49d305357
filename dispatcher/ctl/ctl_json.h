#ifndef DISPATCHER_CTL_CTL_JSON_H
#define DISPATCHER_CTL_CTL_JSON_H

/*
 * JSON for people and for programs that read our output.
 */

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* Appends the JSON of a msgpack value, as common/json's reader made it: no
 * digit of a number is lost. Indented; without a line break at the end. What
 * JSON has no words for is null. The value is whole, and no deeper than
 * UNPACK_DEPTH_MAX. */
void ctl_append_json(struct strbuf *out, struct slice msgpack);

/* The same as a tree. A number that jansson cannot hold may lose digits. Caller
 * decrefs, as with the others. */
json_t *ctl_json_value(struct slice msgpack);

/* A string; of bytes that are not UTF-8, as ctl_text.h shows them. */
json_t *ctl_json_text(struct slice text);

/* A string; null for 0. */
json_t *ctl_json_time(int64_t at_ms);

/* A member of an object. Takes the value. */
void ctl_json_set(json_t *object, const char *name, json_t *value);

/* To standard output, with a line break. Takes the tree. */
void ctl_json_print(json_t *json);

#endif
