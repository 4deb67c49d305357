#ifndef DISPATCHER_TEMPLATE_VALUE_MSGPACK_H
#define DISPATCHER_TEMPLATE_VALUE_MSGPACK_H

/*
 * Reads msgpack in place, as common/json's reader writes it. The only file of
 * the room that knows the format. Texts stay where they are; an array or
 * object is unpacked when it is first looked into, one level at a time, in one
 * pass that also builds the key index: a key costs the same wherever it
 * stands, and of a key that is there twice the last counts.
 */

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

/* Checks that `msgpack` is exactly one well-formed value of the kinds JSON has
 * and makes a (perhaps packed) value of it. False when it is not. The bytes
 * must outlive the value. */
MUST_USE bool packed_read(struct slice msgpack, struct value *value);

/* The work of value_open. */
MUST_USE bool packed_open(struct arena *arena, struct value *value);

#endif
