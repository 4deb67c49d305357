#include "dispatcher/ctl/ctl_point.h"

#include <stdbool.h>

#include "dispatcher/ctl/ctl_text.h"

enum {
	BYTES_AROUND = 50,
};

static struct slice find_line(struct slice text, int line)
{
	const char *end;

	for (; line > 1 && text.len > 0; line--) {
		end = memchr(text.data, '\n', text.len);
		text = end != NULL
		    ? slice_from(text, (size_t)(end + 1 - text.data))
		    : slice_make(NULL, 0);
	}
	end = text.len > 0 ? memchr(text.data, '\n', text.len) : NULL;
	if (end != NULL) {
		text.len = (size_t)(end - text.data);
	}
	return text;
}

/* Not in the middle of a character. */
static size_t step_back(struct slice text, size_t at)
{
	while (at > 0 && at < text.len &&
	    ((unsigned char)text.data[at] & 0xc0) == 0x80) {
		at--;
	}
	return at;
}

void ctl_append_pointed(
    struct strbuf *out, struct slice text, int line, int column)
{
	struct slice whole = find_line(text, line);
	size_t at =
	    (size_t)column - 1 < whole.len ? (size_t)column - 1 : whole.len;
	size_t start =
	    step_back(whole, at > BYTES_AROUND ? at - BYTES_AROUND : 0);
	size_t end = step_back(whole,
	    whole.len - at > BYTES_AROUND ? at + BYTES_AROUND : whole.len);
	size_t shown = out->len + strlen("    ");

	strbuf_append_text(out, start > 0 ? " ..." : "    ");
	ctl_append_shown(out, slice_make(whole.data + start, at - start));
	shown = ctl_width(slice_from(strbuf_slice(out), shown));
	ctl_append_shown(out, slice_make(whole.data + at, end - at));
	strbuf_append_text(out, end < whole.len ? "...\n    " : "\n    ");
	for (size_t i = 0; i < shown; i++) {
		strbuf_append_char(out, ' ');
	}
	strbuf_append_text(out, "^\n");
}
