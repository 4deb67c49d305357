#include "tests/support/stand_in/content.h"

#include <string.h>

#include "common/base/strbuf.h"

/* Puts the number that ends at `end` between double quotes. */
static void quote_number(struct strbuf *text, size_t end)
{
	const char *data = text->data;
	size_t begin = end;
	struct strbuf out;

	while (begin > 0 && data[begin - 1] != '\0' &&
	    strchr("0123456789+-.eE", data[begin - 1]) != NULL) {
		begin--;
	}
	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_append(&out, data, begin);
	strbuf_append_char(&out, '"');
	strbuf_append(&out, data + begin, end - begin);
	strbuf_append_char(&out, '"');
	strbuf_append(&out, data + end, text->len - end);
	strbuf_finish(text);
	*text = out;
}

json_t *content_parse(struct slice body, size_t flags, json_error_t *error)
{
	struct strbuf text;
	json_t *value;

	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append_slice(&text, body);
	for (;;) {
		value = json_loadb(strbuf_text(&text), text.len, flags, error);
		if (value != NULL ||
		    json_error_code(error) != json_error_numeric_overflow) {
			break;
		}
		quote_number(&text, (size_t)error->position);
	}
	strbuf_finish(&text);
	return value;
}
