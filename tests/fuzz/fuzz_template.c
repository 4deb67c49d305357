/*
 * The template language, from both sides: the text up to the first NUL is the
 * template, what follows is its input, as JSON if it is that, else as msgpack
 * just as it is. Nothing of it may crash, hang or print past its budgets.
 */
#include "common/json/json_reader.h"
#include "dispatcher/template/template.h"
#include "tests/fuzz/fuzz.h"

enum {
	OUTPUT_MAX = 64 * 1024,
};

static const struct template_budget budget = {
    .max_steps = 20000,
    .max_memory_bytes = 1024 * 1024,
    .max_output_bytes = OUTPUT_MAX,
    .max_depth = 512, /* the most that a configuration may say */
};

static void on_print(void *arg, const struct template_print *print)
{
	(void)arg;
	fuzz_require(print->line > 0, "what is printed has a place");
}

static void render(
    struct template *template, struct slice msgpack, bool is_expression)
{
	struct template_scratch *scratch = template_scratch_create(&budget);
	struct template_variable variable = {"input", msgpack};
	struct strbuf out;
	struct err err;
	bool truth;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (msgpack.len % 2 == 0) {
		template_scratch_observe(scratch, on_print, NULL);
	}
	if (is_expression) {
		(void)!template_test(
		    template, &variable, 1, scratch, &truth, &err);
	} else if (template_render(
		       template, &variable, 1, scratch, &out, &err)) {
		fuzz_require(out.len <= OUTPUT_MAX, "the output's budget");
	} else {
		fuzz_require(out.len == 0, "no partial output");
		fuzz_require(err.text[0] != '\0', "an error has a text");
	}
	strbuf_finish(&out);
	template_scratch_destroy(scratch);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template_options options = {
	    .name = "fuzz",
	    .number_format = size % 3 == 0 ? "#,##0.###" : "computer",
	    .boolean_format = size % 2 == 0 ? "c" : "true,false",
	    .escapes_json = size % 5 < 3,
	};
	struct slice text = slice_make(data, size);
	const char *split = size > 0 ? memchr(data, '\0', size) : NULL;
	struct slice source = text;
	struct slice input = slice_make("{}", 2);
	bool is_expression = size % 7 == 0;
	struct template *template;
	struct strbuf msgpack;
	struct err err;

	if (split != NULL) {
		source.len = (size_t)(split - text.data);
		input = slice_from(text, source.len + 1);
	}
	template = is_expression
	    ? template_compile_expression(&options, source, &err)
	    : template_compile(&options, source, &err);
	if (template == NULL) {
		return 0;
	}
	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	if (json_read(input, JSON_DEPTH_LIMIT, &msgpack, NULL)) {
		input = strbuf_slice(&msgpack);
	}
	render(template, input, is_expression);
	strbuf_finish(&msgpack);
	template_destroy(template);
	return 0;
}
