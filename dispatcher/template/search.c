#include "dispatcher/template/search.h"

#include "dispatcher/template/text.h"

bool search_raise(
    struct render *render, const struct expr *call, enum regex_status status)
{
	if (status == REGEX_BAD) {
		return raise_error(render, call, "is no regular expression");
	}
	return status != REGEX_LIMIT ||
	    raise_error(
		render, call, "takes longer to match than a render may take");
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
	return search_raise(render, call,
	    regex_prepare(
		render->arena, pattern, search->flags, &search->regex));
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
	    !search_raise(render, call, status)) {
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
