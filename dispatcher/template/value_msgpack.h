#ifndef DISPATCHER_TEMPLATE_VALUE_MSGPACK_H
#define DISPATCHER_TEMPLATE_VALUE_MSGPACK_H

/*
 * Values of the input, read in place from msgpack. Texts stay where they are;
 * an array or object is unpacked when it is first looked into, one level at a
 * time, in one pass that also builds the key index: a key costs the same
 * wherever it stands, and of a key that is there twice the last counts.
 */

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/value.h"

/* Makes a value of exactly one msgpack value of the kinds JSON has; its outer
 * level is unpacked. False when it is none, or the arena is full. The bytes
 * must outlive the value. */
MUST_USE bool packed_read(
    struct arena *arena, struct slice msgpack, struct value *value);

#endif
