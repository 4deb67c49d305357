#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/job/unpack.h"
#include "common/json/json_reader.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_render.h"
#include "dispatcher/template/template.h"

enum {
	LINE_BYTES_MAX = 64 * 1024 * 1024,
	OUTPUT_BYTES_MAX = 64 * 1024 * 1024,
	MEMBER_ID = 0, /* places in the query's names */
	MEMBER_TEMPLATE,
	MEMBER_INPUT,
	MEMBER_NUMBER_FORMAT,
	MEMBER_BOOLEAN_FORMAT,
	MEMBER_TAG_SYNTAX,
	MEMBER_COUNT,
};

struct cases {
	const char *path;
	FILE *file;
	int line_number;
	struct strbuf line;
	struct strbuf msgpack; /* of the present line */
	struct strbuf output;
	struct template_scratch *scratch;
	bool has_bad_line;
};

/* ---- lines ---- */

/* The next line, without its end. False at the end of the file. One that is too
 * long leaves cases->line failed. */
static bool read_line(struct cases *cases)
{
	int c = getc(cases->file);

	strbuf_clear(&cases->line);
	if (c == EOF) {
		return false;
	}
	for (; c != EOF && c != '\n'; c = getc(cases->file)) {
		strbuf_append_char(&cases->line, (char)c);
	}
	cases->line_number++;
	return true;
}

/* ---- results ---- */

static json_t *begin_result(const struct json_object *item, bool is_ok)
{
	struct slice id = item->members[MEMBER_ID];
	json_t *result = json_object();

	json_object_set_new(
	    result, "id", id.len > 0 ? ctl_json_value(id) : json_null());
	json_object_set_new(result, "ok", json_boolean(is_ok));
	return result;
}

static void add_error(json_t *result, const char *text, int line, int column)
{
	json_object_set_new(result, "error", ctl_json_text(slice_of(text)));
	json_object_set_new(result, "line", json_integer(line));
	json_object_set_new(result, "column", json_integer(column));
}

/* At once: somebody may wait at the other end of a pipe. */
static void print_result(json_t *result)
{
	(void)json_dumpf(result, stdout, JSON_COMPACT);
	(void)fputc('\n', stdout);
	(void)fflush(stdout);
	json_decref(result);
}

static void report_bad_line(
    struct cases *cases, const struct json_object *item, struct err *err)
{
	json_t *result = begin_result(item, false);

	err_prefix(err, "%s:%d: not a case", cases->path, cases->line_number);
	add_error(result, err->text, cases->line_number, err->column);
	print_result(result);
	(void)ctl_fail(CTL_TROUBLE, "%s", err->text);
	cases->has_bad_line = true;
}

/* ---- cases ---- */

/* A string; data is NULL when it is none. */
static struct slice text_of(struct slice msgpack)
{
	struct unpack_value value;

	if (msgpack.len == 0 || !unpack_value(&msgpack, &value) ||
	    value.type != UNPACK_STR) {
		return slice_make(NULL, 0);
	}
	return slice_make(
	    value.bytes.data != NULL ? value.bytes.data : "", value.bytes.len);
}

static bool parse_case(
    struct cases *cases, struct json_object *item, struct err *err)
{
	struct json_objects_query query = {
	    .max_depth = JSON_DEPTH_LIMIT,
	    .max_objects = 1,
	    .names =
		{
		    [MEMBER_ID] = SLICE_LITERAL("id"),
		    [MEMBER_TEMPLATE] = SLICE_LITERAL("template"),
		    [MEMBER_INPUT] = SLICE_LITERAL("input"),
		    [MEMBER_NUMBER_FORMAT] = SLICE_LITERAL("number_format"),
		    [MEMBER_BOOLEAN_FORMAT] = SLICE_LITERAL("boolean_format"),
		    [MEMBER_TAG_SYNTAX] = SLICE_LITERAL("tag_syntax"),
		},
	    .name_count = MEMBER_COUNT,
	};
	struct json_object *objects;
	size_t count;

	err_clear(err);
	strbuf_clear(&cases->msgpack);
	if (strbuf_failed(&cases->line)) {
		err_set(err, "the line is too long");
		return false;
	}
	if (!json_read_objects(strbuf_slice(&cases->line), &query,
		&cases->msgpack, &objects, &count, err)) {
		return false;
	}
	if (count == 1) {
		*item = objects[0];
	}
	free(objects);
	if (count != 1 || item->members[MEMBER_ID].len == 0 ||
	    text_of(item->members[MEMBER_TEMPLATE]).data == NULL) {
		err_set(err, "it has no id, or no template");
		return false;
	}
	return true;
}

/* FreeMarker's setting; caller frees. */
static char *setting_of(struct slice msgpack, const char *fallback)
{
	struct slice text = text_of(msgpack);

	return text.data != NULL ? xstrndup(text.data, text.len)
				 : xstrdup(fallback);
}

static bool render_case(
    struct cases *cases, const struct json_object *item, struct err *err)
{
	const struct slice *members = item->members;
	struct slice tags = text_of(members[MEMBER_TAG_SYNTAX]);
	char *number_format =
	    setting_of(members[MEMBER_NUMBER_FORMAT], "computer");
	char *boolean_format =
	    setting_of(members[MEMBER_BOOLEAN_FORMAT], "true,false");
	struct template_options options = {
	    .name = "t",
	    .number_format = number_format,
	    .boolean_format = boolean_format,
	    .tag_syntax = slice_is(tags, "square_bracket")
		? TEMPLATE_TAGS_SQUARE
		: slice_is(tags, "auto_detect") ? TEMPLATE_TAGS_AUTO
						: TEMPLATE_TAGS_ANGLE,
	};
	struct template_variable variable = {"input", members[MEMBER_INPUT]};
	struct template *template =
	    template_compile(&options, text_of(members[MEMBER_TEMPLATE]), err);
	bool is_ok = template != NULL &&
	    template_render(template, &variable, variable.msgpack.len > 0,
		cases->scratch, &cases->output, err);

	template_destroy(template);
	free(number_format);
	free(boolean_format);
	return is_ok;
}

static void run_case(struct cases *cases, const struct json_object *item)
{
	struct err err = {.line = 0};
	json_t *result;
	bool is_ok;

	strbuf_clear(&cases->output);
	is_ok = render_case(cases, item, &err);
	result = begin_result(item, is_ok);
	if (is_ok) {
		json_object_set_new(result, "output",
		    ctl_json_text(strbuf_slice(&cases->output)));
	} else {
		add_error(result, err.text, err.line, err.column);
	}
	print_result(result);
}

static bool is_blank(struct slice line)
{
	return slice_trim(line).len == 0;
}

static enum ctl_exit run_all(struct cases *cases)
{
	while (!ferror(stdout) && read_line(cases)) {
		struct json_object item = {.msgpack = {NULL, 0}};
		struct err err;

		if (!strbuf_failed(&cases->line) &&
		    is_blank(strbuf_slice(&cases->line))) {
			continue;
		}
		if (parse_case(cases, &item, &err)) {
			run_case(cases, &item);
		} else {
			report_bad_line(cases, &item, &err);
		}
	}
	if (ferror(cases->file)) {
		return ctl_fail(CTL_WRONG, "cannot read %s: %s", cases->path,
		    strerror(errno));
	}
	return cases->has_bad_line ? CTL_TROUBLE : CTL_OK;
}

enum ctl_exit ctl_render_cases(const char *path)
{
	struct cases cases = {.path = path};
	enum ctl_exit exit_code;

	cases.file = strcmp(path, "-") == 0 ? stdin : fopen(path, "rb");
	if (cases.file == NULL) {
		return ctl_fail(
		    CTL_WRONG, "cannot read %s: %s", path, strerror(errno));
	}
	cases.scratch = template_scratch_create(NULL);
	strbuf_init(&cases.line, LINE_BYTES_MAX);
	strbuf_init(&cases.msgpack, STRBUF_NO_LIMIT);
	strbuf_init(&cases.output, OUTPUT_BYTES_MAX);
	exit_code = run_all(&cases);
	template_scratch_destroy(cases.scratch);
	strbuf_finish(&cases.line);
	strbuf_finish(&cases.msgpack);
	strbuf_finish(&cases.output);
	if (cases.file != stdin) {
		(void)fclose(cases.file);
	}
	return exit_code;
}
