#ifndef DISPATCHER_TEMPLATE_DATE_FIELDS_H
#define DISPATCHER_TEMPLATE_DATE_FIELDS_H

/*
 * The fields of a date as a pattern reads them, and which instant they mean.
 * They may contradict each other; as in Java's Calendar the one that was read
 * last decides.
 */

#include <stdbool.h>
#include <stdint.h>

#include "dispatcher/template/date.h"

enum date_field {
	FIELD_YEAR,
	FIELD_WEEK_YEAR,
	FIELD_MONTH, /* from 1 */
	FIELD_DAY,
	FIELD_DAY_OF_YEAR,
	FIELD_WEEK,
	FIELD_WEEK_OF_MONTH,
	FIELD_WEEKDAY_IN_MONTH, /* the second Monday */
	FIELD_WEEKDAY,		/* 1 is Sunday */
	FIELD_HOUR,		/* of the day */
	FIELD_HALF,		/* hours from 0 to 11 */
	FIELD_AFTERNOON,	/* 1 is p.m. */
	FIELD_MINUTE,
	FIELD_SECOND,
	FIELD_MILLISECOND,
	DATE_FIELDS,
};

struct date_fields {
	int64_t values[DATE_FIELDS];
	int read_at[DATE_FIELDS]; /* counted from 1; 0 for never */
	int count;
	bool is_bc;
	bool has_zone;
	struct time_zone zone;
};

void date_fields_set(
    struct date_fields *fields, enum date_field field, int64_t value);

/* `zone` is for fields without one. */
int64_t date_fields_to_ms(
    const struct date_fields *fields, const struct time_zone *zone);

#endif
