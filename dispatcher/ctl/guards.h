#ifndef DISPATCHER_CTL_GUARDS_H
#define DISPATCHER_CTL_GUARDS_H

/*
 * Recognises a test of one member that guards the reading of another, as in the
 * templates on Reteno's page:
 *
 *	<#if input.device_id??>"externalUserId": "${input.user_id}",</#if>
 *
 * An object without user_id is a render error then. Only a hint, as the other
 * member may always be there; and only where there is nothing to doubt: the
 * block reads one member, plainly, and neither the rest of the template nor the
 * destination's condition asks for that one.
 */

#include "common/base/err.h"
#include "common/base/slice.h"

/* What is found, with line, column, and in the text what to do. */
typedef void (*guards_cb)(void *arg, const struct err *finding);

/* Calls back for each, in their order. `when` may be empty. */
void guards_find(
    struct slice source, struct slice when, guards_cb found, void *arg);

#endif
