#ifndef DISPATCHER_TEMPLATE_NUMBER_PATTERN_H
#define DISPATCHER_TEMPLATE_NUMBER_PATTERN_H

/*
 * A number format read into its parts: a pattern of Java's DecimalFormat, and
 * FreeMarker's options behind its second semicolon. Only number_format.c uses
 * this. All texts are borrowed from the format, or constants.
 *
 *	  prefix  whole  .fraction  exponent suffix ; negative ;; options
 *	  "$"     #,##0   .00       E0       "kg"   ; (0)      ;;
 *roundingMode=up
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/number.h"

/* What stands for what, in en_US unless an option says otherwise. */
struct number_symbols {
	struct slice point;
	struct slice monetary_point; /* of patterns with a currency sign */
	struct slice group;
	struct slice minus;
	struct slice percent;
	struct slice per_mille;
	struct slice infinity;
	struct slice nan;
	struct slice exponent;
	struct slice currency;
	struct slice currency_code;
	uint32_t zero; /* the digit; the others follow it */
};

struct number_pattern {
	/* Affixes as written: quotes and signs are resolved when printing. */
	struct slice prefix;
	struct slice suffix;
	struct slice negative_prefix;
	struct slice negative_suffix;
	bool has_negative;
	bool is_monetary;
	bool shows_point; /* "0." */
	bool has_exponent;
	int min_whole;
	int max_whole; /* with an exponent only */
	int min_fraction;
	int max_fraction;
	int min_exponent;
	int group; /* digits; 0: none */
	int32_t multiplier;
	enum number_rounding rounding;
	bool is_exact; /* roundingMode=unnecessary: rounding is an error */
	struct number_symbols symbols;
};

/* False when the format is none. The arena is for quotes in options. */
MUST_USE bool number_pattern_read(
    struct arena *arena, struct slice format, struct number_pattern *pattern);

/* The options alone, which change the pattern. */
MUST_USE bool number_pattern_read_options(
    struct arena *arena, struct slice options, struct number_pattern *pattern);

extern const struct number_symbols number_symbols_en_us;

#endif
