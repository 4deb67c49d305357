/*
 * The shortest difference, by the table of longest common subsequences: what
 * rendered bodies have of lines makes a small table. Where it would be a large
 * one, all in between is shown as taken out and put in.
 */
#include "dispatcher/ctl/ctl_diff.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	CONTEXT = 3,
	TABLE_MAX = 4 * 1024 * 1024,
};

struct lines {
	struct slice *all;
	size_t count;
};

/* One line of the difference. */
struct edit {
	char kind; /* ' ', '-' or '+' */
	struct slice line;
};

struct diff {
	struct lines old;
	struct lines new;
	struct edit *edits;
	size_t count;
};

static void split(struct lines *lines, struct slice text)
{
	size_t capacity = 1;

	for (size_t i = 0; i < text.len; i++) {
		capacity += text.data[i] == '\n';
	}
	lines->all = xcalloc(capacity, sizeof(*lines->all));
	while (text.len > 0) {
		const char *end = memchr(text.data, '\n', text.len);
		size_t len = end != NULL ? (size_t)(end - text.data) : text.len;

		lines->all[lines->count++] = slice_make(text.data, len);
		text = slice_from(text, len + 1);
	}
}

static void add(struct diff *diff, char kind, struct slice line)
{
	diff->edits[diff->count++] = (struct edit){kind, line};
}

static void add_run(
    struct diff *diff, char kind, const struct slice *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		add(diff, kind, lines[i]);
	}
}

/* table[i * (m + 1) + k]: how many lines old[i..] and new[k..] have in common,
 * in order. */
static uint32_t *measure(
    const struct slice *old, size_t n, const struct slice *new, size_t m)
{
	uint32_t *table = xcalloc((n + 1) * (m + 1), sizeof(*table));

	for (size_t i = n; i-- > 0;) {
		uint32_t *row = table + i * (m + 1);
		const uint32_t *below = row + m + 1;

		for (size_t k = m; k-- > 0;) {
			if (slice_equal(old[i], new[k])) {
				row[k] = below[k + 1] + 1;
			} else {
				row[k] = below[k] > row[k + 1] ? below[k]
							       : row[k + 1];
			}
		}
	}
	return table;
}

/* Between what the two begin with and what they end with. */
static void add_middle(struct diff *diff, const struct slice *old, size_t n,
    const struct slice *new, size_t m)
{
	uint32_t *table;
	size_t i = 0;
	size_t k = 0;

	if (n > 0 && m > TABLE_MAX / n) {
		add_run(diff, '-', old, n);
		add_run(diff, '+', new, m);
		return;
	}
	table = measure(old, n, new, m);
	while (i < n && k < m) {
		const uint32_t *here = table + i * (m + 1) + k;

		if (slice_equal(old[i], new[k])) {
			add(diff, ' ', old[i++]);
			k++;
		} else if (here[m + 1] >= here[1]) {
			add(diff, '-', old[i++]);
		} else {
			add(diff, '+', new[k++]);
		}
	}
	add_run(diff, '-', old + i, n - i);
	add_run(diff, '+', new + k, m - k);
	free(table);
}

static void compare(struct diff *diff)
{
	struct slice *old = diff->old.all;
	struct slice *new = diff->new.all;
	size_t n = diff->old.count;
	size_t m = diff->new.count;
	size_t head = 0;
	size_t tail = 0;

	while (head < n && head < m && slice_equal(old[head], new[head])) {
		head++;
	}
	while (tail < n - head && tail < m - head &&
	    slice_equal(old[n - tail - 1], new[m - tail - 1])) {
		tail++;
	}
	add_run(diff, ' ', old, head);
	add_middle(
	    diff, old + head, n - head - tail, new + head, m - head - tail);
	add_run(diff, ' ', old + n - tail, tail);
}

static bool is_near_change(const struct diff *diff, size_t place)
{
	size_t first = place > CONTEXT ? place - CONTEXT : 0;

	for (size_t i = first; i < diff->count && i <= place + CONTEXT; i++) {
		if (diff->edits[i].kind != ' ') {
			return true;
		}
	}
	return false;
}

static void append_edit(struct strbuf *out, const struct edit *edit)
{
	strbuf_append_char(out, edit->kind);
	if (edit->line.len > 0) {
		strbuf_append_char(out, ' ');
		ctl_append_shown(out, edit->line);
	}
	strbuf_append_char(out, '\n');
}

void ctl_diff_append(struct strbuf *out, struct slice old, struct slice new)
{
	struct diff diff = {.count = 0};
	bool was_shown = true;

	if (slice_equal(old, new)) {
		return;
	}
	split(&diff.old, old);
	split(&diff.new, new);
	diff.edits =
	    xcalloc(diff.old.count + diff.new.count + 1, sizeof(*diff.edits));
	compare(&diff);
	for (size_t i = 0; i < diff.count; i++) {
		bool is_shown = is_near_change(&diff, i);

		if (is_shown) {
			append_edit(out, &diff.edits[i]);
		} else if (was_shown) {
			strbuf_append_text(out, "...\n");
		}
		was_shown = is_shown;
	}
	free(diff.old.all);
	free(diff.new.all);
	free(diff.edits);
}
