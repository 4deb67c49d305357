/*
 * Renders the cases of FreeMarker's own results and compares byte for byte.
 *
 *	conformance INPUTS.jsonl KNOWN.txt CASES.jsonl...
 *
 * KNOWN.txt lists, one id a line, the cases that are known to fail: a case
 * that fails and is not listed is a failure of the test, and so is one that is
 * listed and passes.
 */
#include "tests/conformance/cases.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TIERS = 4,
};

struct run {
	struct slice known; /* ids that are known to fail, one a line */
	struct template_scratch *scratch;
	int passed[TIERS];
	int total[TIERS];
	int surprises;
	bool is_verbose;
};

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

static void run_case(const struct conformance_case *item, void *context)
{
	struct run *run = context;
	struct strbuf out;
	struct err err = {.line = 0};
	bool was_ok;
	bool passes;
	bool known = is_known(run, item->id);

	strbuf_init(&out, STRBUF_NO_LIMIT);
	was_ok = cases_render(item, false, run->scratch, &out, &err);
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

int main(int argc, char **argv)
{
	struct run run = {.is_verbose = getenv("CONFORMANCE_VERBOSE") != NULL};
	struct cases *cases;
	char *known;

	if (argc < 4) {
		(void)fprintf(stderr,
		    "usage: conformance INPUTS.jsonl KNOWN.txt "
		    "CASES.jsonl...\n");
		return 2;
	}
	run.scratch = template_scratch_create(NULL);
	cases = cases_create(argv[1]);
	known = cases_read_file(argv[2]);
	run.known = slice_of(known);
	for (int i = 3; i < argc; i++) {
		run.surprises += cases_each(cases, argv[i], run_case, &run);
	}
	for (int tier = 1; tier < TIERS; tier++) {
		printf("tier %d: %d of %d\n", tier, run.passed[tier],
		    run.total[tier]);
	}
	if (run.surprises > 0) {
		printf("%d surprises\n", run.surprises);
	}
	template_scratch_destroy(run.scratch);
	cases_destroy(cases);
	free(known);
	return run.surprises == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
