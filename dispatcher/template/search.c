#include "dispatcher/template/search.h"

#include "dispatcher/template/text.h"

bool search_raise(struct render *render, const struct expr *call,
    const struct regex *regex, enum regex_status status)
{
	char why[REGEX_WHY_MAX];

	if (status == REGEX_BAD) {
		regex_explain(regex, why);
		return raise_error(
		    render, call, "has no regular expression: %s", why);
	}
	return status != REGEX_LIMIT ||
	    raise_error(
		render, call, "takes longer to match than a render may take");
}

static bool prepare(struct render *render, const struct expr *call,
    struct slice pattern, struct search *search)
{
	enum regex_status status = regex_prepare(
	    render->arena, pattern, search->flags, &search->regex);

	return search_raise(render, call, &search->regex, status);
}

bool search_as_pattern(
    struct render *render, const struct expr *call, struct search *search)
{
	search->flags |= REGEX_PATTERN;
	return prepare(render, call, search->regex.text, search);
}

bool search_begin(struct render *render, const struct expr *call,
    struct value left, size_t flags_at, struct search *search)
{
	struct slice pattern;
	struct slice letters;

	*search = (struct search){.from = 0};
	if (!render_text(render, call, left, &search->text) ||
	    !render_text_argument(render, call, 0, &pattern)) {
		return false;
	}
	if (call->list.count > flags_at) {
		if (!render_text_argument(render, call, flags_at, &letters)) {
			return false;
		}
		search->flags |= regex_parse_flags(letters);
	}
	search->flags |= text_is_valid(search->text) ? 0U : REGEX_INVALID_TEXT;
	return prepare(render, call, pattern, search);
}

/* As in Java, the match after an empty one begins a character later. */
bool search_next(struct render *render, const struct expr *call,
    struct search *search, bool *found)
{
	enum regex_status status;
	size_t len = 1;

	*found = false;
	if (!render_step(render, 1)) {
		return false;
	}
	status = regex_find(
	    &search->regex, search->text, search->from, false, search->spans);
	if (!render_step(render, search->regex.work) ||
	    !search_raise(render, call, &search->regex, status)) {
		return false;
	}
	if (status != REGEX_FOUND) {
		return true;
	}
	*found = true;
	search->from = search->spans[0].end;
	if (search->spans[0].start == search->spans[0].end) {
		if (search->from < search->text.len) {
			(void)text_decode(search->text, search->from, &len);
		}
		search->from += len;
	}
	return true;
}

struct slice search_part(struct slice text, struct regex_span span)
{
	if (span.start > span.end) {
		return slice_make("", 0);
	}
	return slice_make(text.data + span.start, span.end - span.start);
}
