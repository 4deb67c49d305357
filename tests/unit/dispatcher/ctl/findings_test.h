#ifndef TESTS_UNIT_DISPATCHER_CTL_FINDINGS_TEST_H
#define TESTS_UNIT_DISPATCHER_CTL_FINDINGS_TEST_H

/* Findings in a template as one text: "2:1 delete ...; 5:3 ...; ". */

#include <stdio.h>
#include <stdlib.h>

#include "common/base/err.h"
#include "common/base/strbuf.h"

#include "tests/unit/cmocka_test.h"

static inline void collect_finding(void *arg, const struct err *finding)
{
	strbuf_appendf(
	    arg, "%d:%d %s; ", finding->line, finding->column, finding->text);
}

/* A file of the project. Caller frees with free(). */
static inline char *read_source(const char *path)
{
	struct strbuf text;
	char full[512];
	FILE *file;
	int c;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	(void)snprintf(full, sizeof(full), "%s/%s", SOURCE_DIR, path);
	file = fopen(full, "r");
	assert_non_null(file);
	while ((c = fgetc(file)) != EOF) {
		strbuf_append_char(&text, (char)c);
	}
	(void)fclose(file);
	return strbuf_take(&text);
}

#endif
