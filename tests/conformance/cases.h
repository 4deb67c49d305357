#ifndef TESTS_CONFORMANCE_CASES_H
#define TESTS_CONFORMANCE_CASES_H

/*
 * The cases of FreeMarker's own results: one JSON object a line, with id, tier,
 * family, template, input (or input_ref, the number of a line of the inputs),
 * ok, output, and the settings number_format, boolean_format, tag_syntax. Ends
 * the program when a file cannot be read.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "dispatcher/template/template.h"

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

struct cases;

/* Of the inputs in `path`. Caller destroys. */
MUST_USE struct cases *cases_create(const char *inputs_path);
void cases_destroy(struct cases *cases);

/* Also for lists of ids. Caller frees. */
MUST_USE char *cases_read_file(const char *path);

/* The next line of a text, ended by NUL in place; NULL at the end. */
char *cases_next_line(char **text);

/* Calls `each` for every case of the file, which lives until that returns.
 * Returns how many lines were none. */
typedef void (*case_fn)(const struct conformance_case *item, void *context);
int cases_each(
    struct cases *cases, const char *path, case_fn each, void *context);

/* Compiles and renders. */
MUST_USE bool cases_render(const struct conformance_case *item,
    bool escapes_json, struct template_scratch *scratch, struct strbuf *out,
    struct err *err);

#endif
