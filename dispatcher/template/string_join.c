#include "dispatcher/template/string_join.h"

#include <string.h>

#include "dispatcher/template/text.h"

/* Where the table of a string that has one begins. */
static size_t table_offset(size_t text_len)
{
	return (text_len + sizeof(uint32_t) - 1) / sizeof(uint32_t) *
	    sizeof(uint32_t);
}

void string_parts_begin(struct string_parts *parts, struct value string)
{
	*parts = (struct string_parts){.string = string, .count = 1};
	if (string.json == JSON_SHARE_PARTS) {
		const char *table = string.text + table_offset(string.len);

		memcpy(&parts->count, table, sizeof(parts->count));
		parts->ends = (const uint32_t *)(const void *)table + 1;
	}
}

bool string_parts_next(
    struct string_parts *parts, struct slice *part, bool *is_json)
{
	while (parts->next < parts->count) {
		uint32_t i = parts->next++;
		uint32_t end =
		    parts->ends != NULL ? parts->ends[i] : parts->string.len;

		*part =
		    slice_make(parts->string.text + parts->at, end - parts->at);
		*is_json = parts->ends != NULL
		    ? i % 2 == 1
		    : parts->string.json == JSON_SHARE_ALL;
		parts->at = end;
		if (part->len > 0) {
			return true;
		}
	}
	return false;
}

/* A table that is being written: the part that is open ends at `len`. */
struct table {
	uint32_t *ends;
	uint32_t count;
	uint32_t len;
};

static void add_part(struct table *table, uint32_t len, bool is_json)
{
	bool open_is_json = table->count % 2 == 1;

	if (is_json != open_is_json) {
		table->ends[table->count++] = table->len;
	}
	table->len += len;
}

static void add_string(struct table *table, struct value string)
{
	struct string_parts parts;
	struct slice part;
	bool is_json;

	string_parts_begin(&parts, string);
	while (string_parts_next(&parts, &part, &is_json)) {
		add_part(table, (uint32_t)part.len, is_json);
	}
}

struct measure {
	size_t strings; /* that are not empty */
	struct value last;
	size_t len;
	size_t parts; /* at most */
	bool has_json;
	bool has_other;
};

static void measure_string(struct measure *measure, struct value string)
{
	struct string_parts parts;

	if (string.len == 0) {
		return;
	}
	string_parts_begin(&parts, string);
	measure->strings++;
	measure->last = string;
	measure->len += string.len;
	/* A turn before each. */
	measure->parts += (size_t)parts.count + 1;
	measure->has_json |= string.json != JSON_SHARE_NONE;
	measure->has_other |= string.json != JSON_SHARE_ALL;
}

static char *copy_texts(
    struct arena *arena, const struct value *strings, size_t count, size_t size)
{
	char *out = arena_alloc(arena, size);
	char *at = out;

	for (size_t i = 0; i < count && out != NULL; i++) {
		if (strings[i].len > 0) {
			memcpy(at, strings[i].text, strings[i].len);
			at += strings[i].len;
		}
	}
	return out;
}

static bool join_alike(struct arena *arena, const struct value *strings,
    size_t count, const struct measure *measure, struct value *joined)
{
	char *out = copy_texts(arena, strings, count, measure->len + 1);
	size_t len;

	if (out == NULL) {
		return false;
	}
	len = text_join_halves(out, measure->len);
	*joined = value_string(slice_make(out, len));
	joined->json = measure->has_json ? JSON_SHARE_ALL : JSON_SHARE_NONE;
	return true;
}

bool strings_join(struct arena *arena, const struct value *strings,
    size_t count, struct value *joined)
{
	struct measure measure = {.parts = 1};
	struct table table = {.count = 0};
	size_t offset;
	char *out;

	for (size_t i = 0; i < count; i++) {
		measure_string(&measure, strings[i]);
	}
	if (measure.strings == 1) {
		*joined = measure.last;
		return true;
	}
	offset = table_offset(measure.len);
	if (measure.len > VALUE_TEXT_MAX / 2 ||
	    measure.parts > VALUE_TEXT_MAX / sizeof(uint32_t) / 2) {
		return false;
	}
	if (!measure.has_json || !measure.has_other) {
		return join_alike(arena, strings, count, &measure, joined);
	}
	out = copy_texts(arena, strings, count,
	    offset + (measure.parts + 1) * sizeof(uint32_t));
	if (out == NULL) {
		return false;
	}
	table.ends = (uint32_t *)(void *)(out + offset) + 1;
	for (size_t i = 0; i < count; i++) {
		add_string(&table, strings[i]);
	}
	table.ends[table.count++] = table.len;
	memcpy(out + offset, &table.count, sizeof(table.count));
	*joined = value_string(slice_make(out, measure.len));
	joined->json = JSON_SHARE_PARTS;
	return true;
}
