#ifndef DISPATCHER_LIMITS_RULE_H
#define DISPATCHER_LIMITS_RULE_H

/* What the endpoints' rules have in common. Private to dispatcher/limits. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "dispatcher/msgpack_view.h"

/* Each endpoint's, a file each. */
MUST_USE bool limits_check_event(
    const struct msgpack_view *body, size_t json_bytes, struct err *err);
MUST_USE bool limits_check_contact(
    const struct msgpack_view *body, struct err *err);
MUST_USE bool limits_check_device(
    const struct msgpack_view *body, struct err *err);
MUST_USE bool limits_check_mobile_events(
    const struct msgpack_view *body, struct err *err);

/* Unicode code points. */
size_t limits_count_characters(struct slice text);

/* One that event types and identifiers may not hold. */
bool limits_has_forbidden(struct slice text);

bool limits_is_one_of(
    struct slice text, const char *const *words, size_t count);

/* Whether a value says who: Reteno ignores "", blanks and "null". */
bool limits_names_somebody(const struct msgpack_view *view);

/* A required text that is more than blanks. */
MUST_USE bool limits_check_filled(const struct msgpack_view *map,
    const char *name, struct msgpack_view *member, struct err *err);

/* An array that may be absent; `*is_there` says. */
MUST_USE bool limits_check_array(const struct msgpack_view *map,
    const char *name, struct msgpack_view *array, bool *is_there,
    struct err *err);

MUST_USE bool limits_check_event_type(
    const struct msgpack_view *event, struct err *err);

/* Holds each element against a check that gets its place, too. */
MUST_USE bool limits_check_elements(const struct msgpack_view *array,
    bool (*check)(const struct msgpack_view *, uint32_t, struct err *),
    struct err *err);

#endif
