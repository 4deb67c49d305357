#ifndef TESTS_SUPPORT_STAND_IN_BODY_RULES_H
#define TESTS_SUPPORT_STAND_IN_BODY_RULES_H

/*
 * The body of each endpoint, held against what Reteno publishes; RULES.md has
 * the sources, and what is refused because nothing is published. Each is a
 * shape_check over the whole body.
 */

#include "tests/support/stand_in/shape.h"

/* POST /api/v1/device */
bool body_check_device(
    const json_t *value, const char *where, struct refusal *refusal);

/* POST /api/v1/events */
bool body_check_mobile_events(
    const json_t *value, const char *where, struct refusal *refusal);

/* POST /api/v1/contact */
bool body_check_contact(
    const json_t *value, const char *where, struct refusal *refusal);

/* POST /api/v2/event */
bool body_check_event(
    const json_t *value, const char *where, struct refusal *refusal);

#endif
