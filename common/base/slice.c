#include "common/base/slice.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static char lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

struct slice slice_trim(struct slice a)
{
	while (a.len > 0 && is_blank(a.data[0])) {
		a.data++;
		a.len--;
	}
	while (a.len > 0 && is_blank(a.data[a.len - 1])) {
		a.len--;
	}
	return a;
}

bool slice_equal_ignoring_case(struct slice a, struct slice b)
{
	if (a.len != b.len) {
		return false;
	}
	for (size_t i = 0; i < a.len; i++) {
		if (lower(a.data[i]) != lower(b.data[i])) {
			return false;
		}
	}
	return true;
}

bool slice_to_int64(struct slice a, int64_t *value)
{
	bool is_negative = a.len > 0 && a.data[0] == '-';
	int64_t result = 0;
	size_t i = is_negative ? 1 : 0;

	if (i == a.len) {
		return false;
	}
	for (; i < a.len; i++) {
		int digit = a.data[i] - '0';

		if (digit < 0 || digit > 9 ||
		    __builtin_mul_overflow(result, 10, &result) ||
		    __builtin_sub_overflow(result, digit, &result)) {
			return false;
		}
	}
	/* Summed up below zero, where one number more fits. */
	if (!is_negative && result == INT64_MIN) {
		return false;
	}
	*value = is_negative ? result : -result;
	return true;
}
