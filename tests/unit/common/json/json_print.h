#ifndef TESTS_UNIT_COMMON_JSON_JSON_PRINT_H
#define TESTS_UNIT_COMMON_JSON_JSON_PRINT_H

/*
 * Prints msgpack as a line that a test can compare, through msgpack-c's own
 * unpacker:
 *
 *	{"a":[1,-2,f1.5,t1e400,null,true]}
 *
 * f is a float64's shortest decimal, t a number kept as its text. Bytes below
 * the space are printed as \xx. "garbage" when it is not one whole value.
 */

#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/json/json_reader.h"

#include <msgpack.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static inline void print_text(const char *data, size_t len, struct strbuf *line)
{
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)data[i] < 0x20) {
			strbuf_appendf(line, "\\%02x", data[i]);
		} else {
			strbuf_append_char(line, data[i]);
		}
	}
}

static inline void print_float(double value, struct strbuf *line)
{
	char text[40];

	for (int digits = 1; digits <= 17; digits++) {
		(void)snprintf(text, sizeof(text), "%.*g", digits, value);
		if (strtod(text, NULL) == value) {
			break;
		}
	}
	strbuf_appendf(line, "f%s", text);
}

static inline void print_value(
    const msgpack_object *value, struct strbuf *line);

static inline void print_array(
    const msgpack_object_array *array, struct strbuf *line)
{
	strbuf_append_char(line, '[');
	for (uint32_t i = 0; i < array->size; i++) {
		strbuf_append_text(line, i > 0 ? "," : "");
		print_value(&array->ptr[i], line);
	}
	strbuf_append_char(line, ']');
}

static inline void print_map(const msgpack_object_map *map, struct strbuf *line)
{
	strbuf_append_char(line, '{');
	for (uint32_t i = 0; i < map->size; i++) {
		strbuf_append_text(line, i > 0 ? "," : "");
		print_value(&map->ptr[i].key, line);
		strbuf_append_char(line, ':');
		print_value(&map->ptr[i].val, line);
	}
	strbuf_append_char(line, '}');
}

static inline void print_ext(const msgpack_object_ext *ext, struct strbuf *line)
{
	strbuf_append_text(line, ext->type == JSON_NUMBER_TEXT ? "t" : "ext ");
	print_text(ext->ptr, ext->size, line);
}

static inline void print_value(const msgpack_object *value, struct strbuf *line)
{
	switch (value->type) {
	case MSGPACK_OBJECT_NIL:
		strbuf_append_text(line, "null");
		break;
	case MSGPACK_OBJECT_BOOLEAN:
		strbuf_append_text(line, value->via.boolean ? "true" : "false");
		break;
	case MSGPACK_OBJECT_POSITIVE_INTEGER:
		strbuf_appendf(line, "%" PRIu64, value->via.u64);
		break;
	case MSGPACK_OBJECT_NEGATIVE_INTEGER:
		strbuf_appendf(line, "%" PRId64, value->via.i64);
		break;
	case MSGPACK_OBJECT_FLOAT64:
		print_float(value->via.f64, line);
		break;
	case MSGPACK_OBJECT_STR:
		strbuf_append_char(line, '"');
		print_text(value->via.str.ptr, value->via.str.size, line);
		strbuf_append_char(line, '"');
		break;
	case MSGPACK_OBJECT_ARRAY:
		print_array(&value->via.array, line);
		break;
	case MSGPACK_OBJECT_MAP:
		print_map(&value->via.map, line);
		break;
	case MSGPACK_OBJECT_EXT:
		print_ext(&value->via.ext, line);
		break;
	case MSGPACK_OBJECT_BIN:
	case MSGPACK_OBJECT_FLOAT32:
		strbuf_append_text(line, "never written");
		break;
	}
}

/* Clears `line` first. Borrowed: until its next change. */
static inline const char *print_msgpack(
    struct slice msgpack, struct strbuf *line)
{
	msgpack_unpacked unpacked;
	size_t used = 0;

	strbuf_clear(line);
	msgpack_unpacked_init(&unpacked);
	if (msgpack_unpack_next(&unpacked, msgpack.data, msgpack.len, &used) ==
		MSGPACK_UNPACK_SUCCESS &&
	    used == msgpack.len) {
		print_value(&unpacked.data, line);
	} else {
		strbuf_append_text(line, "garbage");
	}
	msgpack_unpacked_destroy(&unpacked);
	return strbuf_text(line);
}

#endif
