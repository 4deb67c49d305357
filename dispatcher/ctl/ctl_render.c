/*
 * relayctl render: what Reteno would get for a webhook body, without a queue.
 * By a destination of the configuration, by a template file, or by both: then
 * it is that destination with another template.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/config/config_file.h"
#include "common/job/identity.h"
#include "common/job/job.h"
#include "common/json/json_reader.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_preview.h"
#include "dispatcher/ctl/ctl_render.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	INPUT_BYTES_MAX = 64 * 1024 * 1024,
	TEMPLATE_BYTES_MAX = 1024 * 1024,
	MEMBER_USER = 0, /* places in the query's names */
	MEMBER_DEVICE,
	MEMBER_UUID,
	MEMBER_INSERT_ID,
	MEMBER_COUNT,
};

/* What there is without a configuration. */
static char builtin_path[] = "";
static char builtin_identity[] = "user_id";
static char builtin_vars[] = "{}";

struct rendering {
	struct config builtin;
	const struct config *config;
	struct config_destination destination;
	struct strbuf template_source;	  /* of --template */
	const struct config_route *route; /* NULL: none leads there */
	struct ctl_preview preview;
	bool is_explained;
	struct ctl_explanation explanation;
	struct strbuf msgpack; /* of the input */
	struct json_object *objects;
	size_t count;
};

/* ---- what to render with ---- */

static const struct config_route *find_route(
    const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->route_count; i++) {
		const struct config_route *route = &config->routes[i];

		for (size_t k = 0; k < route->destination_count; k++) {
			int place = route->destinations[k];

			if (strcmp(config->destinations[place].name, name) ==
			    0) {
				return route;
			}
		}
	}
	return NULL;
}

static enum ctl_exit load_config(struct ctl *ctl, struct rendering *rendering)
{
	bool is_wanted = ctl->options.destination != NULL ||
	    ctl->cli.is_path_given || ctl->cli.override_count > 0;

	rendering->builtin = (struct config){
	    .path = builtin_path,
	    .identity = builtin_identity,
	    .vars_json = builtin_vars,
	};
	rendering->config = &rendering->builtin;
	if (is_wanted) {
		if (!ctl_load(ctl)) {
			return CTL_WRONG;
		}
		rendering->config = ctl->cli.config;
	}
	return CTL_OK;
}

static enum ctl_exit find_destination(
    const struct ctl_options *options, struct rendering *rendering)
{
	const struct config_destination *found;
	static char name[] = "template";
	static char when[] = "";

	rendering->destination = (struct config_destination){
	    .name = name, .when = when, .endpoint = CONFIG_ENDPOINT_ANY};
	if (options->destination == NULL) {
		return CTL_OK;
	}
	found =
	    config_find_destination(rendering->config, options->destination);
	if (found == NULL) {
		return ctl_fail(CTL_WRONG, "%s: there is no destination %s",
		    rendering->config->path, options->destination);
	}
	rendering->destination = *found;
	rendering->route = find_route(rendering->config, found->name);
	return CTL_OK;
}

static enum ctl_exit read_template(
    const struct ctl_options *options, struct rendering *rendering)
{
	struct err err;

	if (options->template_path == NULL) {
		return CTL_OK;
	}
	if (!config_file_read(options->template_path, CONFIG_FILE_ANY,
		&rendering->template_source, &err)) {
		return ctl_fail(CTL_WRONG, "%s", err.text);
	}
	/* Borrowed: argv and rendering outlive the destination. */
	rendering->destination.template_path = (char *)options->template_path;
	rendering->destination.template_source =
	    (char *)strbuf_text(&rendering->template_source);
	return CTL_OK;
}

static enum ctl_exit compile(struct rendering *rendering)
{
	const struct config_destination *destination = &rendering->destination;
	struct err err;

	/* For its place alone, without the configuration's before it. */
	if (!render_compiles(destination->template_path,
		destination->template_source, false, &err)) {
		return ctl_fail_with(CTL_TROUBLE, &err);
	}
	if (!ctl_preview_init(
		&rendering->preview, rendering->config, destination, &err)) {
		return ctl_fail_with(CTL_TROUBLE, &err);
	}
	if (rendering->is_explained) {
		ctl_explanation_init(
		    &rendering->explanation, rendering->preview.render);
	}
	return CTL_OK;
}

/* ---- what to render ---- */

static struct json_objects_query query_of(const struct config_route *route)
{
	struct json_objects_query query = {
	    .max_depth = JSON_DEPTH_LIMIT,
	    .max_objects = SIZE_MAX,
	    .name_count = MEMBER_COUNT,
	};

	query.names[MEMBER_USER] =
	    slice_of(route != NULL ? route->fields.user : "user_id");
	query.names[MEMBER_DEVICE] =
	    slice_of(route != NULL ? route->fields.device : "device_id");
	query.names[MEMBER_UUID] =
	    slice_of(route != NULL ? route->fields.uuid : "uuid");
	query.names[MEMBER_INSERT_ID] =
	    slice_of(route != NULL ? route->fields.insert_id : "$insert_id");
	return query;
}

static enum ctl_exit read_input(
    const struct ctl_options *options, struct rendering *rendering)
{
	struct json_objects_query query = query_of(rendering->route);
	bool is_stdin = strcmp(options->input, "-") == 0;
	enum ctl_exit exit_code = CTL_OK;
	struct strbuf text;
	struct err err;

	strbuf_init(&text, INPUT_BYTES_MAX);
	if (!config_file_read(is_stdin ? "/dev/stdin" : options->input,
		CONFIG_FILE_ANY, &text, &err)) {
		exit_code = ctl_fail(CTL_WRONG, "%s", err.text);
	} else if (!json_read_objects(strbuf_slice(&text), &query,
		       &rendering->msgpack, &rendering->objects,
		       &rendering->count, &err)) {
		exit_code =
		    ctl_fail(CTL_TROUBLE, "%s:%d:%d: not a webhook body: %s",
			options->input, err.line, err.column, err.text);
	}
	strbuf_finish(&text);
	return exit_code;
}

/* ---- rendering ---- */

/* As ingest would have made it. */
static void make_job(const struct rendering *rendering,
    const struct json_object *object, struct strbuf *delivery_id,
    struct job *job)
{
	const struct identity_members members = {
	    .user = object->members[MEMBER_USER],
	    .device = object->members[MEMBER_DEVICE],
	    .uuid = object->members[MEMBER_UUID],
	    .insert_id = object->members[MEMBER_INSERT_ID],
	};
	int64_t now_ms = clock_wall_ms();

	identity_delivery_id(&members, delivery_id);
	*job = (struct job){
	    .accepted_at_ms = now_ms,
	    .body =
		{
		    .route = slice_of(
			rendering->route != NULL ? rendering->route->path : ""),
		    .delivery_id = strbuf_slice(delivery_id),
		    .received_at_ms = now_ms,
		    .object = object->msgpack,
		},
	};
}

/* On standard error: which of several, and what came of it. */
static enum ctl_exit tell(const struct rendering *rendering, size_t place,
    enum ctl_exit code, const char *what)
{
	if (rendering->count > 1) {
		return ctl_fail(code, "object %zu: %s", place + 1, what);
	}
	return ctl_fail(code, "%s", what);
}

static enum ctl_exit tell_done(const struct rendering *rendering, size_t place)
{
	char *what =
	    xasprintf("%zu bytes of JSON%s", rendering->preview.body.len,
		rendering->destination.endpoint == CONFIG_ENDPOINT_ANY
		    ? ""
		    : ", within the limits of the endpoint");
	enum ctl_exit code = tell(rendering, place, CTL_OK, what);

	free(what);
	return code;
}

static void print_outcome(
    struct rendering *rendering, enum render_status status)
{
	struct slice body = strbuf_slice(&rendering->preview.body);

	if (status == RENDER_DONE || body.len > 0) {
		ctl_print_body(body);
	}
	if (rendering->is_explained && status != RENDER_DECLINED) {
		ctl_explanation_print(&rendering->explanation);
	}
}

static enum ctl_exit render_object(struct rendering *rendering, size_t place)
{
	struct strbuf delivery_id;
	struct err err;
	struct job job;
	enum render_status status;

	strbuf_init(&delivery_id, STRBUF_NO_LIMIT);
	make_job(rendering, &rendering->objects[place], &delivery_id, &job);
	status = ctl_preview_job(&rendering->preview,
	    &(struct render_job){.job = &job, .id = "0-0", .attempt = 1}, &err);
	strbuf_finish(&delivery_id);
	print_outcome(rendering, status);
	switch (status) {
	case RENDER_DONE:
		return tell_done(rendering, place);
	case RENDER_DECLINED:
		return tell(rendering, place, CTL_OK,
		    "skipped: the destination's when: declines it");
	case RENDER_FAILED:
		return tell(rendering, place, CTL_TROUBLE, err.text);
	}
	return CTL_TROUBLE;
}

static enum ctl_exit render_all(struct rendering *rendering)
{
	enum ctl_exit exit_code = CTL_OK;

	if (rendering->count == 0) {
		return ctl_fail(CTL_OK, "there is no object in the input");
	}
	for (size_t i = 0; i < rendering->count; i++) {
		if (render_object(rendering, i) != CTL_OK) {
			exit_code = CTL_TROUBLE;
		}
	}
	return exit_code;
}

static enum ctl_exit prepare(struct ctl *ctl, struct rendering *rendering)
{
	enum ctl_exit exit_code = load_config(ctl, rendering);

	if (exit_code == CTL_OK) {
		exit_code = find_destination(&ctl->options, rendering);
	}
	if (exit_code == CTL_OK) {
		exit_code = read_template(&ctl->options, rendering);
	}
	if (exit_code == CTL_OK) {
		exit_code = compile(rendering);
	}
	if (exit_code == CTL_OK) {
		exit_code = read_input(&ctl->options, rendering);
	}
	return exit_code;
}

enum ctl_exit ctl_render(struct ctl *ctl)
{
	const struct ctl_options *options = &ctl->options;
	struct rendering rendering = {.config = NULL};
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
	rendering.is_explained = options->wants_explanation;
	strbuf_init(&rendering.template_source, TEMPLATE_BYTES_MAX);
	strbuf_init(&rendering.msgpack, STRBUF_NO_LIMIT);
	exit_code = prepare(ctl, &rendering);
	if (exit_code == CTL_OK) {
		exit_code = render_all(&rendering);
	}
	ctl_preview_finish(&rendering.preview);
	ctl_explanation_finish(&rendering.explanation);
	strbuf_finish(&rendering.template_source);
	strbuf_finish(&rendering.msgpack);
	free(rendering.objects);
	return exit_code;
}
