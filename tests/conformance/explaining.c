/*
 * A render that somebody watches prints the same, and fails the same, as one
 * that nobody watches: over the cases of FreeMarker's own results.
 *
 *	explaining INPUTS.jsonl CASES.jsonl...
 */
#include "tests/conformance/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOLD_MIN = 1000, /* so that the test cannot come to mean nothing */
};

struct run {
	struct template_scratch *scratch;
	struct template_scratch *watched;
	int told;
	int without_origin;
	int different;
};

static void on_print(void *arg, const struct template_print *print)
{
	struct run *run = arg;

	run->told++;
	run->without_origin += print->origin.len == 0;
}

/* Dates of now, and such. */
static bool is_of_the_moment(const struct conformance_case *item)
{
	for (size_t i = 0; i + 4 <= item->template.len; i++) {
		if (memcmp(item->template.data + i, ".now", 4) == 0) {
			return true;
		}
	}
	return false;
}

static void run_case(const struct conformance_case *item, void *context)
{
	struct run *run = context;
	struct err errs[2] = {{.line = 0}, {.line = 0}};
	struct strbuf outs[2];
	bool is_ok[2];

	if (is_of_the_moment(item)) {
		return;
	}
	strbuf_init(&outs[0], STRBUF_NO_LIMIT);
	strbuf_init(&outs[1], STRBUF_NO_LIMIT);
	is_ok[0] = cases_render(item, false, run->scratch, &outs[0], &errs[0]);
	is_ok[1] = cases_render(item, false, run->watched, &outs[1], &errs[1]);
	if (is_ok[0] != is_ok[1] || strcmp(errs[0].text, errs[1].text) != 0 ||
	    !slice_equal(strbuf_slice(&outs[0]), strbuf_slice(&outs[1]))) {
		run->different++;
		printf("%.*s\n  template: %.*s\n  alone:   %s%s\n"
		       "  watched: %s%s\n",
		    SLICE_ARGS(item->id), SLICE_ARGS(item->template),
		    strbuf_text(&outs[0]), errs[0].text, strbuf_text(&outs[1]),
		    errs[1].text);
	}
	strbuf_finish(&outs[0]);
	strbuf_finish(&outs[1]);
}

int main(int argc, char **argv)
{
	struct run run = {.told = 0};
	struct cases *cases;

	if (argc < 3) {
		(void)fprintf(
		    stderr, "usage: explaining INPUTS.jsonl CASES.jsonl...\n");
		return 2;
	}
	run.scratch = template_scratch_create(NULL);
	run.watched = template_scratch_create(NULL);
	template_scratch_observe(run.watched, on_print, &run);
	cases = cases_create(argv[1]);
	for (int i = 2; i < argc; i++) {
		run.different += cases_each(cases, argv[i], run_case, &run);
	}
	printf("%d told of, %d without an origin, %d different\n", run.told,
	    run.without_origin, run.different);
	template_scratch_destroy(run.scratch);
	template_scratch_destroy(run.watched);
	cases_destroy(cases);
	return run.different == 0 && run.without_origin == 0 &&
		run.told >= TOLD_MIN
	    ? EXIT_SUCCESS
	    : EXIT_FAILURE;
}
