#ifndef TESTS_SUPPORT_STAND_IN_VALUE_RULES_H
#define TESTS_SUPPORT_STAND_IN_VALUE_RULES_H

/*
 * Rules of single values that several endpoints share; each is a shape_check.
 */

#include "common/base/slice.h"

#include "tests/support/stand_in/shape.h"

/* The text of a JSON string. Borrowed from it. */
struct slice value_text(const json_t *value);

/* A string that is not blank. */
bool value_check_text(
    const json_t *value, const char *where, struct refusal *refusal);

/* value_check_text, no control characters, and not the word null. */
bool value_check_id(
    const json_t *value, const char *where, struct refusal *refusal);

/* value_check_id, 300 characters at most, none of those that Reteno forbids
 * in an event's identifiers. */
bool value_check_event_id(
    const json_t *value, const char *where, struct refusal *refusal);

/* The same for the name of an event: 100 characters. */
bool value_check_event_key(
    const json_t *value, const char *where, struct refusal *refusal);

/* The name of an event's parameter: 100 characters. */
bool value_check_param_name(
    const json_t *value, const char *where, struct refusal *refusal);

bool value_check_email(
    const json_t *value, const char *where, struct refusal *refusal);
bool value_check_phone(
    const json_t *value, const char *where, struct refusal *refusal);
bool value_check_language(
    const json_t *value, const char *where, struct refusal *refusal);
bool value_check_time_zone(
    const json_t *value, const char *where, struct refusal *refusal);
bool value_check_bool(
    const json_t *value, const char *where, struct refusal *refusal);

/* An integer from 1 that fits int32 or int64. */
bool value_check_int32(
    const json_t *value, const char *where, struct refusal *refusal);
bool value_check_int64(
    const json_t *value, const char *where, struct refusal *refusal);

/* One of the words, a NULL-terminated array. */
bool value_check_word(const json_t *value, const char *where,
    const char *const *words, struct refusal *refusal);

#endif
