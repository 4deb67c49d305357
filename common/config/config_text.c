#include "common/config/config_text.h"

#include <stdlib.h>

#include "common/config/config_file.h"

enum {
	SECRET_BYTES_MAX = 64 * 1024,
	NAME_BYTES_MAX = 4096, /* of a variable or a path */
};

struct unit {
	const char *name;
	int64_t factor;
};

/* Smallest first. */
static const struct unit duration_units[] = {
    {"ms", 1},
    {"s", 1000},
    {"m", INT64_C(60) * 1000},
    {"h", INT64_C(60) * 60 * 1000},
    {"d", INT64_C(24) * 60 * 60 * 1000},
};

static const struct unit size_units[] = {
    {"", 1},
    {"KiB", 1024},
    {"MiB", INT64_C(1024) * 1024},
    {"GiB", INT64_C(1024) * 1024 * 1024},
};

static bool parse_with_unit(
    struct slice text, const struct unit *units, size_t count, int64_t *value)
{
	struct slice digits = text;
	int64_t number;

	digits.len = 0;
	while (digits.len < text.len && text.data[digits.len] >= '0' &&
	    text.data[digits.len] <= '9') {
		digits.len++;
	}
	if (!slice_to_int64(digits, &number)) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (slice_is(slice_from(text, digits.len), units[i].name)) {
			return !__builtin_mul_overflow(
			    number, units[i].factor, value);
		}
	}
	return false;
}

bool config_text_duration(struct slice text, int64_t *ms)
{
	if (slice_is(text, "0")) {
		*ms = 0;
		return true;
	}
	return parse_with_unit(
	    text, duration_units, ARRAY_LEN(duration_units), ms);
}

bool config_text_size(struct slice text, int64_t *bytes)
{
	return parse_with_unit(text, size_units, ARRAY_LEN(size_units), bytes);
}

bool config_text_boolean(struct slice text, bool *value)
{
	static const char *const names[] = {
	    "false", "False", "FALSE", "true", "True", "TRUE", NULL};
	int place = config_text_choice(text, names);

	*value = place >= 3;
	return place >= 0;
}

int config_text_choice(struct slice text, const char *const *choices)
{
	for (int i = 0; choices[i] != NULL; i++) {
		if (slice_is(text, choices[i])) {
			return i;
		}
	}
	return -1;
}

static void append_with_unit(
    struct strbuf *out, int64_t value, const struct unit *units, size_t count)
{
	size_t i = count - 1;

	while (i > 0 && (value == 0 || value % units[i].factor != 0)) {
		i--;
	}
	strbuf_appendf(
	    out, "%lld%s", (long long)(value / units[i].factor), units[i].name);
}

void config_text_append_duration(struct strbuf *out, int64_t ms)
{
	append_with_unit(out, ms, duration_units, ARRAY_LEN(duration_units));
}

void config_text_append_size(struct strbuf *out, int64_t bytes)
{
	append_with_unit(out, bytes, size_units, ARRAY_LEN(size_units));
}

static bool is_variable_name(const char *name)
{
	if (*name >= '0' && *name <= '9') {
		return false;
	}
	return *name != '\0' &&
	    name[strspn(name,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_")] == '\0';
}

static bool expand_env(const char *name, struct strbuf *out, struct err *err)
{
	const char *value;

	if (!is_variable_name(name)) {
		err_set(err, "${env:...} needs the name of a variable");
		return false;
	}
	value = getenv(name);
	if (value == NULL) {
		err_set(err, "environment variable %s is not set", name);
		return false;
	}
	if (*value == '\0') {
		err_set(err, "environment variable %s is empty", name);
		return false;
	}
	if (!config_file_is_text(slice_of(value))) {
		err_set(err, "environment variable %s is not UTF-8 text", name);
		return false;
	}
	strbuf_append_text(out, value);
	return true;
}

static bool expand_file(const char *path, struct strbuf *out, struct err *err)
{
	struct strbuf value;
	bool ok;

	if (*path != '/') {
		err_set(err, "${file:...} needs a path that begins with /");
		return false;
	}
	strbuf_init(&value, SECRET_BYTES_MAX);
	ok = config_file_read(path, CONFIG_FILE_REGULAR, &value, err);
	if (ok && value.len > 0 && value.data[value.len - 1] == '\n') {
		strbuf_truncate(&value, value.len - 1);
		if (value.len > 0 && value.data[value.len - 1] == '\r') {
			strbuf_truncate(&value, value.len - 1);
		}
	}
	if (ok && value.len == 0) {
		err_set(err, "file %s is empty", path);
		ok = false;
	}
	strbuf_append_slice(out, strbuf_slice(&value));
	strbuf_finish(&value);
	return ok;
}

/* `text` begins with "${". Returns how much of it was one reference; 0 on an
 * error. */
static size_t expand_reference(
    struct slice text, struct strbuf *out, struct err *err)
{
	const char *end = memchr(text.data, '}', text.len);
	char name[NAME_BYTES_MAX];
	size_t start = strlen("${env:");
	bool is_env = slice_starts_with(text, "${env:");
	size_t len;

	if (!is_env && slice_starts_with(text, "${file:")) {
		start = strlen("${file:");
	} else if (!is_env) {
		err_set(err,
		    "unknown ${...}: there are ${env:NAME} and ${file:/path}; "
		    "write $${ for a plain ${");
		return 0;
	}
	if (end == NULL) {
		err_set(err, "a ${ without its }");
		return 0;
	}
	len = (size_t)(end - text.data) - start;
	if (len >= sizeof(name)) {
		err_set(err, "a ${...} is too long");
		return 0;
	}
	memcpy(name, text.data + start, len);
	name[len] = '\0';
	if (is_env ? !expand_env(name, out, err)
		   : !expand_file(name, out, err)) {
		return 0;
	}
	return start + len + 1;
}

bool config_text_expand(
    struct slice text, struct strbuf *out, bool *is_secret, struct err *err)
{
	size_t used = 0;

	while (used < text.len) {
		struct slice rest = slice_from(text, used);

		if (slice_starts_with(rest, "$${")) {
			strbuf_append_text(out, "${");
			used += strlen("$${");
		} else if (slice_starts_with(rest, "${")) {
			size_t len = expand_reference(rest, out, err);

			if (len == 0) {
				return false;
			}
			*is_secret = true;
			used += len;
		} else {
			strbuf_append_char(out, rest.data[0]);
			used++;
		}
	}
	if (strbuf_failed(out)) {
		err_set(err, "too large");
		return false;
	}
	return true;
}

/* How many bytes the character takes that begins here: `text` is UTF-8. */
static size_t char_bytes(struct slice text)
{
	unsigned char first = (unsigned char)text.data[0];
	size_t bytes = first < 0x80 ? 1
	    : first < 0xe0	    ? 2
	    : first < 0xf0	    ? 3
				    : 4;

	return bytes <= text.len ? bytes : text.len;
}

static unsigned long char_code(struct slice text, size_t bytes)
{
	unsigned long code = (unsigned char)text.data[0];

	if (bytes > 1) {
		code &= 0x7fUL >> bytes;
	}
	for (size_t i = 1; i < bytes; i++) {
		code = code << 6 | ((unsigned char)text.data[i] & 0x3fU);
	}
	return code;
}

/* Neither printable for YAML nor kept by it between quotes. */
static bool needs_escape(unsigned long code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 ||
	    code == 0x2029 || code == 0xfeff || code == 0xfffe ||
	    code == 0xffff;
}

static void append_quoted(
    struct strbuf *out, struct slice text, bool is_expanded)
{
	size_t used = 0;

	strbuf_append_char(out, '"');
	while (used < text.len) {
		struct slice rest = slice_from(text, used);
		size_t bytes = char_bytes(rest);
		unsigned long code = char_code(rest, bytes);

		if (is_expanded && slice_starts_with(rest, "${")) {
			strbuf_append_char(out, '$');
		}
		if (code == '"' || code == '\\') {
			strbuf_append_char(out, '\\');
		}
		if (needs_escape(code)) {
			strbuf_appendf(out, "\\u%04lx", code);
		} else {
			strbuf_append(out, rest.data, bytes);
		}
		used += bytes;
	}
	strbuf_append_char(out, '"');
}

void config_text_append_quoted(struct strbuf *out, struct slice text)
{
	append_quoted(out, text, true);
}

void config_text_append_key(struct strbuf *out, struct slice text)
{
	append_quoted(out, text, false);
}
