#include "tests/conformance/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/json/json_reader.h"

enum {
	INPUTS_MAX = 1000,
	TIERS = 4,
};

struct cases {
	struct slice inputs[INPUTS_MAX];
	size_t input_count;
	struct strbuf msgpack; /* of the inputs */
};

char *cases_read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct strbuf text;
	char buf[65536];
	size_t len;

	if (file == NULL) {
		(void)fprintf(stderr, "conformance: cannot read %s\n", path);
		exit(2);
	}
	strbuf_init(&text, STRBUF_NO_LIMIT);
	while ((len = fread(buf, 1, sizeof(buf), file)) > 0) {
		strbuf_append(&text, buf, len);
	}
	(void)fclose(file);
	return strbuf_take(&text);
}

char *cases_next_line(char **text)
{
	char *line = *text;
	char *end;

	if (line == NULL || *line == '\0') {
		return NULL;
	}
	end = strchr(line, '\n');
	*text = end != NULL ? end + 1 : NULL;
	if (end != NULL) {
		*end = '\0';
	}
	return line;
}

/* A msgpack string's text, as json_read writes strings. */
static struct slice text_of(struct slice msgpack)
{
	const unsigned char *bytes = (const unsigned char *)msgpack.data;
	size_t head;

	if (msgpack.len == 0) {
		return slice_make(NULL, 0);
	}
	if (bytes[0] >= 0xa0 && bytes[0] <= 0xbf) {
		head = 1;
	} else if (bytes[0] >= 0xd9 && bytes[0] <= 0xdb) {
		head = 1 + ((size_t)1 << (bytes[0] - 0xd9));
	} else {
		return slice_make(NULL, 0);
	}
	return slice_from(msgpack, head);
}

static int small_int_of(struct slice msgpack)
{
	return msgpack.len == 1 ? (unsigned char)msgpack.data[0]
	    : msgpack.len == 2	? (unsigned char)msgpack.data[1]
				: -1;
}

static bool read_object(struct slice line, struct json_objects_query *query,
    struct strbuf *msgpack, struct json_object *object)
{
	struct json_object *objects;
	struct err err;
	size_t count;

	query->max_depth = JSON_DEPTH_LIMIT;
	query->max_objects = 1;
	if (!json_read_objects(line, query, msgpack, &objects, &count, &err)) {
		(void)fprintf(stderr, "conformance: %s\n", err.text);
		return false;
	}
	*object = objects[0];
	free(objects);
	return true;
}

static bool read_case(const struct cases *cases, struct slice line,
    struct strbuf *first, struct strbuf *second,
    struct conformance_case *result)
{
	struct json_objects_query query = {
	    .names =
		{
		    SLICE_LITERAL("id"),
		    SLICE_LITERAL("tier"),
		    SLICE_LITERAL("template"),
		    SLICE_LITERAL("input"),
		    SLICE_LITERAL("number_format"),
		    SLICE_LITERAL("boolean_format"),
		    SLICE_LITERAL("tag_syntax"),
		    SLICE_LITERAL("input_ref"),
		},
	    .name_count = 8,
	};
	struct json_objects_query rest = {
	    .names = {SLICE_LITERAL("ok"), SLICE_LITERAL("output")},
	    .name_count = 2,
	};
	struct json_object object;
	int input;

	if (!read_object(line, &query, first, &object)) {
		return false;
	}
	*result = (struct conformance_case){
	    .id = text_of(object.members[0]),
	    .tier = small_int_of(object.members[1]),
	    .template = text_of(object.members[2]),
	    .input = object.members[3],
	    .number_format = text_of(object.members[4]),
	    .boolean_format = text_of(object.members[5]),
	    .tag_syntax = text_of(object.members[6]),
	};
	input = small_int_of(object.members[7]);
	if (input >= 0 && (size_t)input < cases->input_count) {
		result->input = cases->inputs[input];
	}
	if (!read_object(line, &rest, second, &object)) {
		return false;
	}
	result->ok = object.members[0].len == 1 &&
	    (unsigned char)object.members[0].data[0] == 0xc3;
	result->output = text_of(object.members[1]);
	return result->tier > 0 && result->tier < TIERS;
}

static void load_inputs(struct cases *cases, char *text)
{
	size_t starts[INPUTS_MAX + 1] = {0};
	struct err err;

	for (char *line = cases_next_line(&text);
	     line != NULL && cases->input_count < INPUTS_MAX;
	     line = cases_next_line(&text)) {
		if (!json_read(slice_of(line), JSON_DEPTH_LIMIT,
			&cases->msgpack, &err)) {
			(void)fprintf(
			    stderr, "conformance: input: %s\n", err.text);
			exit(2);
		}
		starts[++cases->input_count] = cases->msgpack.len;
	}
	for (size_t i = 0; i < cases->input_count; i++) {
		cases->inputs[i] = slice_make(
		    cases->msgpack.data + starts[i], starts[i + 1] - starts[i]);
	}
}

struct cases *cases_create(const char *inputs_path)
{
	struct cases *cases = xcalloc(1, sizeof(*cases));
	char *text = cases_read_file(inputs_path);

	strbuf_init(&cases->msgpack, STRBUF_NO_LIMIT);
	load_inputs(cases, text);
	free(text);
	return cases;
}

void cases_destroy(struct cases *cases)
{
	strbuf_finish(&cases->msgpack);
	free(cases);
}

int cases_each(
    struct cases *cases, const char *path, case_fn each, void *context)
{
	char *text = cases_read_file(path);
	char *rest = text;
	struct strbuf first;
	struct strbuf second;
	int bad = 0;

	strbuf_init(&first, STRBUF_NO_LIMIT);
	strbuf_init(&second, STRBUF_NO_LIMIT);
	for (char *line = cases_next_line(&rest); line != NULL;
	     line = cases_next_line(&rest)) {
		struct conformance_case item;

		strbuf_clear(&first);
		strbuf_clear(&second);
		if (read_case(cases, slice_of(line), &first, &second, &item)) {
			each(&item, context);
		} else {
			bad++;
		}
	}
	strbuf_finish(&first);
	strbuf_finish(&second);
	free(text);
	return bad;
}

bool cases_render(const struct conformance_case *item, bool escapes_json,
    struct template_scratch *scratch, struct strbuf *out, struct err *err)
{
	char *number_format = item->number_format.data != NULL
	    ? xstrndup(item->number_format.data, item->number_format.len)
	    : xstrdup("computer");
	char *boolean_format = item->boolean_format.data != NULL
	    ? xstrndup(item->boolean_format.data, item->boolean_format.len)
	    : xstrdup("true,false");
	struct template_options options = {
	    .name = "t",
	    .number_format = number_format,
	    .boolean_format = boolean_format,
	    .escapes_json = escapes_json,
	    .tag_syntax = slice_is(item->tag_syntax, "square_bracket")
		? TEMPLATE_TAGS_SQUARE
		: slice_is(item->tag_syntax, "auto_detect")
		? TEMPLATE_TAGS_AUTO
		: TEMPLATE_TAGS_ANGLE,
	};
	struct template_variable variable = {"input", item->input};
	struct template *template =
	    template_compile(&options, item->template, err);
	bool is_ok = template != NULL &&
	    template_render(template, &variable, 1, scratch, out, err);

	template_destroy(template);
	free(number_format);
	free(boolean_format);
	return is_ok;
}
