/*
 * FreeMarker compares texts with Java's collator for the locale, not by their
 * characters: control, zero-width and combining characters make a difference.
 * Nearly all texts have none of them; those are compared as they are.
 */
#include "dispatcher/template/text.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/unorm2.h>
#include <unicode/ustring.h>

static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte >= 0x7F || (byte < 0x20 && (byte < 9 || byte > 13))) {
			return false;
		}
	}
	return true;
}

/* Java's rules ignore control and format characters altogether. */
static bool is_ignored(UChar32 c)
{
	return c <= 0x08 || (c >= 0x0E && c <= 0x1F) ||
	    (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
	    (c >= 0x202A && c <= 0x202E) || (c >= 0x206A && c <= 0x206F) ||
	    c == 0xFEFF;
}

/* The text decomposed, without what is ignored. NULL when out of memory;
 * caller frees. */
static UChar *collation_form(struct slice text, int32_t *len)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	size_t room = text.len * 4 + 4;
	UChar *units = malloc((text.len + 1) * sizeof(*units));
	UChar *form = malloc(room * sizeof(*form));
	int32_t unit_count = 0;
	int32_t kept = 0;

	if (units == NULL || form == NULL || room > INT32_MAX) {
		goto fail;
	}
	(void)u_strFromUTF8WithSub(units, (int32_t)text.len, &unit_count,
	    text.data, (int32_t)text.len, 0xFFFD, NULL, &status);
	for (int32_t i = 0; i < unit_count; i++) {
		if (!is_ignored(units[i])) {
			units[kept++] = units[i];
		}
	}
	*len = unorm2_normalize(nfd, units, kept, form, (int32_t)room, &status);
	if (U_FAILURE(status)) {
		goto fail;
	}
	free(units);
	return form;
fail:
	free(units);
	free(form);
	return NULL;
}

bool text_equal(struct slice a, struct slice b)
{
	int32_t a_len = 0;
	int32_t b_len = 0;
	UChar *a_form;
	UChar *b_form;
	bool result;

	if (slice_equal(a, b)) {
		return true;
	}
	if (is_plain(a) && is_plain(b)) {
		return false;
	}
	a_form = collation_form(a, &a_len);
	b_form = collation_form(b, &b_len);
	result = a_form != NULL && b_form != NULL && a_len == b_len &&
	    memcmp(a_form, b_form, (size_t)a_len * sizeof(*a_form)) == 0;
	free(a_form);
	free(b_form);
	return result;
}
