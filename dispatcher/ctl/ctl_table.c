#include "dispatcher/ctl/ctl_table.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "common/base/strbuf.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	GAP = 2,
	CELLS_AT_ONCE = 64,
};

void ctl_table_init(struct ctl_table *table)
{
	*table = (struct ctl_table){.cells = NULL};
}

void ctl_table_finish(struct ctl_table *table)
{
	for (size_t i = 0; i < table->cell_count; i++) {
		free(table->cells[i].text);
	}
	free(table->cells);
	ctl_table_init(table);
}

/* Takes the text. */
static void add(struct ctl_table *table, char *text, bool is_right)
{
	if (table->cell_count % CELLS_AT_ONCE == 0) {
		table->cells = xrealloc(table->cells,
		    (table->cell_count + CELLS_AT_ONCE) *
			sizeof(*table->cells));
	}
	table->cells[table->cell_count++] = (struct ctl_cell){text, is_right};
}

void ctl_table_add(struct ctl_table *table, const char *text)
{
	add(table, xstrdup(text), false);
}

void ctl_table_add_number(struct ctl_table *table, int64_t number)
{
	add(table, xasprintf("%" PRId64, number), true);
}

static void add_buffer(
    struct ctl_table *table, struct strbuf *text, bool is_right)
{
	add(table, strbuf_take(text), is_right);
	strbuf_finish(text);
}

void ctl_table_add_shown(
    struct ctl_table *table, struct slice text, size_t max_characters)
{
	struct strbuf shown;

	strbuf_init(&shown, STRBUF_NO_LIMIT);
	ctl_append_shown_cut(&shown, text, max_characters);
	add_buffer(table, &shown, false);
}

void ctl_table_add_time(struct ctl_table *table, int64_t at_ms)
{
	struct strbuf shown;

	strbuf_init(&shown, STRBUF_NO_LIMIT);
	ctl_append_time(&shown, at_ms);
	add_buffer(table, &shown, false);
}

void ctl_table_add_span(struct ctl_table *table, int64_t span_ms)
{
	struct strbuf shown;

	strbuf_init(&shown, STRBUF_NO_LIMIT);
	ctl_append_span(&shown, span_ms);
	add_buffer(table, &shown, true);
}

void ctl_table_end_row(struct ctl_table *table)
{
	if (table->columns == 0) {
		table->columns = table->cell_count;
	}
	assert(table->cell_count % table->columns == 0);
}

static size_t column_width(const struct ctl_table *table, size_t column)
{
	size_t width = 0;

	for (size_t i = column; i < table->cell_count; i += table->columns) {
		size_t cell = ctl_width(slice_of(table->cells[i].text));

		width = cell > width ? cell : width;
	}
	return width;
}

/* A head stands as the column below it. */
static bool is_right(const struct ctl_table *table, size_t place)
{
	size_t below = place + table->columns;

	if (place < table->columns && below < table->cell_count) {
		return table->cells[below].is_right;
	}
	return table->cells[place].is_right;
}

static void append_cell(struct strbuf *out, const struct ctl_table *table,
    size_t place, size_t width)
{
	const char *text = table->cells[place].text;
	int blanks = (int)(width - ctl_width(slice_of(text)));
	bool is_last = place % table->columns == table->columns - 1;

	if (is_right(table, place)) {
		strbuf_appendf(out, "%*s%s", blanks, "", text);
	} else {
		strbuf_appendf(out, "%s%*s", text, is_last ? 0 : blanks, "");
	}
	if (is_last) {
		strbuf_append_char(out, '\n');
	} else {
		strbuf_appendf(out, "%*s", GAP, "");
	}
}

void ctl_table_print(const struct ctl_table *table)
{
	size_t *widths = xcalloc(table->columns + 1, sizeof(*widths));
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	for (size_t i = 0; i < table->columns; i++) {
		widths[i] = column_width(table, i);
	}
	for (size_t i = 0; table->columns > 0 && i < table->cell_count; i++) {
		append_cell(&out, table, i, widths[i % table->columns]);
	}
	ctl_print(&out);
	strbuf_finish(&out);
	free(widths);
}
