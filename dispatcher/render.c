#include "dispatcher/render.h"

#include "common/base/mem.h"
#include "common/config/config.h"
#include "common/job/job.h"
#include "common/json/json_reader.h"
#include "dispatcher/limits.h"
#include "dispatcher/omit_empty.h"

#include <stdlib.h>
#include <string.h>

enum {
	VARIABLE_COUNT = 4,
	PARSED_MAX = 64 * 1024 * 1024, /* msgpack of a body */
};

struct render_destination {
	struct template *when; /* NULL: always */
	struct template *body;
};

struct render {
	const struct config *config;
	struct render_destination *destinations;
	struct template_scratch *scratch;
	struct strbuf vars;	/* msgpack, made once */
	struct strbuf identity; /* msgpack, made once */
	struct strbuf relay;	/* msgpack, of the present job */
	struct strbuf parsed;	/* msgpack, of the present body */
};

/* ---- msgpack of our own variables ---- */

static void append_be(struct strbuf *out, uint64_t value, size_t bytes)
{
	while (bytes-- > 0) {
		strbuf_append_char(out, (char)(value >> (8 * bytes)));
	}
}

static void pack_text(struct strbuf *out, struct slice text)
{
	append_be(out, 0xdb, 1);
	append_be(out, text.len, 4);
	strbuf_append_slice(out, text);
}

static void pack_text_member(
    struct strbuf *out, const char *name, struct slice value)
{
	pack_text(out, slice_of(name));
	pack_text(out, value);
}

static void pack_number_member(
    struct strbuf *out, const char *name, int64_t value)
{
	pack_text(out, slice_of(name));
	append_be(out, 0xd3, 1);
	append_be(out, (uint64_t)value, 8);
}

static void pack_relay(struct strbuf *out, const char *destination,
    const struct render_job *render_job)
{
	const struct job *job = render_job->job;

	strbuf_clear(out);
	append_be(out, 0x80 | 7, 1); /* a map of 7 */
	pack_text_member(out, "id", slice_of(render_job->id));
	pack_text_member(out, "destination", slice_of(destination));
	pack_text_member(out, "route", job->body.route);
	pack_number_member(out, "received_at", job->body.received_at_ms);
	pack_number_member(out, "accepted_at", job->accepted_at_ms);
	pack_number_member(out, "attempt", render_job->attempt);
	pack_text_member(out, "delivery_id", job->body.delivery_id);
}

/* ---- errors ---- */

/* Puts the place where the engine has it apart into the text: "name: what"
 * becomes "name:line:column: what". */
static void spell_place(const char *name, struct err *err)
{
	struct err plain;
	size_t name_len = strlen(name);
	const char *what;

	if (err == NULL || err->line == 0) {
		return;
	}
	plain = *err;
	what = plain.text;
	if (strncmp(what, name, name_len) == 0 &&
	    strncmp(what + name_len, ": ", 2) == 0) {
		what += name_len + 2;
	}
	err_set_at(err, plain.line, plain.column, "%s:%d:%d: %s", name,
	    plain.line, plain.column, what);
}

/* ---- compiling ---- */

static struct template *compile(const char *name, const char *source,
    bool is_expression, bool escapes_json, struct err *err)
{
	struct template_options options = {
	    .name = name, .escapes_json = escapes_json};
	struct template *template = is_expression
	    ? template_compile_expression(&options, slice_of(source), err)
	    : template_compile(&options, slice_of(source), err);

	if (template == NULL) {
		spell_place(name, err);
	}
	return template;
}

bool render_compiles(
    const char *name, const char *source, bool is_condition, struct err *err)
{
	struct template *template =
	    compile(name, source, is_condition, false, err);
	bool is_compiled = template != NULL;

	template_destroy(template);
	return is_compiled;
}

static bool compile_when(const struct config *config,
    const struct config_destination *destination, struct template **when,
    struct err *err)
{
	char *name;

	*when = NULL;
	if (destination->when[0] == '\0') {
		return true;
	}
	name = xasprintf("destinations.%s.when", destination->name);
	*when = compile(name, destination->when, true, false, err);
	free(name);
	if (*when == NULL) {
		err_prefix(err, "%s:%d", config->path, destination->when_line);
	}
	return *when != NULL;
}

static bool compile_body(const struct config *config,
    const struct config_destination *destination, struct template **body,
    struct err *err)
{
	*body =
	    compile(destination->template_path, destination->template_source,
		false, destination->escape == CONFIG_ESCAPE_JSON, err);
	if (*body == NULL) {
		err_prefix(err, "%s:%d: destinations.%s.template", config->path,
		    destination->line, destination->name);
	}
	return *body != NULL;
}

static bool compile_all(struct render *render, struct err *err)
{
	const struct config *config = render->config;

	for (size_t i = 0; i < config->destination_count; i++) {
		const struct config_destination *destination =
		    &config->destinations[i];
		struct render_destination *compiled = &render->destinations[i];

		if (!compile_when(config, destination, &compiled->when, err) ||
		    !compile_body(config, destination, &compiled->body, err)) {
			return false;
		}
	}
	return true;
}

static struct template_scratch *create_scratch(
    const struct config_template *limits)
{
	struct template_budget budget = {
	    .max_steps = (uint64_t)limits->max_steps,
	    .max_memory_bytes = (size_t)limits->max_memory_bytes,
	    .max_output_bytes = (size_t)limits->max_output_bytes,
	    .max_depth = (int)limits->max_depth,
	};

	return template_scratch_create(&budget);
}

struct render *render_create(const struct config *config, struct err *err)
{
	struct render *render = xcalloc(1, sizeof(*render));

	render->config = config;
	render->destinations =
	    xcalloc(config->destination_count, sizeof(*render->destinations));
	render->scratch = create_scratch(&config->template);
	strbuf_init(&render->vars, STRBUF_NO_LIMIT);
	strbuf_init(&render->identity, STRBUF_NO_LIMIT);
	strbuf_init(&render->relay, STRBUF_NO_LIMIT);
	strbuf_init(&render->parsed, PARSED_MAX);
	pack_text(&render->identity, slice_of(config->identity));
	if (!json_read(slice_of(config->vars_json), JSON_DEPTH_LIMIT,
		&render->vars, err)) {
		err_prefix(err, "%s: vars", config->path);
		render_destroy(render);
		return NULL;
	}
	if (!compile_all(render, err)) {
		render_destroy(render);
		return NULL;
	}
	return render;
}

void render_destroy(struct render *render)
{
	if (render == NULL) {
		return;
	}
	for (size_t i = 0; i < render->config->destination_count; i++) {
		template_destroy(render->destinations[i].when);
		template_destroy(render->destinations[i].body);
	}
	template_scratch_destroy(render->scratch);
	strbuf_finish(&render->vars);
	strbuf_finish(&render->identity);
	strbuf_finish(&render->relay);
	strbuf_finish(&render->parsed);
	free(render->destinations);
	free(render);
}

/* ---- rendering ---- */

void render_observe(
    struct render *render, template_observer *observer, void *arg)
{
	template_scratch_observe(render->scratch, observer, arg);
}

static bool check_json(struct render *render,
    const struct config_destination *destination, struct strbuf *body,
    struct err *err)
{
	struct err why;

	strbuf_clear(&render->parsed);
	if (json_read(
		strbuf_slice(body), JSON_DEPTH_LIMIT, &render->parsed, &why)) {
		return true;
	}
	err_set(err, "%s: the output is not JSON: line %d, column %d: %s",
	    destination->template_path, why.line, why.column, why.text);
	return false;
}

/* The body as it goes out, from what the template printed. */
static bool finish_body(struct render *render,
    const struct config_destination *destination, struct strbuf *body,
    struct err *err)
{
	if (!check_json(render, destination, body, err)) {
		return false;
	}
	if (destination->omit_empty) {
		omit_empty(body, destination->keep, destination->keep_count);
		if (!check_json(render, destination, body, err)) {
			return false;
		}
	}
	if (!limits_check(destination->endpoint, body->len,
		strbuf_slice(&render->parsed), err)) {
		err_prefix(err, "%s", destination->template_path);
		return false;
	}
	return true;
}

enum render_status render_body(struct render *render, int destination,
    const struct render_job *job, struct strbuf *body, struct err *err)
{
	const struct config_destination *config =
	    &render->config->destinations[destination];
	const struct render_destination *compiled =
	    &render->destinations[destination];
	struct template_variable variables[VARIABLE_COUNT];
	bool is_wanted = true;

	strbuf_clear(body);
	pack_relay(&render->relay, config->name, job);
	variables[0] =
	    (struct template_variable){"input", job->job->body.object};
	variables[1] =
	    (struct template_variable){"vars", strbuf_slice(&render->vars)};
	variables[2] = (struct template_variable){
	    "identity", strbuf_slice(&render->identity)};
	variables[3] =
	    (struct template_variable){"relay", strbuf_slice(&render->relay)};
	if (compiled->when != NULL &&
	    !template_test(compiled->when, variables, VARIABLE_COUNT,
		render->scratch, &is_wanted, err)) {
		spell_place(template_name(compiled->when), err);
		return RENDER_FAILED;
	}
	if (!is_wanted) {
		return RENDER_DECLINED;
	}
	if (!template_render(compiled->body, variables, VARIABLE_COUNT,
		render->scratch, body, err)) {
		spell_place(template_name(compiled->body), err);
		return RENDER_FAILED;
	}
	return finish_body(render, config, body, err) ? RENDER_DONE
						      : RENDER_FAILED;
}
