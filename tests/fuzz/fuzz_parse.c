/*
 * The lexer and the parser: any text as a template, in each tag syntax, and as
 * an expression. What is refused says where and why; what is taken is taken
 * again with the same result.
 */
#include <string.h>

#include "dispatcher/template/template.h"
#include "tests/fuzz/fuzz.h"

static void compile(struct slice source, int tag_syntax)
{
	struct template_options options = {.name = "fuzz"};
	struct template *template;
	struct err err;

	options.tag_syntax = tag_syntax == 0 ? TEMPLATE_TAGS_AUTO
	    : tag_syntax == 1		     ? TEMPLATE_TAGS_ANGLE
					     : TEMPLATE_TAGS_SQUARE;
	template = template_compile(&options, source, &err);
	if (template == NULL) {
		fuzz_require(err.text[0] != '\0', "an error has a text");
		fuzz_require(
		    err.line > 0 && err.column > 0, "an error has a place");
	}
	template_destroy(template);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct template_options options = {.name = "fuzz"};
	struct slice source = slice_make(data, size);
	struct err err;

	for (int tag_syntax = 0; tag_syntax < 3; tag_syntax++) {
		compile(source, tag_syntax);
	}
	template_destroy(template_compile_expression(&options, source, &err));
	return 0;
}
