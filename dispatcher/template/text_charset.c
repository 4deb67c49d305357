/* Texts in other charsets than UTF-8: ICU's converters, as Java's getBytes. */
#include "dispatcher/template/text.h"

#include <string.h>

#include <unicode/ucnv.h>
#include <unicode/ustring.h>

enum {
	NAME_MAX_BYTES = 40,
};

static UConverter *open_converter(struct slice charset)
{
	char name[NAME_MAX_BYTES];
	UErrorCode status = U_ZERO_ERROR;
	UConverter *converter;

	if (charset.len == 0 || charset.len >= sizeof(name) ||
	    memchr(charset.data, '\0', charset.len) != NULL) {
		return NULL;
	}
	memcpy(name, charset.data, charset.len);
	name[charset.len] = '\0';
	/* Java's writes the most significant byte first. */
	if (slice_equal_ignoring_case(charset, SLICE_LITERAL("UTF-16"))) {
		(void)strcpy(name, "UTF-16BE");
	}
	converter = ucnv_open(name, &status);
	if (U_FAILURE(status)) {
		return NULL;
	}
	/* What has no place in the charset becomes `?`; where that does not
	 * fit, as in UTF-16, there is nothing without a place. */
	ucnv_setSubstChars(converter, "?", 1, &status);
	return converter;
}

/* The UTF-16 units of a text; halves of pairs become `?`. */
static UChar *units_of(struct arena *arena, struct slice text, int32_t *count)
{
	size_t room = text.len + 1;
	UChar *units = arena_alloc(arena, room * sizeof(UChar));
	UErrorCode status = U_ZERO_ERROR;

	if (units == NULL || text.len > INT32_MAX / 8) {
		return NULL;
	}
	(void)u_strFromUTF8WithSub(units, (int32_t)room, count, text.data,
	    (int32_t)text.len, '?', NULL, &status);
	return U_SUCCESS(status) ? units : NULL;
}

enum text_status text_to_charset(struct arena *arena, struct slice text,
    struct slice charset, struct slice *bytes)
{
	bool has_mark =
	    slice_equal_ignoring_case(charset, SLICE_LITERAL("UTF-16"));
	UConverter *converter = open_converter(charset);
	UErrorCode status = U_ZERO_ERROR;
	size_t room;
	UChar *units;
	char *out;
	int32_t count = 0;
	int32_t len;

	if (converter == NULL) {
		return TEXT_NO_CHARSET;
	}
	units = units_of(arena, text, &count);
	room = (size_t)count * (size_t)ucnv_getMaxCharSize(converter) + 16;
	out = units != NULL ? arena_alloc(arena, room) : NULL;
	if (out == NULL) {
		ucnv_close(converter);
		return TEXT_NO_MEMORY;
	}
	out[0] = '\xFE';
	out[1] = '\xFF';
	len = ucnv_fromUChars(
	    converter, out + 2, (int32_t)room - 2, units, count, &status);
	ucnv_close(converter);
	*bytes = slice_make(
	    out + (has_mark ? 0 : 2), (size_t)len + (has_mark ? 2 : 0));
	return U_SUCCESS(status) ? TEXT_OK : TEXT_NO_CHARSET;
}
