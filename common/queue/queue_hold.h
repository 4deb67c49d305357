#ifndef COMMON_QUEUE_QUEUE_HOLD_H
#define COMMON_QUEUE_QUEUE_HOLD_H

/* What the room's other files need of holds. */

#include <stddef.h>

#include "common/base/attr.h"
#include "common/queue/queue_flow.h"

struct queue_look;
struct redisReply;

/* Reads the state that begins at `place`; the note is in the reply. */
MUST_USE bool queue_decode_hold(const struct redisReply *reply, size_t place,
    struct queue_hold_state *state);

/* Ends a hold, if it is for `full`, as a part of `look`. */
void queue_hold_end_full(
    struct queue_look *look, const char *destination, size_t tag);

#endif
