/*
 * relayctl render: what Reteno would get for a webhook body. The bodies go to
 * standard output, what there is to say of them to standard error.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_offline.h"
#include "dispatcher/ctl/ctl_point.h"
#include "dispatcher/ctl/ctl_render.h"
#include "dispatcher/ctl/ctl_subject.h"
#include "dispatcher/ctl/ctl_text.h"

struct rendering {
	struct ctl_subject subject;
	struct ctl_input input;
	bool is_explained;
	struct ctl_explanation explanation;
};

/* On standard error: which of several, and what came of it. */
static enum ctl_exit tell(const struct rendering *rendering, size_t place,
    enum ctl_exit code, const char *what)
{
	if (rendering->input.count > 1) {
		return ctl_fail(code, "object %zu: %s", place + 1, what);
	}
	return ctl_fail(code, "%s", what);
}

static enum ctl_exit tell_done(const struct rendering *rendering, size_t place)
{
	const struct ctl_subject *subject = &rendering->subject;
	char *what = xasprintf("%zu bytes of JSON%s", subject->preview.body.len,
	    subject->destination.endpoint == CONFIG_ENDPOINT_ANY
		? ""
		: ", within the limits of the endpoint");
	enum ctl_exit code = tell(rendering, place, CTL_OK, what);

	free(what);
	return code;
}

static void print_outcome(
    struct rendering *rendering, enum render_status status)
{
	struct slice body = strbuf_slice(&rendering->subject.preview.body);

	if (status == RENDER_DONE || body.len > 0) {
		ctl_print_body(body);
	}
	if (rendering->is_explained && status != RENDER_DECLINED) {
		ctl_explanation_print(&rendering->explanation);
	}
}

/* Where it is that the body is no JSON, if that is what is wrong. */
static void point_into_body(struct slice body)
{
	struct strbuf text;
	struct err err;

	if (body.len == 0 || json_check(body, JSON_DEPTH_LIMIT, &err) ||
	    err.line == 0) {
		return;
	}
	strbuf_init(&text, STRBUF_NO_LIMIT);
	ctl_append_pointed(&text, body, err.line, err.column);
	(void)fputs(strbuf_text(&text), stderr);
	strbuf_finish(&text);
}

static enum ctl_exit render_object(struct rendering *rendering, size_t place)
{
	struct err err;
	enum render_status status = ctl_subject_render(&rendering->subject,
	    &rendering->input.objects[place], clock_wall_ms(), &err);

	print_outcome(rendering, status);
	switch (status) {
	case RENDER_DONE:
		return tell_done(rendering, place);
	case RENDER_DECLINED:
		return tell(rendering, place, CTL_OK,
		    "skipped: the destination's when: declines it");
	case RENDER_FAILED:
		(void)tell(rendering, place, CTL_TROUBLE, err.text);
		point_into_body(strbuf_slice(&rendering->subject.preview.body));
		break;
	}
	return CTL_TROUBLE;
}

static enum ctl_exit render_all(struct rendering *rendering)
{
	enum ctl_exit exit_code = CTL_OK;

	if (rendering->input.count == 0) {
		return ctl_fail(CTL_OK, "there is no object in the input");
	}
	for (size_t i = 0; i < rendering->input.count; i++) {
		if (render_object(rendering, i) != CTL_OK) {
			exit_code = CTL_TROUBLE;
		}
	}
	return exit_code;
}

static enum ctl_exit prepare(struct ctl *ctl, struct rendering *rendering)
{
	const struct ctl_options *options = &ctl->options;
	bool wants_config = options->destination != NULL ||
	    ctl->cli.is_path_given || ctl->cli.override_count > 0;
	enum ctl_exit exit_code;

	if (wants_config && !ctl_load_offline(ctl)) {
		return CTL_WRONG;
	}
	exit_code = ctl_subject_init(&rendering->subject, ctl->cli.config,
	    options->destination, options->template_path);
	if (exit_code != CTL_OK) {
		return exit_code;
	}
	rendering->is_explained = options->wants_explanation;
	if (rendering->is_explained) {
		ctl_explanation_init(
		    &rendering->explanation, rendering->subject.preview.render);
	}
	return ctl_subject_read(
	    &rendering->subject, options->input, &rendering->input);
}

enum ctl_exit ctl_render(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	struct rendering rendering = {.is_explained = false};
	bool has_subject =
	    options->template_path != NULL || options->destination != NULL;
	enum ctl_exit exit_code;

	if (options->cases != NULL && options->input == NULL && !has_subject &&
	    !options->wants_explanation) {
		return ctl_render_cases(options->cases);
	}
	if (options->cases != NULL) {
		return ctl_fail(CTL_WRONG,
		    "render --cases stands alone: a case has its own template "
		    "and input; try relayctl help");
	}
	if (options->input == NULL || !has_subject) {
		return ctl_fail(CTL_WRONG,
		    "render wants --input, and --destination or --template; "
		    "try relayctl help");
	}
	if (options->template_path != NULL &&
	    strcmp(options->template_path, "-") == 0 &&
	    strcmp(options->input, "-") == 0) {
		return ctl_fail(CTL_WRONG,
		    "standard input is the template or the input, not both");
	}
	exit_code = prepare(ctl, &rendering);
	if (exit_code == CTL_OK) {
		exit_code = render_all(&rendering);
	}
	ctl_subject_finish(&rendering.subject);
	ctl_input_finish(&rendering.input);
	ctl_explanation_finish(&rendering.explanation);
	return exit_code;
}
