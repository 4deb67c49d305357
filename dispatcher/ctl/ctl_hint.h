#ifndef DISPATCHER_CTL_CTL_HINT_H
#define DISPATCHER_CTL_CTL_HINT_H

/* What an operator can do about a hold. */

#include "common/queue/queue_flow.h"

/* Why it is, and what ends it: behind "<destination>: ". "" for NONE. */
const char *ctl_hint_hold(enum queue_hold_reason reason);

/* What becomes of one that was just resumed; "" when there is nothing to say.
 */
const char *ctl_hint_resumed(enum queue_hold_reason reason);

#endif
