#include "dispatcher/ctl/ctl_subject.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/job/identity.h"
#include "common/job/job.h"
#include "dispatcher/ctl/ctl_offline.h"

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
static char builtin_name[] = "template";
static char builtin_when[] = "";

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

static enum ctl_exit find_destination(
    struct ctl_subject *subject, const char *name)
{
	const struct config_destination *found;

	subject->destination = (struct config_destination){.name = builtin_name,
	    .when = builtin_when,
	    .endpoint = CONFIG_ENDPOINT_ANY};
	if (name == NULL) {
		return CTL_OK;
	}
	found = config_find_destination(subject->config, name);
	if (found == NULL) {
		return ctl_fail(CTL_WRONG, "%s: there is no destination %s",
		    subject->config->path, name);
	}
	subject->destination = *found;
	subject->route = find_route(subject->config, found->name);
	return CTL_OK;
}

static enum ctl_exit read_template(
    struct ctl_subject *subject, const char *path)
{
	struct err err;

	if (path == NULL) {
		return CTL_OK;
	}
	if (!ctl_read_file(path, &subject->template_source, &err)) {
		return ctl_fail(CTL_WRONG, "%s", err.text);
	}
	/* Borrowed: both outlive the destination. */
	subject->destination.template_path = (char *)path;
	subject->destination.template_source =
	    (char *)strbuf_text(&subject->template_source);
	return CTL_OK;
}

static enum ctl_exit compile(struct ctl_subject *subject)
{
	const struct config_destination *destination = &subject->destination;
	struct err err;

	/* For its place alone, without the configuration's before it. */
	if (!render_compiles(destination->template_path,
		destination->template_source, false, &err) ||
	    !ctl_preview_init(
		&subject->preview, subject->config, destination, &err)) {
		return ctl_fail_with(CTL_TROUBLE, &err);
	}
	return CTL_OK;
}

enum ctl_exit ctl_subject_init(struct ctl_subject *subject,
    const struct config *config, const char *destination,
    const char *template_path)
{
	enum ctl_exit exit_code;

	*subject = (struct ctl_subject){.route = NULL};
	strbuf_init(&subject->template_source, TEMPLATE_BYTES_MAX);
	subject->builtin = (struct config){
	    .path = builtin_path,
	    .identity = builtin_identity,
	    .vars_json = builtin_vars,
	};
	config_template_defaults(&subject->builtin.template);
	subject->config = config != NULL ? config : &subject->builtin;
	exit_code = find_destination(subject, destination);
	if (exit_code == CTL_OK) {
		exit_code = read_template(subject, template_path);
	}
	if (exit_code == CTL_OK) {
		exit_code = compile(subject);
	}
	return exit_code;
}

void ctl_subject_finish(struct ctl_subject *subject)
{
	ctl_preview_finish(&subject->preview);
	strbuf_finish(&subject->template_source);
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

enum ctl_exit ctl_subject_read(const struct ctl_subject *subject,
    const char *path, struct ctl_input *input)
{
	struct json_objects_query query = query_of(subject->route);
	enum ctl_exit exit_code = CTL_OK;
	struct strbuf text;
	struct err err;

	*input = (struct ctl_input){.objects = NULL};
	strbuf_init(&input->msgpack, STRBUF_NO_LIMIT);
	strbuf_init(&text, INPUT_BYTES_MAX);
	if (!ctl_read_file(path, &text, &err)) {
		exit_code = ctl_fail(CTL_WRONG, "%s", err.text);
	} else if (!json_read_objects(strbuf_slice(&text), &query,
		       &input->msgpack, &input->objects, &input->count, &err)) {
		exit_code =
		    ctl_fail(CTL_TROUBLE, "%s:%d:%d: not a webhook body: %s",
			path, err.line, err.column, err.text);
	}
	strbuf_finish(&text);
	return exit_code;
}

void ctl_input_finish(struct ctl_input *input)
{
	strbuf_finish(&input->msgpack);
	free(input->objects);
	*input = (struct ctl_input){.objects = NULL};
}

/* ---- rendering ---- */

/* As ingest would have made it. */
static struct job make_job(const struct ctl_subject *subject,
    const struct json_object *object, int64_t now_ms,
    const struct strbuf *delivery_id)
{
	return (struct job){
	    .accepted_at_ms = now_ms,
	    .body =
		{
		    .route = slice_of(
			subject->route != NULL ? subject->route->path : ""),
		    .delivery_id = strbuf_slice(delivery_id),
		    .received_at_ms = now_ms,
		    .object = object->msgpack,
		},
	};
}

enum render_status ctl_subject_render(struct ctl_subject *subject,
    const struct json_object *object, int64_t now_ms, struct err *err)
{
	const struct identity_members members = {
	    .user = object->members[MEMBER_USER],
	    .device = object->members[MEMBER_DEVICE],
	    .uuid = object->members[MEMBER_UUID],
	    .insert_id = object->members[MEMBER_INSERT_ID],
	};
	struct strbuf delivery_id;
	enum render_status status;
	struct job job;

	strbuf_init(&delivery_id, STRBUF_NO_LIMIT);
	identity_delivery_id(&members, &delivery_id);
	job = make_job(subject, object, now_ms, &delivery_id);
	status = ctl_preview_job(&subject->preview,
	    &(struct render_job){.job = &job, .id = "0-0", .attempt = 1}, err);
	strbuf_finish(&delivery_id);
	return status;
}
