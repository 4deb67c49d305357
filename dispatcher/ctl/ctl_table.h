#ifndef DISPATCHER_CTL_CTL_TABLE_H
#define DISPATCHER_CTL_CTL_TABLE_H

/*
 * Aligned columns for a person:
 *
 *	struct ctl_table table;
 *
 *	ctl_table_init(&table);
 *	ctl_table_add(&table, "destination");	(a cell)
 *	ctl_table_add_number(&table, 12);	(a cell, aligned to the right)
 *	ctl_table_end_row(&table);
 *	ctl_table_print(&table);
 *	ctl_table_finish(&table);
 *
 * The first row is the heads; a head is aligned as the cell below it. What
 * others made goes in by ctl_table_add_shown.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"

struct ctl_cell {
	char *text;
	bool is_right;
};

struct ctl_table {
	struct ctl_cell *cells;
	size_t cell_count;
	size_t columns; /* of the first row; 0 until it ended */
};

void ctl_table_init(struct ctl_table *table);
void ctl_table_finish(struct ctl_table *table);

/* Copies. */
void ctl_table_add(struct ctl_table *table, const char *text);
void ctl_table_add_number(struct ctl_table *table, int64_t number);

/* As ctl_text.h has them. */
void ctl_table_add_shown(
    struct ctl_table *table, struct slice text, size_t max_characters);
void ctl_table_add_time(struct ctl_table *table, int64_t at_ms);
void ctl_table_add_span(struct ctl_table *table, int64_t span_ms);

/* All rows have as many cells as the first. */
void ctl_table_end_row(struct ctl_table *table);

/* To standard output. */
void ctl_table_print(const struct ctl_table *table);

#endif
