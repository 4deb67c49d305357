/* Signs of currencies, by their ISO 4217 codes: ICU's data. */
#include "dispatcher/template/text.h"

#include <string.h>

#include <unicode/ucurr.h>
#include <unicode/ustring.h>

enum {
	CODE_LENGTH = 3,
	SIGN_BYTES_MAX = 48,
};

bool text_currency_sign(
    struct arena *arena, struct slice code, struct slice *sign)
{
	UChar units[CODE_LENGTH + 1] = {0};
	UErrorCode status = U_ZERO_ERROR;
	const UChar *name;
	char *out;
	int32_t len = 0;

	if (code.len != CODE_LENGTH) {
		return false;
	}
	for (size_t i = 0; i < CODE_LENGTH; i++) {
		if (code.data[i] < 'A' || code.data[i] > 'Z') {
			return false;
		}
		units[i] = (UChar)code.data[i];
	}
	if (!ucurr_isAvailable(units, U_DATE_MIN, U_DATE_MAX, &status)) {
		return false;
	}
	name = ucurr_getName(
	    units, "en_US", UCURR_SYMBOL_NAME, NULL, &len, &status);
	out = arena_alloc(arena, SIGN_BYTES_MAX);
	if (U_FAILURE(status) || out == NULL) {
		return false;
	}
	(void)u_strToUTF8(out, SIGN_BYTES_MAX, &len, name, len, &status);
	*sign = slice_make(out, (size_t)len);
	return U_SUCCESS(status) != 0;
}
