/*
 * `escape: json` over the cases of FreeMarker's own results: where a template
 * prints JSON without it, it prints the same with it.
 *
 *	escaping INPUTS.jsonl CASES.jsonl...
 */
#include "tests/conformance/cases.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/json/json_reader.h"

enum {
	CHECKED_MIN = 400, /* so that the test cannot come to mean nothing */
};

struct run {
	struct template_scratch *scratch;
	struct strbuf msgpack;
	int checked;
	int different;
};

static bool prints_json(struct run *run, const struct conformance_case *item,
    struct strbuf *out, struct err *err)
{
	strbuf_clear(&run->msgpack);
	return cases_render(item, false, run->scratch, out, err) &&
	    json_read(strbuf_slice(out), JSON_DEPTH_LIMIT, &run->msgpack, NULL);
}

static void compare(struct run *run, const struct conformance_case *item,
    const struct strbuf *without)
{
	struct strbuf with;
	struct err err = {.line = 0};
	bool is_ok;

	strbuf_init(&with, STRBUF_NO_LIMIT);
	is_ok = cases_render(item, true, run->scratch, &with, &err);
	run->checked++;
	if (!is_ok ||
	    !slice_equal(strbuf_slice(&with), strbuf_slice(without))) {
		run->different++;
		printf("%.*s\n  template: %.*s\n  without: %s\n  with:    %s\n",
		    SLICE_ARGS(item->id), SLICE_ARGS(item->template),
		    strbuf_text(without),
		    is_ok ? strbuf_text(&with) : err.text);
	}
	strbuf_finish(&with);
}

static void run_case(const struct conformance_case *item, void *context)
{
	struct run *run = context;
	struct strbuf out;
	struct err err;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	if (prints_json(run, item, &out, &err)) {
		compare(run, item, &out);
	}
	strbuf_finish(&out);
}

int main(int argc, char **argv)
{
	struct run run = {.checked = 0};
	struct cases *cases;

	if (argc < 3) {
		(void)fprintf(
		    stderr, "usage: escaping INPUTS.jsonl CASES.jsonl...\n");
		return 2;
	}
	run.scratch = template_scratch_create(NULL);
	strbuf_init(&run.msgpack, STRBUF_NO_LIMIT);
	cases = cases_create(argv[1]);
	for (int i = 2; i < argc; i++) {
		run.different += cases_each(cases, argv[i], run_case, &run);
	}
	printf("%d checked, %d different\n", run.checked, run.different);
	template_scratch_destroy(run.scratch);
	strbuf_finish(&run.msgpack);
	cases_destroy(cases);
	return run.different == 0 && run.checked >= CHECKED_MIN ? EXIT_SUCCESS
								: EXIT_FAILURE;
}
