#ifndef COMMON_JSON_JSON_DECIMAL_H
#define COMMON_JSON_JSON_DECIMAL_H

/*
 * Private to this room: a decimal number as it was scanned, and whether a
 * float64 keeps it.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"

struct json_decimal {
	uint64_t digits; /* the number is digits * 10^exponent */
	int64_t exponent;
	int count; /* how many significant digits there are */
	bool is_negative;
	bool is_whole;	/* neither fraction nor exponent */
	bool is_full;	/* there was no room for the last digits, */
	bool is_longer; /* and they were not all 0 */
};

/*
 * Whether a float64 keeps all digits of a number that is not 0: its own
 * shortest decimal is this number again. Then *value, without the sign. Drops
 * zeros at the end of `digits`.
 */
MUST_USE bool json_decimal_to_float(
    struct json_decimal *decimal, double *value);

#endif
