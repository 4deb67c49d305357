#include "tests/support/stand_in/text_rules.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/base/attr.h"

static uint32_t next_char(struct slice text, size_t *at)
{
	const unsigned char *bytes = (const unsigned char *)text.data + *at;
	size_t len = bytes[0] < 0x80 ? 1
	    : bytes[0] < 0xe0	     ? 2
	    : bytes[0] < 0xf0	     ? 3
				     : 4;
	uint32_t c = len == 1 ? bytes[0] : bytes[0] & (0xffU >> (len + 1));
	size_t i;

	for (i = 1; i < len; i++) {
		c = (c << 6) | (bytes[i] & 0x3fU);
	}
	*at += len;
	return c;
}

size_t text_units(struct slice text)
{
	size_t units = 0;
	size_t at = 0;

	while (at < text.len) {
		units += next_char(text, &at) > 0xffff ? 2 : 1;
	}
	return units;
}

static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
	    c == 0x1680 || (c >= 0x2000 && c <= 0x200b) || c == 0x2028 ||
	    c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 ||
	    c == 0xfeff;
}

bool text_is_blank(struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		if (!is_space(next_char(text, &at))) {
			return false;
		}
	}
	return true;
}

bool text_has_control(struct slice text)
{
	size_t at = 0;

	while (at < text.len) {
		uint32_t c = next_char(text, &at);

		if (c < 0x20 || (c >= 0x7f && c <= 0x9f)) {
			return true;
		}
	}
	return false;
}

static bool has_char(struct slice text, uint32_t wanted)
{
	size_t at = 0;

	while (at < text.len) {
		if (next_char(text, &at) == wanted) {
			return true;
		}
	}
	return false;
}

bool text_has_any(struct slice text, const char *set)
{
	struct slice wanted = slice_of(set);
	size_t at = 0;

	while (at < wanted.len) {
		if (has_char(text, next_char(wanted, &at))) {
			return true;
		}
	}
	return false;
}

static bool is_domain(struct slice text)
{
	if (text.len == 0 || memchr(text.data, '.', text.len) == NULL ||
	    text.data[0] == '.' || text.data[text.len - 1] == '.') {
		return false;
	}
	return memchr(text.data, '@', text.len) == NULL;
}

bool text_is_email(struct slice text)
{
	const char *at = memchr(text.data, '@', text.len);
	size_t local_len;

	if (at == NULL || text.len > 254 || text_has_control(text) ||
	    text_has_any(text, " ,;<>()\"\xc2\xa0")) {
		return false;
	}
	local_len = (size_t)(at - text.data);
	return local_len > 0 && local_len <= 64 && local_len + 1 < text.len &&
	    is_domain(slice_from(text, local_len + 1));
}

static size_t count_leading(struct slice text, int (*is)(int))
{
	size_t n = 0;

	while (n < text.len && is((unsigned char)text.data[n]) != 0) {
		n++;
	}
	return n;
}

bool text_is_phone(struct slice text)
{
	if (slice_starts_with(text, "+")) {
		text = slice_from(text, 1);
	}
	return text.len >= 7 && text.len <= 15 &&
	    count_leading(text, isdigit) == text.len;
}

/* Cuts the part before the next '-' off *text. */
static struct slice cut_subtag(struct slice *text)
{
	const char *dash = memchr(text->data, '-', text->len);
	size_t len = dash == NULL ? text->len : (size_t)(dash - text->data);
	struct slice part = slice_make(text->data, len);

	*text = slice_from(*text, dash == NULL ? len : len + 1);
	return part;
}

static bool is_all(struct slice text, size_t min, size_t max, int (*is)(int))
{
	return text.len >= min && text.len <= max &&
	    count_leading(text, is) == text.len;
}

bool text_is_language(struct slice text)
{
	struct slice part;

	if (text.len == 0 || text.data[text.len - 1] == '-') {
		return false;
	}
	part = cut_subtag(&text);
	if (!is_all(part, 2, 3, isalpha)) {
		return false;
	}
	if (text.len == 0) {
		return true;
	}
	part = cut_subtag(&text);
	if (is_all(part, 4, 4, isalpha)) {
		if (text.len == 0) {
			return true;
		}
		part = cut_subtag(&text);
	}
	return text.len == 0 &&
	    (is_all(part, 2, 2, isalpha) || is_all(part, 3, 3, isdigit));
}

bool text_is_time_zone(struct slice text)
{
	size_t i;

	if (text.len == 0 || text.len > 64 ||
	    isalpha((unsigned char)text.data[0]) == 0 ||
	    text.data[text.len - 1] == '/') {
		return false;
	}
	for (i = 0; i < text.len; i++) {
		char c = text.data[i];

		if (isalnum((unsigned char)c) == 0 &&
		    (c == '\0' || strchr("_+-/", c) == NULL)) {
			return false;
		}
	}
	return true;
}

static int two_digits(const char *text)
{
	return (text[0] - '0') * 10 + (text[1] - '0');
}

static int days_of(int year, int month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap ? 1 : 0);
}

/* Digits where the form has a 'd', the form's own character elsewhere. */
static bool has_form(struct slice text, const char *form)
{
	size_t i;

	for (i = 0; form[i] != '\0'; i++) {
		if (i >= text.len ||
		    (form[i] == 'd' ? isdigit((unsigned char)text.data[i]) == 0
				    : text.data[i] != form[i])) {
			return false;
		}
	}
	return true;
}

bool text_is_instant(struct slice text)
{
	const char *t = text.data;
	size_t digits;
	int year;
	int month;
	int day;

	if (!has_form(text, "dddd-dd-ddTdd:dd:dd.d")) {
		return false;
	}
	digits = count_leading(slice_from(text, 20), isdigit);
	if (digits > 9 || text.len != 20 + digits + 1 ||
	    text.data[text.len - 1] != 'Z') {
		return false;
	}
	year = two_digits(t) * 100 + two_digits(t + 2);
	month = two_digits(t + 5);
	day = two_digits(t + 8);
	return month >= 1 && month <= 12 && day >= 1 &&
	    day <= days_of(year, month) && two_digits(t + 11) < 24 &&
	    two_digits(t + 14) < 60 && two_digits(t + 17) < 60;
}
