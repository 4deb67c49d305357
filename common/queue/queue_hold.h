#ifndef COMMON_QUEUE_QUEUE_HOLD_H
#define COMMON_QUEUE_QUEUE_HOLD_H

/* What the room's other files need of holds: the state in a script's reply. */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/queue/queue_flow.h"

struct redisReply;

/* Reads the state that begins at `place`; the note is in the reply. */
MUST_USE bool queue_decode_hold(const struct redisReply *reply, size_t place,
    struct queue_hold_state *state);

#endif
