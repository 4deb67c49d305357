/*
 * With `escape: json` what an interpolation prints that begins inside of a JSON
 * string literal is escaped, unless it is JSON already. Whether it begins there
 * is read off the output itself, as it is written: `place` is what the bytes so
 * far have come to. So it is right whatever <#if>, <#list> and macros have made
 * of the template's own quotes. (Looking at the template instead would have to
 * guess which branches are taken.) For text of the template the way from each
 * place to the next is found when it is compiled.
 *
 * A text that a literal can hold as it is stays as it is: only one with a
 * quote, a backslash or a control character in it is escaped, then as
 * ?json_string does. What begins outside of literals is never escaped, also
 * where it has quotes of its own.
 *
 * A capture is printed later, perhaps inside of a literal, although its parts
 * were captured outside of any. So a capture keeps in `plain` which ranges of
 * the output have not been escaped, and its value remembers (string_join.h).
 * Text of the template counts as plain if it has no quote and no backslash,
 * because it means itself then.
 */
#include "dispatcher/template/print.h"

#include <string.h>

#include "dispatcher/template/render.h"
#include "dispatcher/template/string_join.h"
#include "dispatcher/template/text.h"

/* Looks at the budgets, and how much may be appended without another look. */
static bool append_carefully(struct render *render, struct slice text)
{
	struct strbuf *out = render->out;
	size_t end;

	if (out->len + text.len > render->max_output_bytes) {
		return raise_budget(render,
		    "the template prints more than a render may print "
		    "(max_output)");
	}
	if (!render_read(render, text.len)) {
		return false;
	}
	strbuf_append_slice(out, text);
	end = out->cap < render->max_output_bytes ? out->cap
						  : render->max_output_bytes;
	render->print.room =
	    end > out->len && end <= out->max && !strbuf_failed(out)
	    ? end - out->len
	    : 0;
	return true;
}

/* Most pieces are short. Who writes to the output otherwise cuts it back to
 * where it was, so `room` is never too large. The NUL behind the output is
 * print_end's. */
static bool append(struct render *render, struct slice text)
{
	struct strbuf *out = render->out;

	if (text.len >= render->print.room || text.len >= BYTES_A_STEP) {
		return append_carefully(render, text);
	}
	if (text.len > 0) {
		memcpy(out->data + out->len, text.data, text.len);
	}
	out->len += text.len;
	render->print.room -= text.len;
	return true;
}

void print_end(struct render *render)
{
	if (render->out->data != NULL) {
		render->out->data[render->out->len] = '\0';
	}
}

static bool grow_plain(struct render *render)
{
	struct print *print = &render->print;
	size_t capacity = print->plain_capacity * 2 + 16;
	struct plain_range *plain =
	    render_alloc(render, capacity * sizeof(*plain));

	if (plain == NULL) {
		return false;
	}
	if (print->plain_count > 0) {
		memcpy(
		    plain, print->plain, print->plain_count * sizeof(*plain));
	}
	print->plain = plain;
	print->plain_capacity = capacity;
	return true;
}

/* The next `len` bytes are plain. Only a capture wants to know. */
static bool note_plain(struct render *render, size_t len)
{
	struct print *print = &render->print;
	size_t start = render->out->len;

	if (print->captures == 0 || len == 0) {
		return true;
	}
	if (print->plain_count > 0 &&
	    print->plain[print->plain_count - 1].end == start) {
		print->plain[print->plain_count - 1].end += len;
		return true;
	}
	if (print->plain_count == print->plain_capacity &&
	    !grow_plain(render)) {
		return false;
	}
	print->plain[print->plain_count++] =
	    (struct plain_range){start, start + len};
	return true;
}

static void forget_plain(struct print *print, size_t len)
{
	while (print->plain_count > 0) {
		struct plain_range *last =
		    &print->plain[print->plain_count - 1];

		if (last->start < len) {
			last->end = last->end < len ? last->end : len;
			break;
		}
		print->plain_count--;
	}
}

bool print_text(struct render *render, const struct element *text)
{
	struct print *print = &render->print;

	if (print->escapes_json) {
		if (text->is_plain && !note_plain(render, text->text.len)) {
			return false;
		}
		print->place = (enum json_place)text->next_place[print->place];
	}
	return append(render, text->text);
}

static bool print_json(struct render *render, struct slice text)
{
	render->print.place = json_place_after(render->print.place, text);
	return append(render, text);
}

static bool print_escaped(struct render *render, struct slice text)
{
	char *out;

	if (!json_breaks_literal(text)) {
		return append(render, text);
	}
	out = render_alloc(render, text.len * JSON_ESCAPE_MAX);
	return out != NULL &&
	    append(render, slice_make(out, json_escape(text, out)));
}

static bool print_outside(struct render *render, struct slice text)
{
	return note_plain(render, text.len) && print_json(render, text);
}

static bool print_inside(struct render *render, struct slice text)
{
	if (render->print.place == JSON_BACKSLASH && text.len > 0) {
		/* The template's own backslash takes one. */
		if (!print_json(render, slice_make(text.data, 1))) {
			return false;
		}
		text = slice_from(text, 1);
	}
	return print_escaped(render, text);
}

bool print_plain(struct render *render, struct slice text)
{
	if (!render->print.escapes_json) {
		return append(render, text);
	}
	return render->print.place == JSON_OUTSIDE ? print_outside(render, text)
						   : print_inside(render, text);
}

bool print_string(struct render *render, struct value string)
{
	struct string_parts parts;
	struct slice part;
	bool is_inside;
	bool is_json;

	if (string.json == JSON_SHARE_NONE) {
		return print_plain(render, value_text(string));
	}
	is_inside = render->print.place != JSON_OUTSIDE;
	string_parts_begin(&parts, string);
	while (string_parts_next(&parts, &part, &is_json)) {
		bool is_ok = is_json ? print_json(render, part)
		    : is_inside	     ? print_inside(render, part)
				     : print_outside(render, part);

		if (!is_ok) {
			return false;
		}
	}
	return true;
}

struct print_mark print_mark(const struct render *render)
{
	return (struct print_mark){
	    .len = render->out->len,
	    .place = render->print.place,
	    .captures = render->print.captures,
	};
}

void print_back(struct render *render, const struct print_mark *mark)
{
	strbuf_truncate(render->out, mark->len);
	forget_plain(&render->print, mark->len);
	render->print.place = mark->place;
	render->print.captures = mark->captures;
}

struct print_mark capture_begin(struct render *render)
{
	struct print_mark begin = print_mark(render);

	render->print.place = JSON_OUTSIDE;
	render->print.captures++;
	return begin;
}

/* The first range that reaches past `start`. */
static size_t first_range(const struct print *print, size_t start)
{
	size_t i = print->plain_count;

	while (i > 0 && print->plain[i - 1].end > start) {
		i--;
	}
	return i;
}

static struct value piece(
    const struct render *render, size_t start, size_t end, bool is_plain)
{
	struct slice text = slice_make(render->out->data + start, end - start);

	return is_plain ? value_string(text) : json_value(render, text);
}

/* What was printed since `start`, cut where plain ranges begin and end. */
static bool cut_into_pieces(
    struct render *render, size_t start, struct value **pieces, size_t *count)
{
	const struct print *print = &render->print;
	size_t first = first_range(print, start);
	size_t at = start;

	*count = 0;
	*pieces = render_alloc(
	    render, ((print->plain_count - first) * 2 + 1) * sizeof(**pieces));
	if (*pieces == NULL) {
		return false;
	}
	for (size_t i = first; i < print->plain_count; i++) {
		const struct plain_range *range = &print->plain[i];

		if (range->start > at) {
			(*pieces)[(*count)++] =
			    piece(render, at, range->start, false);
			at = range->start;
		}
		(*pieces)[(*count)++] = piece(render, at, range->end, true);
		at = range->end;
	}
	if (render->out->len > at) {
		(*pieces)[(*count)++] =
		    piece(render, at, render->out->len, false);
	}
	return true;
}

/* A string of its own, not in the output any more. */
static bool copy_out(
    struct render *render, struct value string, struct value *copied)
{
	char *copy = arena_copy(render->arena, value_text(string));

	if (copy == NULL) {
		return raise_memory(render);
	}
	*copied =
	    value_string(slice_make(copy, text_join_halves(copy, string.len)));
	copied->json = string.json;
	return true;
}

bool capture_end(struct render *render, const struct print_mark *begin,
    struct value *captured)
{
	struct value whole =
	    value_string(slice_make(strbuf_text(render->out) + begin->len,
		render->out->len - begin->len));
	struct value *pieces = &whole;
	size_t count = 1;
	bool is_ok;

	if (render->print.escapes_json && whole.len > 0 &&
	    !cut_into_pieces(render, begin->len, &pieces, &count)) {
		return false;
	}
	is_ok = count == 1
	    ? copy_out(render, pieces[0], captured)
	    : strings_join(render->arena, pieces, count, captured) ||
		raise_memory(render);
	print_back(render, begin);
	return is_ok;
}

/* Of the run of white space at `at`, up to `end`. */
static size_t space_length(const char *at, const char *end)
{
	struct slice rest = {at, (size_t)(end - at)};
	size_t taken = 0;

	while (taken < rest.len) {
		size_t len;

		if ((unsigned char)at[taken] > ' ' &&
		    (unsigned char)at[taken] < 0x80) {
			break;
		}
		if (!text_is_space(text_decode(rest, taken, &len))) {
			break;
		}
		taken += len;
	}
	return taken;
}

/* What a run of white space becomes: its first line break, else a blank. */
static size_t put_space(const char *run, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		if (run[i] == '\r' && i + 1 < len && run[i + 1] == '\n') {
			out[0] = '\r';
			out[1] = '\n';
			return 2;
		}
		if (run[i] == '\r' || run[i] == '\n') {
			out[0] = run[i];
			return 1;
		}
	}
	out[0] = ' ';
	return 1;
}

/* The ends of plain ranges that lie before `at` are at `to` now. */
static void move_ranges(struct print *print, size_t *next, size_t at, size_t to)
{
	for (; *next < print->plain_count * 2; (*next)++) {
		struct plain_range *range = &print->plain[*next / 2];
		size_t *end = *next % 2 == 0 ? &range->start : &range->end;

		if (*end > at) {
			break;
		}
		*end = to;
	}
}

/* In place: what is written is never longer than what was read. */
void print_compress(struct render *render, size_t start)
{
	char *text = render->out->data;
	size_t next = first_range(&render->print, start) * 2;
	size_t to = start;
	size_t at = start;

	if (next < render->print.plain_count * 2 &&
	    render->print.plain[next / 2].start < start) {
		next++; /* it began before */
	}
	while (at < render->out->len) {
		size_t from = at;

		move_ranges(&render->print, &next, at, to);
		at += space_length(text + at, text + render->out->len);
		if (at > from && at < render->out->len && to > start) {
			to += put_space(text + from, at - from, text + to);
		}
		if (at < render->out->len) {
			text[to++] = text[at++];
		}
	}
	move_ranges(&render->print, &next, at, to);
	if (to < render->out->len) {
		strbuf_truncate(render->out, to);
	}
}

static void prepare_text(struct element *element)
{
	struct slice text = element->text;

	for (int place = 0; place < JSON_PLACES; place++) {
		element->next_place[place] = (unsigned char)json_place_after(
		    (enum json_place)place, text);
	}
	element->is_plain = text.len > 0 &&
	    memchr(text.data, '"', text.len) == NULL &&
	    memchr(text.data, '\\', text.len) == NULL;
}

void print_prepare(struct element *root)
{
	for (struct element *child = root->first_child; child != NULL;
	     child = child->next) {
		if (child->kind == ELEMENT_TEXT) {
			prepare_text(child);
		}
		print_prepare(child);
	}
}
