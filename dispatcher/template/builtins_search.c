/* ?replace, ?split, ?matches and ?groups. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/search.h"
#include "dispatcher/template/text.h"

/* --- ?replace */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* $1 or ${name}, at `at`; *len: its bytes. False when there is no such group.
 */
static bool find_group(struct render *render, const struct search *search,
    struct slice replacement, size_t at, int *group, size_t *len)
{
	struct slice rest = slice_from(replacement, at + 1);
	unsigned number = 0;

	*len = 1;
	if (rest.len > 0 && rest.data[0] == '{') {
		const char *close = memchr(rest.data, '}', rest.len);

		if (close == NULL) {
			return false;
		}
		*len = (size_t)(close - rest.data) + 2;
		*group = regex_group_number(&search->regex, render->arena,
		    slice_make(rest.data + 1, (size_t)(close - rest.data) - 1));
		return *group >= 0;
	}
	for (size_t i = 0; i < rest.len && is_digit(rest.data[i]); i++) {
		unsigned longer = number * 10 + (unsigned)(rest.data[i] - '0');

		if (i > 0 && longer > search->regex.groups) {
			break;
		}
		number = longer;
		(*len)++;
	}
	*group = (int)number;
	return *len > 1 && number <= search->regex.groups;
}

/* Java's rules: \ takes the next character as it is, $ is a group. */
static bool put_replacement(struct render *render, const struct expr *call,
    const struct search *search, struct slice replacement)
{
	for (size_t i = 0; i < replacement.len; i++) {
		char c = replacement.data[i];
		size_t len = 0;
		int group;

		if (c == '\\' && i + 1 < replacement.len) {
			strbuf_append_char(render->out, replacement.data[++i]);
		} else if (c == '$' &&
		    find_group(render, search, replacement, i, &group, &len)) {
			strbuf_append_slice(render->out,
			    search_part(search->text, search->spans[group]));
			i += len - 1;
		} else if (c == '$' || c == '\\') {
			return raise_error(render, call,
			    "replaces by a group that does not exist");
		} else {
			strbuf_append_char(render->out, c);
		}
	}
	return true;
}

/* Replaces into what is printed so far, behind it; the caller takes it from
 * there. */
static bool replace_all(struct render *render, const struct expr *call,
    struct search *search, struct slice replacement)
{
	size_t copied = 0;
	bool found = true;

	while (found) {
		if (!search_next(render, call, search, &found)) {
			return false;
		}
		if (!found) {
			break;
		}
		strbuf_append(render->out, search->text.data + copied,
		    search->spans[0].start - copied);
		copied = search->spans[0].end;
		if ((search->flags & REGEX_PATTERN) == 0) {
			strbuf_append_slice(render->out, replacement);
		} else if (!put_replacement(
			       render, call, search, replacement)) {
			return false;
		}
		if (strbuf_failed(render->out) ||
		    render->out->len > render->max_output_bytes) {
			return raise_budget(render,
			    "the template prints more than a render may "
			    "print");
		}
		if ((search->flags & REGEX_FIRST_ONLY) != 0) {
			break;
		}
	}
	strbuf_append_slice(render->out, slice_from(search->text, copied));
	return true;
}

static bool apply_replace(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	size_t start = render->out->len;
	struct slice replacement;
	struct search search;
	char *copy;
	size_t len;
	bool is_ok;

	if (!search_begin(render, call, left, 2, &search) ||
	    !render_text_argument(render, call, 1, &replacement)) {
		return false;
	}
	is_ok = replace_all(render, call, &search, replacement);
	len = render->out->len - start;
	copy = arena_copy(
	    render->arena, slice_make(strbuf_text(render->out) + start, len));
	strbuf_truncate(render->out, start);
	if (!is_ok) {
		return false;
	}
	if (copy == NULL) {
		return raise_memory(render);
	}
	*result = value_string(slice_make(copy, text_join_halves(copy, len)));
	return true;
}

/* --- ?split */

static bool add_item(struct render *render, struct sequence *sequence,
    size_t *capacity, struct value item)
{
	if (sequence->count == *capacity) {
		size_t wanted = *capacity * 2 + 8;
		struct value *items =
		    render_alloc(render, wanted * sizeof(*items));

		if (items == NULL) {
			return false;
		}
		if (sequence->count > 0) {
			memcpy(items, sequence->items,
			    sequence->count * sizeof(*items));
		}
		sequence->items = items;
		*capacity = wanted;
	}
	sequence->items[sequence->count++] = item;
	return true;
}

/* By nothing: the characters. */
static bool split_characters(
    struct render *render, struct slice text, struct sequence *parts)
{
	size_t capacity = 0;
	size_t len;

	for (size_t at = 0; at < text.len; at += len) {
		(void)text_decode(text, at, &len);
		if (!add_item(render, parts, &capacity,
			value_string(slice_make(text.data + at, len)))) {
			return false;
		}
	}
	return true;
}

static bool split_parts(struct render *render, const struct expr *call,
    struct search *search, struct sequence *parts)
{
	bool is_pattern = (search->flags & REGEX_PATTERN) != 0;
	size_t capacity = 0;
	size_t copied = 0;
	bool found = true;

	while (found) {
		struct regex_span span = {copied, search->text.len};

		if (!search_next(render, call, search, &found)) {
			return false;
		}
		if (found) {
			bool is_empty =
			    search->spans[0].start == search->spans[0].end;

			/* Java: nothing before an empty match at the start,
			 * none at the end. */
			if (is_pattern && is_empty &&
			    (search->spans[0].end == 0 ||
				search->spans[0].end == search->text.len)) {
				continue;
			}
			span.end = search->spans[0].start;
			copied = search->spans[0].end;
		}
		if (!add_item(render, parts, &capacity,
			value_string(search_part(search->text, span)))) {
			return false;
		}
	}
	while (is_pattern && parts->count > 1 &&
	    parts->items[parts->count - 1].len == 0) {
		parts->count--;
	}
	return true;
}

static bool apply_split(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *parts = sequence_create(render->arena, 0);
	struct search search;

	if (parts == NULL) {
		return raise_memory(render);
	}
	*result = value_sequence(parts);
	if (!search_begin(render, call, left, 1, &search)) {
		return false;
	}
	if ((search.flags & REGEX_PATTERN) == 0 && search.regex.text.len == 0) {
		return split_characters(render, search.text, parts);
	}
	return split_parts(render, call, &search, parts);
}

/* --- ?matches */

/* `spans` NULL: none. An unset group of the whole text's match is empty, of one
 * of its matches missing. */
static struct match_value *new_match(struct render *render,
    const struct search *search, const struct regex_span *spans, bool is_item)
{
	struct match_value *match = render_alloc(render, sizeof(*match));
	size_t count = search->regex.groups + 1;

	if (match == NULL) {
		return NULL;
	}
	*match = (struct match_value){.is_item = is_item};
	match->text = slice_make("", 0);
	match->groups = sequence_create(render->arena, count);
	if (match->groups == NULL) {
		(void)raise_memory(render);
		return NULL;
	}
	for (size_t i = 0; spans != NULL && i < count; i++) {
		if (!is_item || spans[i].start <= spans[i].end) {
			match->groups->items[i] =
			    value_string(search_part(search->text, spans[i]));
		}
	}
	if (spans != NULL) {
		match->text = value_text(match->groups->items[0]);
	}
	return match;
}

static bool add_matches(struct render *render, const struct expr *call,
    struct search *search, struct sequence *items)
{
	size_t capacity = 0;
	bool found = true;

	while (found) {
		struct value item = {.kind = VALUE_MATCH};

		if (!search_next(render, call, search, &found)) {
			return false;
		}
		if (found) {
			item.match =
			    new_match(render, search, search->spans, true);
			if (item.match == NULL ||
			    !add_item(render, items, &capacity, item)) {
				return false;
			}
		}
	}
	return true;
}

static bool apply_matches(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct sequence *items = sequence_create(render->arena, 0);
	struct match_value *match;
	struct search search;
	enum regex_status status;

	if (items == NULL) {
		return raise_memory(render);
	}
	if (!search_begin(render, call, left, 1, &search) ||
	    !search_as_pattern(render, call, &search)) {
		return false;
	}
	status = regex_find(&search.regex, search.text, 0, true, search.spans);
	if (!search_raise(render, call, &search.regex, status)) {
		return false;
	}
	match = new_match(render, &search,
	    status == REGEX_FOUND ? search.spans : NULL, false);
	if (match == NULL || !add_matches(render, call, &search, items)) {
		return false;
	}
	match->is_whole = status == REGEX_FOUND;
	match->groups->unmatched = match->is_whole ? NULL : call;
	match->items = items;
	*result = (struct value){.kind = VALUE_MATCH, .match = match};
	return true;
}

static bool apply_groups(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	if (left.kind != VALUE_MATCH) {
		return raise_type(
		    render, call->left, left, "what ?matches gave");
	}
	*result = value_sequence(left.match->groups);
	return true;
}

const struct builtin builtins_search[] = {
    {"groups", apply_groups, 0, 0, 0},
    {"matches", apply_matches, 1, 2, BUILTIN_PRINTS},
    {"replace", apply_replace, 2, 3, BUILTIN_PRINTS},
    {"split", apply_split, 1, 2, BUILTIN_PRINTS},
    {.name = NULL},
};
