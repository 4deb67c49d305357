/*
 * The public face: compiling, and the frame of a render. A scratch keeps the
 * arena between renders, so that a warm one allocates nothing.
 */
#include "dispatcher/template/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "dispatcher/template/explain.h"
#include "dispatcher/template/helper.h"
#include "dispatcher/template/markup.h"
#include "dispatcher/template/parser.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum {
	COMPILE_BYTES_MAX = 64 * 1024 * 1024,
	STEPS_DEFAULT = 2000000,
	MEMORY_DEFAULT = 32 * 1024 * 1024,
	OUTPUT_DEFAULT = 8 * 1024 * 1024,
	DEPTH_DEFAULT = 3000,
	CALLED_MAX = 100, /* of what is said of a call */
};

struct template_scratch {
	struct template_budget budget;
	struct arena arena;
	struct err err;		 /* of the render */
	struct strbuf unprinted; /* of template_test */
	struct explain *explain; /* NULL: nobody watches */
};

static bool copy_options(
    struct template *template, const struct template_options *options)
{
	const char *name = options->name != NULL ? options->name : "template";
	const char *number_format = options->number_format != NULL
	    ? options->number_format
	    : "computer";
	const char *boolean_format =
	    options->boolean_format != NULL ? options->boolean_format : "c";

	template->name = arena_copy(&template->arena, slice_of(name));
	template->number_format =
	    slice_of(arena_copy(&template->arena, slice_of(number_format)));
	template->boolean_format =
	    slice_of(arena_copy(&template->arena, slice_of(boolean_format)));
	template->symbols = hash_create(&template->arena, 16);
	template->strips_white_space = true;
	template->escapes_json = options->escapes_json;
	return template->name != NULL && template->number_format.data != NULL &&
	    template->boolean_format.data != NULL && template->symbols != NULL;
}

static bool parse_lone_expression(struct parser *parser)
{
	parser->lexer.mode = LEXER_EXPRESSION;
	parser->lexer.is_in_interpolation = true;
	parser_advance(parser);
	parser->template->expression = parser_parse_expression(parser);
	if (parser->template->expression != NULL &&
	    parser->token.kind != TOKEN_END) {
		parser_fail_expected(parser, "the end of the expression");
	}
	return !parser->has_failed;
}

static struct template *compile(const struct template_options *options,
    struct slice source, bool is_expression, struct err *err)
{
	const struct template_options defaults = {.name = NULL};
	struct template *template = calloc(1, sizeof(*template));
	struct err unwanted;
	struct parser parser = {
	    .template = template,
	    .arena = &template->arena,
	    .err = err != NULL ? err : &unwanted,
	    .output_format = &output_undefined,
	};
	char *copy;
	bool is_ok;

	if (template == NULL) {
		err_set(err, "there is no memory for a template");
		return NULL;
	}
	options = options != NULL ? options : &defaults;
	arena_init(&template->arena, COMPILE_BYTES_MAX);
	copy = arena_copy(&template->arena, source);
	if (copy == NULL || !copy_options(template, options)) {
		err_set(err, "the template is too large");
		template_destroy(template);
		return NULL;
	}
	parser.source = slice_make(copy, source.len);
	lexer_init(&parser.lexer, parser.source,
	    options->tag_syntax == TEMPLATE_TAGS_AUTO,
	    options->tag_syntax == TEMPLATE_TAGS_SQUARE);
	is_ok = is_expression ? parse_lone_expression(&parser)
			      : parser_parse_template(&parser);
	if (!is_ok) {
		template_destroy(template);
		return NULL;
	}
	if (template->escapes_json && !is_expression) {
		print_prepare(template->root);
	}
	return template;
}

struct template *template_compile(const struct template_options *options,
    struct slice source, struct err *err)
{
	return compile(options, source, false, err);
}

struct template *template_compile_expression(
    const struct template_options *options, struct slice source,
    struct err *err)
{
	return compile(options, source, true, err);
}

void template_destroy(struct template *template)
{
	if (template != NULL) {
		arena_finish(&template->arena);
		free(template);
	}
}

const char *template_name(const struct template *template)
{
	return template->name;
}

struct template_scratch *template_scratch_create(
    const struct template_budget *budget)
{
	struct template_scratch *scratch = xcalloc(1, sizeof(*scratch));

	if (budget != NULL) {
		scratch->budget = *budget;
	}
	if (scratch->budget.max_steps == 0) {
		scratch->budget.max_steps = STEPS_DEFAULT;
	}
	if (scratch->budget.max_memory_bytes == 0) {
		scratch->budget.max_memory_bytes = MEMORY_DEFAULT;
	}
	if (scratch->budget.max_output_bytes == 0) {
		scratch->budget.max_output_bytes = OUTPUT_DEFAULT;
	}
	if (scratch->budget.max_depth == 0) {
		scratch->budget.max_depth = DEPTH_DEFAULT;
	}
	arena_init(&scratch->arena, scratch->budget.max_memory_bytes);
	strbuf_init(&scratch->unprinted, scratch->budget.max_output_bytes);
	return scratch;
}

void template_scratch_destroy(struct template_scratch *scratch)
{
	if (scratch != NULL) {
		template_scratch_observe(scratch, NULL, NULL);
		arena_finish(&scratch->arena);
		strbuf_finish(&scratch->unprinted);
		free(scratch);
	}
}

void template_scratch_observe(
    struct template_scratch *scratch, template_observer *observer, void *arg)
{
	explain_destroy(scratch->explain);
	scratch->explain =
	    observer != NULL ? explain_create(observer, arg) : NULL;
}

static bool find_symbol(
    const struct template *template, struct slice name, symbol *result)
{
	struct hash_entry *entry =
	    hash_find(template->symbols, name, hash_key(name));

	if (entry == NULL) {
		return false;
	}
	*result = (symbol)entry->value.integer;
	return true;
}

/* All of them at the start, so that one can be called before it stands. */
static bool define_macros(struct render *render)
{
	const struct template *template = render->template;

	for (size_t i = 0; i < template->macro_count; i++) {
		if (!define_macro(render, template->macros[i])) {
			return false;
		}
	}
	return true;
}

/* Only what the template names is read at all. */
static bool define_data(struct render *render)
{
	symbol name;

	if (find_symbol(render->template, SLICE_LITERAL("statics"), &name) &&
	    !helper_statics(render->arena, &render->globals[name])) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < render->input_count; i++) {
		if (find_symbol(render->template,
			slice_of(render->inputs[i].name), &name) &&
		    !render_input(render, i, &render->globals[name])) {
			return false;
		}
	}
	return true;
}

static bool begin_render(struct render *render, const struct template *template,
    struct template_scratch *scratch, struct strbuf *out)
{
	size_t count = template->symbols->count + 1;

	arena_reset(&scratch->arena);
	*render = (struct render){
	    .template = template,
	    .arena = &scratch->arena,
	    .out = out,
	    .max_output_bytes = out->len + scratch->budget.max_output_bytes,
	    .steps_left = scratch->budget.max_steps,
	    .depth_left = scratch->budget.max_depth,
	    .number_format = template->number_format,
	    .boolean_format = template->boolean_format,
	    .date_formats = {slice_of(""), slice_of(""), slice_of("")},
	    .time_zone = {.name = "UTC"},
	    .locale = slice_of("en_US"),
	    .url_charset = slice_of("UTF-8"),
	    .print = {.escapes_json = template->escapes_json},
	    .err = &scratch->err,
	    .explain = scratch->explain,
	};
	if (render->explain != NULL) {
		explain_begin(render->explain);
	}
	render->variables =
	    arena_calloc(render->arena, count, sizeof(struct value));
	render->globals =
	    arena_calloc(render->arena, count, sizeof(struct value));
	if (render->variables == NULL || render->globals == NULL) {
		return raise_memory(render);
	}
	return define_macros(render);
}

static void report(struct render *render, struct err *err)
{
	char where[CALLED_MAX] = "";

	raise_settle(render);
	if (render->failed_in != NULL) {
		(void)snprintf(where, sizeof(where),
		    " (in %.*s, called on line %d)",
		    SLICE_ARGS(render->failed_in->text),
		    render->failed_call_line);
	}
	err_set_at(err, render->err->line, render->err->column, "%s: %s%s",
	    render->template->name, render->err->text, where);
	if (err != NULL) {
		err->text[text_make_valid(err->text, strlen(err->text))] = '\0';
	}
}

bool template_render(const struct template *template,
    const struct template_variable *variables, size_t variable_count,
    struct template_scratch *scratch, struct strbuf *out, struct err *err)
{
	bool was_failed = strbuf_failed(out);
	size_t start = out->len;
	struct render render;
	bool is_ok;

	is_ok = begin_render(&render, template, scratch, out);
	render.inputs = variables;
	render.input_count = variable_count;
	is_ok = is_ok && define_data(&render) &&
	    exec_children(&render, template->root) != FLOW_ERROR;
	print_end(&render);
	if (is_ok && out->len > start) {
		strbuf_truncate(out,
		    start +
			text_make_valid(out->data + start, out->len - start));
	}
	if (is_ok && strbuf_failed(out)) {
		is_ok = raise_budget(
		    &render, "the template prints more than there is room for");
	}
	if (!is_ok) {
		report(&render, err);
		strbuf_truncate(out, start);
		out->failed = was_failed;
	}
	return is_ok;
}

bool template_test(const struct template *template,
    const struct template_variable *variables, size_t variable_count,
    struct template_scratch *scratch, bool *result, struct err *err)
{
	struct render render;
	bool is_ok;

	strbuf_clear(&scratch->unprinted);
	is_ok = begin_render(&render, template, scratch, &scratch->unprinted);
	render.inputs = variables;
	render.input_count = variable_count;
	is_ok = is_ok && define_data(&render) &&
	    eval_boolean(&render, template->expression, result);
	if (!is_ok) {
		report(&render, err);
	}
	return is_ok;
}
