#include "dispatcher/template/value.h"

const char *value_kind_name(struct value value)
{
	switch (value.kind) {
	case VALUE_MISSING:
		return "missing";
	case VALUE_NOTHING:
		return "empty default";
	case VALUE_BOOLEAN:
		return "boolean";
	case VALUE_INTEGER:
	case VALUE_DECIMAL:
	case VALUE_REAL:
	case VALUE_PACKED_NUMBER:
		return "number";
	case VALUE_STRING:
		return "string";
	case VALUE_DATE:
		return value.len == DATE_AND_TIME ? "date-time"
		    : value.len == DATE_ALONE	  ? "date"
						  : "time";
	case VALUE_SEQUENCE:
	case VALUE_PACKED_ARRAY:
		return "sequence";
	case VALUE_HASH:
	case VALUE_PACKED_MAP:
		return "hash";
	case VALUE_MATCH:
		return "regular expression's match";
	case VALUE_MACRO:
		return "macro or function";
	case VALUE_METHOD:
	case VALUE_HELPER:
		return "method";
	case VALUE_MARKUP:
		return "markup output";
	}
	return "value";
}

bool value_as_boolean(struct value value, bool *boolean)
{
	if (value.kind == VALUE_MATCH && !value.match->is_item) {
		*boolean = value.match->is_whole;
		return true;
	}
	if (value.kind != VALUE_BOOLEAN) {
		return false;
	}
	*boolean = value.boolean;
	return true;
}

struct sequence *sequence_create(struct arena *arena, size_t count)
{
	struct sequence *sequence = arena_calloc(arena, 1, sizeof(*sequence));

	if (sequence == NULL) {
		return NULL;
	}
	sequence->form = SEQUENCE_ITEMS;
	sequence->count = count;
	sequence->items = arena_calloc(arena, count, sizeof(*sequence->items));
	return sequence->items != NULL ? sequence : NULL;
}

bool sequence_item(struct arena *arena, struct sequence *sequence, size_t i,
    struct value *item)
{
	if (sequence->form == SEQUENCE_RANGE) {
		int64_t offset = (int64_t)i * sequence->range.step;

		*item = value_integer(sequence->range.first + offset);
		return true;
	}
	if (!value_open(arena, &sequence->items[i])) {
		return false;
	}
	*item = sequence->items[i];
	return true;
}
