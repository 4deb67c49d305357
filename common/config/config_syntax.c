#include "common/config/config_syntax.h"

enum {
	NAME_MAX_BYTES = 63,
	REPLICAS_MAX = 99,
};

static const char lower[] = "abcdefghijklmnopqrstuvwxyz";
static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char digits[] = "0123456789";

static bool is_in(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static bool is_alphanumeric(char c)
{
	return is_in(c, lower) || is_in(c, upper) || is_in(c, digits);
}

/* Nothing but letters, digits and the given signs. */
static bool is_made_of(struct slice text, const char *signs)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!is_alphanumeric(text.data[i]) &&
		    !is_in(text.data[i], signs)) {
			return false;
		}
	}
	return text.len > 0;
}

static bool is_printable_ascii(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.data[i] <= ' ' || text.data[i] > '~') {
			return false;
		}
	}
	return true;
}

bool config_syntax_is_name(struct slice text)
{
	if (text.len == 0 || text.len > NAME_MAX_BYTES ||
	    !is_in(text.data[0], lower)) {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		if (is_in(text.data[i], upper)) {
			return false;
		}
	}
	return is_made_of(text, "-");
}

bool config_syntax_is_prefix(struct slice text)
{
	return is_made_of(text, "._:-");
}

bool config_syntax_is_path(struct slice text)
{
	return text.len > 0 && text.data[0] == '/' &&
	    is_printable_ascii(text) &&
	    memchr(text.data, '?', text.len) == NULL &&
	    memchr(text.data, '#', text.len) == NULL;
}

bool config_syntax_is_header_name(struct slice text)
{
	return is_made_of(text, "!#$%&'*+-.^_`|~");
}

bool config_syntax_is_header_value(struct slice text)
{
	if (text.len > 0 &&
	    (is_in(text.data[0], " \t") ||
		is_in(text.data[text.len - 1], " \t"))) {
		return false;
	}
	for (size_t i = 0; i < text.len; i++) {
		unsigned char c = (unsigned char)text.data[i];

		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return false;
		}
	}
	return true;
}

bool config_syntax_is_framing_header(struct slice name)
{
	static const char *const names[] = {"content-length",
	    "transfer-encoding", "connection", "expect", "host", "te",
	    "trailer", "upgrade"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_equal_ignoring_case(name, slice_of(names[i]))) {
			return true;
		}
	}
	return false;
}

static bool contains_ignoring_case(struct slice text, struct slice part)
{
	for (size_t i = 0; i + part.len <= text.len; i++) {
		if (slice_equal_ignoring_case(
			slice_make(text.data + i, part.len), part)) {
			return true;
		}
	}
	return false;
}

bool config_syntax_is_secret_name(struct slice name)
{
	static const char *const parts[] = {
	    "auth", "cookie", "key", "token", "secret", "password"};

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		if (contains_ignoring_case(name, slice_of(parts[i]))) {
			return true;
		}
	}
	return false;
}

bool config_syntax_ack(struct slice text, struct config_ack *ack)
{
	static const char replicas[] = "replicas:";
	int64_t count = 0;

	*ack = (struct config_ack){.needs_fsync = slice_is(text, "fsync")};
	if (!slice_starts_with(text, replicas)) {
		return ack->needs_fsync || slice_is(text, "redis");
	}
	text = slice_from(text, sizeof(replicas) - 1);
	if (text.len == 0 || !is_in(text.data[0], digits) ||
	    !slice_to_int64(text, &count) || count < 1 ||
	    count > REPLICAS_MAX) {
		return false;
	}
	ack->replicas = (int)count;
	return true;
}
