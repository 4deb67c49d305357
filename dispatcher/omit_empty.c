/*
 * One pass that reads at `at` and writes at `to`, which is never ahead. A
 * member is written as it is read, with the comma before it, and taken back
 * when it turns out to be empty; so is a whole array or object when it ends.
 */
#include "dispatcher/omit_empty.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

#include "common/base/slice.h"
#include "common/json/json_reader.h"

/* What follows a bracket until its pair, and the member or element it is. */
struct container {
	bool is_object;
	bool is_value; /* it is the member `value` */
	bool is_kept;  /* it is to stay, by its name */
	bool has_item;
	bool has_lost;	 /* items that it had */
	bool lost_value; /* one of them `value` */
	size_t start;	 /* where it was written, with its name and comma */
	size_t inside;	 /* behind its bracket */
};

struct pass {
	char *text;
	size_t len;
	size_t at;
	size_t to;
	char *const *keep;
	size_t keep_count;
	/* The first is around the whole text. */
	struct container containers[JSON_DEPTH_LIMIT + 1];
	int depth;
	bool was_dropped; /* the last item */
};

/* ---- tokens ---- */

static char next_char(const struct pass *pass)
{
	return (char)(pass->at < pass->len ? pass->text[pass->at] : '\0');
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static size_t space_len(const struct pass *pass)
{
	size_t end = pass->at;

	while (end < pass->len && is_space(pass->text[end])) {
		end++;
	}
	return end - pass->at;
}

static size_t string_len(const struct pass *pass)
{
	size_t end = pass->at + 1;

	while (end < pass->len && pass->text[end] != '"') {
		end += pass->text[end] == '\\' ? 2 : 1;
	}
	return end + 1 - pass->at;
}

static size_t scalar_len(const struct pass *pass)
{
	size_t end = pass->at;

	if (next_char(pass) == '"') {
		return string_len(pass);
	}
	while (end < pass->len && !is_space(pass->text[end]) &&
	    strchr(",]}", pass->text[end]) == NULL) {
		end++;
	}
	return end - pass->at;
}

static void copy(struct pass *pass, size_t count)
{
	if (pass->to != pass->at) {
		memmove(pass->text + pass->to, pass->text + pass->at, count);
	}
	pass->at += count;
	pass->to += count;
}

/* ---- what stays and what goes ---- */

static struct container *innermost(struct pass *pass)
{
	return &pass->containers[pass->depth];
}

static void keep_item(struct pass *pass)
{
	innermost(pass)->has_item = true;
	pass->was_dropped = false;
}

static void drop_item(struct pass *pass, size_t start, bool is_value)
{
	struct container *container = innermost(pass);

	pass->to = start;
	pass->was_dropped = true;
	container->has_lost = true;
	container->lost_value |= is_value;
}

static bool is_named(const struct pass *pass, struct slice name)
{
	for (size_t i = 0; i < pass->keep_count; i++) {
		if (slice_is(name, pass->keep[i])) {
			return true;
		}
	}
	return false;
}

/* The comma before an item, the space, and in an object the name. */
static void begin_item(struct pass *pass, struct container *item)
{
	const struct container *around = innermost(pass);
	struct slice name;
	size_t len;

	*item = (struct container){.start = pass->to};
	if (around->has_item) {
		pass->text[pass->to++] = ',';
	}
	copy(pass, space_len(pass));
	if (!around->is_object) {
		return;
	}
	len = string_len(pass);
	name = slice_make(pass->text + pass->at + 1, len - 2);
	item->is_value = slice_is(name, "value");
	item->is_kept = is_named(pass, name);
	copy(pass, len);
	copy(pass, space_len(pass));
	copy(pass, 1);
	copy(pass, space_len(pass));
}

static void put_scalar(struct pass *pass, const struct container *item)
{
	size_t len = scalar_len(pass);
	struct slice scalar = slice_make(pass->text + pass->at, len);
	bool is_empty = slice_is(scalar, "null") || slice_is(scalar, "\"\"");

	copy(pass, len);
	if (is_empty && innermost(pass)->is_object) {
		drop_item(pass, item->start, item->is_value);
	} else {
		keep_item(pass);
	}
}

static void open_container(struct pass *pass, struct container *item)
{
	item->is_object = next_char(pass) == '{';
	copy(pass, 1);
	item->inside = pass->to;
	assert(pass->depth < JSON_DEPTH_LIMIT);
	pass->containers[++pass->depth] = *item;
}

static void close_container(struct pass *pass)
{
	struct container ended = *innermost(pass);
	bool is_emptied = ended.has_lost && !ended.has_item;
	bool is_element;
	bool goes;

	if (is_emptied) {
		pass->to = ended.inside;
	}
	copy(pass, 1);
	pass->depth--;
	is_element = pass->depth > 0 && !innermost(pass)->is_object;
	goes = ended.is_object
	    ? is_element && ended.lost_value
	    : is_emptied && !is_element && !ended.is_kept && pass->depth > 0;
	if (goes) {
		drop_item(pass, ended.start, ended.is_value);
	} else {
		keep_item(pass);
	}
}

/* The character behind the space that comes next. */
static char char_behind_space(const struct pass *pass)
{
	size_t at = pass->at + space_len(pass);

	return (char)(at < pass->len ? pass->text[at] : '\0');
}

/* Behind an item: its comma, or the brackets that end here. Commas are written
 * when the next item begins. */
static void end_items(struct pass *pass)
{
	while (pass->depth > 0) {
		bool is_last = char_behind_space(pass) != ',';

		if (is_last || !pass->was_dropped) {
			copy(pass, space_len(pass));
		} else {
			pass->at += space_len(pass);
		}
		if (!is_last) {
			pass->at++;
			return;
		}
		close_container(pass);
	}
}

static void put_item(struct pass *pass)
{
	struct container item;

	begin_item(pass, &item);
	if (next_char(pass) == '{' || next_char(pass) == '[') {
		open_container(pass, &item);
		if (strchr("]}", char_behind_space(pass)) == NULL) {
			return;
		}
	} else {
		put_scalar(pass, &item);
	}
	end_items(pass);
}

void omit_empty(struct strbuf *json, char *const *keep, size_t keep_count)
{
	struct pass pass = {
	    .text = json->data,
	    .len = json->len,
	    .keep = keep,
	    .keep_count = keep_count,
	};

	do {
		put_item(&pass);
	} while (pass.depth > 0);
	copy(&pass, pass.len - pass.at);
	strbuf_truncate(json, pass.to);
}
