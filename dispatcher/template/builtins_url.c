/* ?url and ?url_path. */
#include "dispatcher/template/builtins.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/text.h"

enum {
	PERCENT_LENGTH = 3,
};

static bool is_safe(char c, bool keeps_slash)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (keeps_slash && c == '/') ||
	    (c != '\0' && strchr("_-.!~'()*", c) != NULL);
}

static bool is_utf8(struct slice charset)
{
	return slice_equal_ignoring_case(charset, SLICE_LITERAL("UTF-8")) ||
	    slice_equal_ignoring_case(charset, SLICE_LITERAL("UTF8"));
}

/* A run of what is not safe, in the charset. UTF-8 is what we have, but halves
 * of pairs are `?`. */
static bool to_bytes(struct render *render, const struct expr *call,
    struct slice run, struct slice charset, struct slice *bytes)
{
	enum text_status status;

	if (is_utf8(charset) && text_is_valid(run)) {
		*bytes = run;
		return true;
	}
	status = text_to_charset(render->arena, run, charset, bytes);
	if (status == TEXT_NO_MEMORY) {
		return raise_memory(render);
	}
	return status == TEXT_OK ||
	    raise_error(render, call, "is in a charset that nobody knows");
}

/* Every run is encoded by itself, as Java does: in UTF-16 each has a mark. */
static bool put_run(struct render *render, const struct expr *call,
    struct slice run, struct slice charset)
{
	static const char hex[] = "0123456789ABCDEF";
	struct slice bytes;

	if (!to_bytes(render, call, run, charset, &bytes)) {
		return false;
	}
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char byte = (unsigned char)bytes.data[i];
		char text[PERCENT_LENGTH] = {
		    '%', hex[byte >> 4], hex[byte & 15]};

		strbuf_append(render->out, text, sizeof(text));
	}
	return render_step(render, bytes.len / 16);
}

static bool put_text(struct render *render, const struct expr *call,
    struct slice text, struct slice charset, bool keeps_slash)
{
	size_t at = 0;

	while (at < text.len) {
		size_t start = at;

		while (at < text.len && is_safe(text.data[at], keeps_slash)) {
			at++;
		}
		strbuf_append(render->out, text.data + start, at - start);
		start = at;
		while (at < text.len && !is_safe(text.data[at], keeps_slash)) {
			at++;
		}
		if (at > start &&
		    !put_run(render, call,
			slice_make(text.data + start, at - start), charset)) {
			return false;
		}
		if (strbuf_failed(render->out)) {
			return raise_memory(render);
		}
	}
	return true;
}

/* In the charset of the argument, or of the setting. It is written behind what
 * is printed so far, and taken from there. */
static bool encode(struct render *render, const struct expr *call,
    struct value left, bool keeps_slash, struct value *result)
{
	struct slice charset = render->url_charset;
	size_t start = render->out->len;
	struct slice text;
	char *copy = NULL;
	size_t len;
	bool is_ok;

	if (call->builtin.has_arguments && call->list.count == 0) {
		return raise_error(render, call, "needs a charset in its ()");
	}
	if (!render_text(render, call, left, &text) ||
	    (call->list.count > 0 &&
		!render_text_argument(render, call, 0, &charset))) {
		return false;
	}
	is_ok = put_text(render, call, text, charset, keeps_slash);
	len = render->out->len - start;
	if (is_ok) {
		copy = arena_copy(render->arena,
		    slice_make(strbuf_text(render->out) + start, len));
		is_ok = copy != NULL || raise_memory(render);
	}
	strbuf_truncate(render->out, start);
	*result = value_string(slice_make(copy, len));
	return is_ok;
}

static bool apply_url(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return encode(render, call, left, false, result);
}

static bool apply_url_path(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return encode(render, call, left, true, result);
}

const struct builtin builtins_url[] = {
    {"url", apply_url, 0, 1, BUILTIN_PRINTS},
    {"url_path", apply_url_path, 0, 1, BUILTIN_PRINTS},
    {.name = NULL},
};
