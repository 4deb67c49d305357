/* What a reader sees of HTML or XML: for ?truncate_m, which counts that. */
#include "dispatcher/template/markup_visible.h"

#include <string.h>

#include "dispatcher/template/text.h"

enum {
	ELLIPSIS = 0x2026,
	CHARACTER_LIMIT = 0x110000,
};

/* Past what begins at `at`, up to `end` and past it; to the end of all when
 * that is not there. */
static size_t skip_past(struct slice markup, size_t at, const char *end)
{
	while (at < markup.len &&
	    !slice_starts_with(slice_from(markup, at), end)) {
		at++;
	}
	at += strlen(end);
	return at < markup.len ? at : markup.len;
}

/* Past the tag, comment or CDATA mark at `at`; *seen: the units of CDATA. */
static size_t skip_tag(struct slice markup, size_t at, size_t *seen)
{
	struct slice rest = slice_from(markup, at);
	size_t end;

	*seen = 0;
	if (slice_starts_with(rest, "<!--")) {
		return skip_past(markup, at + 4, "-->");
	}
	if (!slice_starts_with(rest, "<![CDATA[")) {
		return skip_past(markup, at + 1, ">");
	}
	at += sizeof("<![CDATA[") - 1;
	end = skip_past(markup, at, "]]>");
	rest = slice_make(markup.data + at, end - at);
	if (rest.len >= 3 && memcmp(rest.data + rest.len - 3, "]]>", 3) == 0) {
		rest.len -= 3;
	}
	*seen = text_units(rest);
	return end;
}

size_t markup_visible_units(struct slice markup)
{
	size_t count = 0;
	size_t at = 0;

	while (at < markup.len) {
		size_t len;
		size_t seen = 1;

		if (markup.data[at] == '<') {
			at = skip_tag(markup, at, &seen);
		} else if (markup.data[at] == '&') {
			at = skip_past(markup, at + 1, ";");
		} else {
			seen = text_decode(markup, at, &len) > 0xffff ? 2 : 1;
			at += len;
		}
		count += seen;
	}
	return count;
}

/* The character of &#46; or &#x2e;; 0 when it is none. */
static uint32_t reference_code(struct slice name)
{
	bool is_hex = name.len > 1 && (name.data[1] | 0x20) == 'x';
	uint32_t code = 0;

	for (size_t i = is_hex ? 2 : 1; i < name.len; i++) {
		char c = name.data[i];
		uint32_t digit;

		if (c >= '0' && c <= '9') {
			digit = (uint32_t)(c - '0');
		} else if (is_hex && (c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
			digit = (uint32_t)((c | 0x20) - 'a' + 10);
		} else {
			return 0;
		}
		code = code * (is_hex ? 16 : 10) + digit;
		if (code >= CHARACTER_LIMIT) {
			return 0;
		}
	}
	return code;
}

static bool is_dot(uint32_t character)
{
	return character == '.' || character == ELLIPSIS;
}

static bool is_dot_reference(struct slice name)
{
	if (name.len > 2 && name.data[0] == '#') {
		return is_dot(reference_code(name));
	}
	return slice_is(name, "hellip") || slice_is(name, "period");
}

bool markup_starts_with_dot(struct slice markup)
{
	size_t at = 0;

	while (at < markup.len) {
		size_t len;
		size_t seen;
		struct slice name;

		if (markup.data[at] == '&') {
			name = slice_from(markup, at + 1);
			for (len = 0; len < name.len && name.data[len] != ';';
			     len++) {
			}
			return is_dot_reference(slice_make(name.data, len));
		}
		if (markup.data[at] != '<') {
			return is_dot(text_decode(markup, at, &len));
		}
		if (slice_starts_with(slice_from(markup, at), "<![CDATA[")) {
			at += sizeof("<![CDATA[") - 1;
			return at < markup.len &&
			    is_dot(text_decode(markup, at, &len));
		}
		at = skip_tag(markup, at, &seen);
	}
	return false;
}
