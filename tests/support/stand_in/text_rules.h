#ifndef TESTS_SUPPORT_STAND_IN_TEXT_RULES_H
#define TESTS_SUPPORT_STAND_IN_TEXT_RULES_H

/*
 * What a text may look like. Texts are valid UTF-8 (jansson has seen to it)
 * and may hold NULs. Pure.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/slice.h"

/* Length as Java counts it, in UTF-16 units: never less than the number of
 * characters, so a limit held by this is held by any reading of "characters".
 */
size_t text_units(struct slice text);

/* Empty, or nothing but white space, Unicode's included. */
bool text_is_blank(struct slice text);

/* C0, DEL or C1. */
bool text_has_control(struct slice text);

/* One of the characters of `set`, a NUL-terminated UTF-8 text. */
bool text_has_any(struct slice text, const char *set);

/* local@domain.tld without blanks; not a full reading of RFC 5321. */
bool text_is_email(struct slice text);

/* 7 to 15 digits, a plus before them or not. */
bool text_is_phone(struct slice text);

/* The part of RFC 5646 that is in use: language, script, region. */
bool text_is_language(struct slice text);

/* The form of an IANA name: Area/Place, or one word such as UTC. */
bool text_is_time_zone(struct slice text);

/* YYYY-MM-DDTHH:MM:SS.fZ with one to nine digits of fraction: UTC. */
bool text_is_instant(struct slice text);

#endif
