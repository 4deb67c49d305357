#include <stdio.h>

#include "common/base/strbuf.h"
#include "dispatcher/ctl/ctl_render.h"
#include "dispatcher/render.h"

enum {
	PLACE_TEXT = 32,
	EXPRESSION_SHOWN = 60,
	VALUE_SHOWN = 40,
	FROM_SHOWN = 400,
};

static void add_from(
    struct ctl_table *table, const struct template_print *print)
{
	struct strbuf from;

	strbuf_init(&from, STRBUF_NO_LIMIT);
	strbuf_append_slice(&from, print->origin);
	if (print->remarks.len > 0) {
		strbuf_appendf(&from, " (%.*s)", SLICE_ARGS(print->remarks));
	}
	ctl_table_add_shown(table, strbuf_slice(&from), FROM_SHOWN);
	strbuf_finish(&from);
}

static void on_print(void *arg, const struct template_print *print)
{
	struct ctl_explanation *explanation = arg;
	struct ctl_table *table = &explanation->table;
	char place[PLACE_TEXT];

	(void)snprintf(
	    place, sizeof(place), "%d:%d", print->line, print->column);
	ctl_table_add(table, place);
	ctl_table_add_shown(table, print->expression, EXPRESSION_SHOWN);
	ctl_table_add_shown(table,
	    print->text.len > 0 ? print->text : SLICE_LITERAL("\"\""),
	    VALUE_SHOWN);
	add_from(table, print);
	ctl_table_end_row(table);
}

static void begin_table(struct ctl_table *table)
{
	ctl_table_init(table);
	ctl_table_add(table, "place");
	ctl_table_add(table, "expression");
	ctl_table_add(table, "value");
	ctl_table_add(table, "from");
	ctl_table_end_row(table);
}

void ctl_explanation_init(
    struct ctl_explanation *explanation, struct render *render)
{
	begin_table(&explanation->table);
	render_observe(render, on_print, explanation);
}

void ctl_explanation_print(struct ctl_explanation *explanation)
{
	(void)fputc('\n', stdout);
	ctl_table_print(&explanation->table);
	ctl_table_finish(&explanation->table);
	begin_table(&explanation->table);
}

void ctl_explanation_finish(struct ctl_explanation *explanation)
{
	ctl_table_finish(&explanation->table);
}
