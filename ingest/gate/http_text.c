#include "ingest/gate/http_text.h"

#include <stdint.h>
#include <string.h>

bool http_is_token_char(unsigned char c)
{
	static const uint64_t sets[4] = {
	    UINT64_C(0x03ff6cfa00000000), UINT64_C(0x57ffffffc7fffffe)};

	return (sets[c / 64] >> (c % 64) & 1) != 0;
}

bool http_is_token(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!http_is_token_char((unsigned char)text.data[i])) {
			return false;
		}
	}
	return text.len > 0;
}

bool http_is_field_value(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

bool http_is_target(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~') {
			return false;
		}
	}
	return text.len > 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct slice http_trim(struct slice text)
{
	while (text.len > 0 && is_blank(text.data[0])) {
		text.data++;
		text.len--;
	}
	while (text.len > 0 && is_blank(text.data[text.len - 1])) {
		text.len--;
	}
	return text;
}

bool http_cut(
    struct slice text, char at, struct slice *before, struct slice *rest)
{
	const char *found =
	    text.len > 0 ? memchr(text.data, at, text.len) : NULL;
	size_t len;

	if (found == NULL) {
		return false;
	}
	len = (size_t)(found - text.data);
	*before = slice_make(text.data, len);
	*rest = slice_make(found + 1, text.len - len - 1);
	return true;
}
