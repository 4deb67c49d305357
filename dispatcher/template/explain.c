/* Renders that are watched: telling of each ${}, and remembering assignments.
 * Where values come from is in explain_origin.c. */
#include "dispatcher/template/explain.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "dispatcher/template/render.h"

enum {
	ORIGIN_MAX = 1000,
	REMARKS_MAX = 1000,
	NOTES_MAX = 16 * 1024 * 1024,
	/* For evaluating again what decides an origin. */
	EXPLAIN_STEPS = 100000,
};

struct explain *explain_create(template_observer *observer, void *arg)
{
	struct explain *explain = xcalloc(1, sizeof(*explain));

	explain->observer = observer;
	explain->observer_arg = arg;
	arena_init(&explain->arena, NOTES_MAX);
	strbuf_init(&explain->origin, ORIGIN_MAX);
	strbuf_init(&explain->remarks, REMARKS_MAX);
	return explain;
}

void explain_destroy(struct explain *explain)
{
	if (explain != NULL) {
		arena_finish(&explain->arena);
		strbuf_finish(&explain->origin);
		strbuf_finish(&explain->remarks);
		free(explain);
	}
}

void explain_begin(struct explain *explain)
{
	arena_reset(&explain->arena);
	explain->notes = NULL;
	explain->returned = NULL;
}

/* "a; b; c" has "b". */
static bool has_remark(const char *remarks, struct slice remark)
{
	while (*remarks != '\0') {
		size_t len = strcspn(remarks, ";");

		if (slice_equal(slice_make(remarks, len), remark)) {
			return true;
		}
		remarks += len;
		remarks += strspn(remarks, "; ");
	}
	return false;
}

static void add_remark(struct explain *explain, struct slice remark)
{
	if (has_remark(strbuf_text(&explain->remarks), remark)) {
		return;
	}
	if (explain->remarks.len > 0) {
		strbuf_append_text(&explain->remarks, "; ");
	}
	strbuf_append_slice(&explain->remarks, remark);
}

void explain_remark(struct explain *explain, const char *format, ...)
{
	char text[REMARKS_MAX];
	const char *at = text;
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	while (*at != '\0') {
		size_t len = strcspn(at, ";");

		add_remark(explain, slice_make(at, len));
		at += len;
		at += strspn(at, "; ");
	}
}

/* Works the origin of an expression out, and leaves the render as it was. */
static bool find_origin(struct render *render, const struct expr *expr)
{
	struct explain *explain = render->explain;
	uint64_t steps = render->steps_left;
	bool is_simple;

	strbuf_clear(&explain->origin);
	strbuf_clear(&explain->remarks);
	explain->depth = 0;
	render->steps_left = EXPLAIN_STEPS;
	is_simple = explain_append_origin(render, expr);
	render->steps_left = steps;
	if (strbuf_failed(&explain->origin)) {
		explain->origin.failed = false;
		strbuf_truncate(&explain->origin,
		    explain->origin.len > ORIGIN_MAX - 3 ? ORIGIN_MAX - 3
							 : explain->origin.len);
		strbuf_append_text(&explain->origin, "...");
	}
	return is_simple;
}

void explain_print(
    struct render *render, const struct element *element, struct slice text)
{
	struct explain *explain = render->explain;
	const struct expr *written = element->kind == ELEMENT_INTERPOLATION
	    ? element->written
	    : element->expr;
	struct template_print print = {
	    .line = written->line,
	    .column = written->column,
	    .expression = written->source,
	    .text = text,
	};

	(void)find_origin(render, written);
	print.origin = strbuf_slice(&explain->origin);
	print.remarks = strbuf_slice(&explain->remarks);
	explain->observer(explain->observer_arg, &print);
}

static struct slice keep(struct explain *explain, const struct strbuf *text)
{
	return slice_of(arena_copy(&explain->arena, strbuf_slice(text)));
}

/* The present origin, and remarks. */
static void fill_note(
    struct explain *explain, struct explain_note *note, bool is_simple)
{
	note->is_simple = is_simple;
	note->origin = keep(explain, &explain->origin);
	note->remarks = keep(explain, &explain->remarks);
}

static struct explain_note *note_of(struct explain *explain,
    struct explain_note **notes, symbol name, enum assign_scope scope)
{
	struct explain_note *note = *notes;

	while (note != NULL &&
	    (note->call != NULL || note->name != name ||
		note->scope != scope)) {
		note = note->next;
	}
	if (note == NULL) {
		note = arena_calloc(&explain->arena, 1, sizeof(*note));
		if (note == NULL) {
			return NULL;
		}
		note->name = name;
		note->scope = scope;
		note->next = *notes;
		*notes = note;
	}
	return note;
}

/* Of a hash as written down, what its members are. */
static struct explain_member *members_of(
    struct render *render, const struct expr *expr)
{
	struct explain *explain = render->explain;
	struct explain_member *members = NULL;

	for (size_t i = 0; expr->kind == EXPR_HASH && i < expr->list.count;
	     i++) {
		const struct expr *key = expr->list.items[i];
		struct explain_member *member =
		    arena_calloc(&explain->arena, 1, sizeof(*member));

		if (member == NULL || key->kind != EXPR_LITERAL ||
		    key->literal.kind != VALUE_STRING) {
			continue;
		}
		member->key = value_text(key->literal);
		member->is_simple = find_origin(render, expr->values.items[i]);
		member->origin = keep(explain, &explain->origin);
		member->next = members;
		members = member;
	}
	return members;
}

void explain_assign(struct render *render, const struct element *element)
{
	struct explain *explain = render->explain;
	struct slice name =
	    template_symbol_text(render->template, element->assign.name);
	struct explain_note *note;

	note = note_of(explain,
	    element->assign.scope == ASSIGN_LOCAL ? &render->macro->notes
						  : &explain->notes,
	    element->assign.name, element->assign.scope);
	if (note == NULL) {
		return;
	}
	if (element->kind == ELEMENT_ASSIGN && element->expr != NULL &&
	    element->assign.operator== ASSIGN_SET) {
		struct explain_member *members =
		    members_of(render, explain_unwrapped(element->expr));
		bool is_simple = find_origin(render, element->expr);

		note->members = members;
		explain_remark(explain, "%.*s is assigned on line %d",
		    SLICE_ARGS(name), element->begin_line);
		fill_note(explain, note, is_simple);
		return;
	}
	note->members = NULL;
	strbuf_clear(&explain->origin);
	strbuf_clear(&explain->remarks);
	strbuf_append_slice(&explain->origin, name);
	explain_remark(explain, "%.*s is %s on line %d", SLICE_ARGS(name),
	    element->kind == ELEMENT_CAPTURE ? "captured" : "computed",
	    element->begin_line);
	fill_note(explain, note, true);
}

void explain_return(struct render *render, const struct element *element)
{
	struct explain *explain = render->explain;
	bool is_simple;

	explain->returned = NULL;
	if (element->expr == NULL || !render->macro->macro->is_function) {
		return;
	}
	explain->returned =
	    arena_calloc(&explain->arena, 1, sizeof(*explain->returned));
	if (explain->returned == NULL) {
		return;
	}
	is_simple = find_origin(render, element->expr);
	/* How a function works is another story. */
	strbuf_clear(&explain->remarks);
	explain_remark(explain, "%.*s returns on line %d",
	    SLICE_ARGS(render->macro->macro->text), element->begin_line);
	fill_note(explain, explain->returned, is_simple);
}

void explain_called(struct render *render, const struct expr *call)
{
	struct explain *explain = render->explain;
	struct explain_note **place = &explain->notes;
	struct explain_note *note = explain->returned;

	/* The one before is of no use any more. */
	while (*place != NULL && (*place)->call != call) {
		place = &(*place)->next;
	}
	if (*place != NULL) {
		*place = (*place)->next;
	}
	explain->returned = NULL;
	if (note != NULL) {
		note->call = call;
		note->next = explain->notes;
		explain->notes = note;
	}
}
