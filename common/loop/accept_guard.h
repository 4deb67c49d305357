#ifndef COMMON_LOOP_ACCEPT_GUARD_H
#define COMMON_LOOP_ACCEPT_GUARD_H

/*
 * What a listener does when accept fails, as it does when the process is out of
 * file descriptors: it rests for half a second, and says so. Left to itself,
 * libevent would try again at once, for ever.
 */

#include "common/base/attr.h"

struct accept_guard;
struct evconnlistener;
struct loop;

/* Both borrowed. Caller destroys, before the listener. */
MUST_USE struct accept_guard *accept_guard_create(
    struct loop *loop, struct evconnlistener *listener);

/* NULL is fine. */
void accept_guard_destroy(struct accept_guard *guard);

#endif
