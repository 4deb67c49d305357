#ifndef DISPATCHER_TEMPLATE_NUMBER_FORMAT_H
#define DISPATCHER_TEMPLATE_NUMBER_FORMAT_H

/*
 * Numbers by a format: "computer", "number", "currency", "percent", or a
 * pattern as Java's DecimalFormat has them ("#,##0.00", "0.0%", "0.##E0"), with
 * FreeMarker's options behind two semicolons ("0.##;; roundingMode=down").
 * Locale en_US; rounding is half even unless an option says otherwise.
 */

#include <stdbool.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/number.h"
#include "dispatcher/template/value.h"

enum number_format_status {
	NUMBER_FORMAT_OK,
	NUMBER_FORMAT_BAD,	 /* no such format */
	NUMBER_FORMAT_NOT_EXACT, /* roundingMode=unnecessary, and it is not */
	NUMBER_FORMAT_TOO_LARGE,
};

MUST_USE enum number_format_status number_format(struct arena *arena,
    struct value number, struct slice format, struct slice *text);

/* #{x; m1M3}: plain digits with this many behind the point. */
MUST_USE enum number_format_status number_format_fixed(struct arena *arena,
    struct value number, int min_digits, int max_digits, struct slice *text);

#endif
