/*
 * Renders the cases of FreeMarker's own results and compares byte for byte.
 *
 *	conformance CASES.jsonl EXPECTED_FAILURES.txt
 *
 * A case is one JSON object a line: id, tier, family, template, input (or
 * input_ref, the number of a line of inputs.jsonl beside the cases), ok,
 * output, and the settings number_format, boolean_format, tag_syntax. The
 * second file lists, one id a line, the cases that are known to fail: a case
 * that fails and is not listed is a failure of the test, and so is one that is
 * listed and passes.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/err.h"
#include "common/base/mem.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/json/json_reader.h"
#include "dispatcher/template/template.h"

enum {
	INPUTS_MAX = 1000,
	TIERS = 4,
};

struct conformance_case {
	struct slice id;
	int tier;
	struct slice template;
	struct slice input;
	struct slice number_format;
	struct slice boolean_format;
	struct slice tag_syntax;
	bool ok;
	struct slice output;
};

struct run {
	struct slice inputs[INPUTS_MAX];
	size_t input_count;
	struct slice known; /* ids that are known to fail, one a line */
	struct template_scratch *scratch;
	int passed[TIERS];
	int total[TIERS];
	int surprises;
	bool is_verbose;
};

static char *read_file(const char *path)
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

static char *next_line(char **text)
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

static bool read_case(const struct run *run, struct slice line,
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
	if (input >= 0 && (size_t)input < run->input_count) {
		result->input = run->inputs[input];
	}
	if (!read_object(line, &rest, second, &object)) {
		return false;
	}
	result->ok = object.members[0].len == 1 &&
	    (unsigned char)object.members[0].data[0] == 0xc3;
	result->output = text_of(object.members[1]);
	return result->tier > 0 && result->tier < TIERS;
}

static bool render_case(struct run *run, const struct conformance_case *item,
    struct strbuf *out, struct err *err)
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
	    template_render(template, &variable, 1, run->scratch, out, err);

	template_destroy(template);
	free(number_format);
	free(boolean_format);
	return is_ok;
}

static bool is_known(const struct run *run, struct slice id)
{
	struct slice rest = run->known;

	while (rest.len > 0) {
		const char *end = memchr(rest.data, '\n', rest.len);
		size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;

		if (slice_equal(slice_make(rest.data, len), id)) {
			return true;
		}
		rest = slice_from(rest, len + 1);
	}
	return false;
}

static void explain(const struct conformance_case *item, bool was_ok,
    const struct strbuf *out, const struct err *err)
{
	printf("%.*s\n  template: %.*s\n", SLICE_ARGS(item->id),
	    SLICE_ARGS(item->template));
	if (item->ok) {
		printf("  expected: %.*s\n", SLICE_ARGS(item->output));
	} else {
		printf("  expected: an error\n");
	}
	if (was_ok) {
		printf("  got:      %s\n", strbuf_text(out));
	} else {
		printf("  got:      error %d:%d %s\n", err->line, err->column,
		    err->text);
	}
}

static void run_case(struct run *run, const struct conformance_case *item)
{
	struct strbuf out;
	struct err err = {.line = 0};
	bool was_ok;
	bool passes;
	bool known = is_known(run, item->id);

	strbuf_init(&out, STRBUF_NO_LIMIT);
	was_ok = render_case(run, item, &out, &err);
	passes = was_ok == item->ok &&
	    (!was_ok || slice_equal(strbuf_slice(&out), item->output));
	run->total[item->tier]++;
	run->passed[item->tier] += passes;
	if (passes == known) {
		run->surprises++;
		printf(
		    known ? "passes, but is listed as failing: " : "fails: ");
		explain(item, was_ok, &out, &err);
	} else if (run->is_verbose && !passes) {
		explain(item, was_ok, &out, &err);
	}
	strbuf_finish(&out);
}

static void load_inputs(struct run *run, char *text, struct strbuf *msgpack)
{
	size_t starts[INPUTS_MAX + 1] = {0};
	struct err err;

	for (char *line = next_line(&text);
	     line != NULL && run->input_count < INPUTS_MAX;
	     line = next_line(&text)) {
		if (!json_read(
			slice_of(line), JSON_DEPTH_LIMIT, msgpack, &err)) {
			(void)fprintf(
			    stderr, "conformance: input: %s\n", err.text);
			exit(2);
		}
		starts[++run->input_count] = msgpack->len;
	}
	for (size_t i = 0; i < run->input_count; i++) {
		run->inputs[i] = slice_make(
		    msgpack->data + starts[i], starts[i + 1] - starts[i]);
	}
}

static void run_all(struct run *run, char *text)
{
	struct strbuf first;
	struct strbuf second;

	strbuf_init(&first, STRBUF_NO_LIMIT);
	strbuf_init(&second, STRBUF_NO_LIMIT);
	for (char *line = next_line(&text); line != NULL;
	     line = next_line(&text)) {
		struct conformance_case item;

		strbuf_clear(&first);
		strbuf_clear(&second);
		if (read_case(run, slice_of(line), &first, &second, &item)) {
			run_case(run, &item);
		} else {
			run->surprises++;
		}
	}
	strbuf_finish(&first);
	strbuf_finish(&second);
}

int main(int argc, char **argv)
{
	struct run *run = xcalloc(1, sizeof(*run));
	struct strbuf inputs;
	char *input_text;
	char *known;
	int result;

	if (argc < 4) {
		(void)fprintf(stderr,
		    "usage: conformance INPUTS.jsonl KNOWN.txt "
		    "CASES.jsonl...\n");
		return 2;
	}
	run->is_verbose = getenv("CONFORMANCE_VERBOSE") != NULL;
	run->scratch = template_scratch_create(NULL);
	strbuf_init(&inputs, STRBUF_NO_LIMIT);
	input_text = read_file(argv[1]);
	load_inputs(run, input_text, &inputs);
	known = read_file(argv[2]);
	run->known = slice_of(known);
	for (int i = 3; i < argc; i++) {
		char *cases = read_file(argv[i]);

		run_all(run, cases);
		free(cases);
	}
	for (int tier = 1; tier < TIERS; tier++) {
		printf("tier %d: %d of %d\n", tier, run->passed[tier],
		    run->total[tier]);
	}
	result = run->surprises == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
	if (run->surprises > 0) {
		printf("%d surprises\n", run->surprises);
	}
	template_scratch_destroy(run->scratch);
	strbuf_finish(&inputs);
	free(input_text);
	free(known);
	free(run);
	return result;
}
