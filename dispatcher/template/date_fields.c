#include "dispatcher/template/date_fields.h"

enum {
	FIRST_YEAR = 1970,
	WEEK_DAYS = 7,
	SUNDAY = 1,
	/* Weeks begin on Sundays, and the first of a year or month may have a
	 * single day of it: those of en_US. */
	FIRST_WEEKDAY = SUNDAY,
};

void date_fields_set(
    struct date_fields *fields, enum date_field field, int64_t value)
{
	fields->values[field] = value;
	fields->read_at[field] = ++fields->count;
}

static int64_t value_or(
    const struct date_fields *fields, enum date_field field, int64_t fallback)
{
	return fields->read_at[field] > 0 ? fields->values[field] : fallback;
}

static int64_t weekday_of(int64_t days)
{
	int64_t weekday = (days + 4) % WEEK_DAYS; /* 1970 began on a Thursday */

	return (weekday < 0 ? weekday + WEEK_DAYS : weekday) + SUNDAY;
}

/* The last day with that weekday that is not after `days`. */
static int64_t weekday_on_or_before(int64_t days, int64_t weekday)
{
	int64_t over = (weekday_of(days) - weekday) % WEEK_DAYS;

	return days - (over < 0 ? over + WEEK_DAYS : over);
}

/* The weekday of week 1 of what begins on that day. */
static int64_t in_first_week(int64_t first_day, int64_t weekday)
{
	int64_t week = weekday_on_or_before(first_day, FIRST_WEEKDAY);

	return weekday_on_or_before(week + WEEK_DAYS - 1, weekday);
}

static int later(int a, int b)
{
	return a > b ? a : b;
}

/* When the later of the two was read, if both were. */
static int both(int a, int b)
{
	return a == 0 || b == 0 ? 0 : later(a, b);
}

/* Which fields say the day. */
enum day_by {
	BY_DAY,
	BY_DAY_OF_YEAR,
	BY_WEEK,
	BY_WEEK_OF_MONTH,
	BY_WEEKDAY_IN_MONTH,
};

/* When the fields of each way were read. */
struct ways {
	int day;
	int day_of_year;
	int week;
	int week_of_month;
	int weekday_in_month;
	int best;
};

static void note_best(struct ways *ways)
{
	ways->best = later(later(ways->day, ways->day_of_year),
	    later(ways->week,
		later(ways->week_of_month, ways->weekday_in_month)));
}

static enum day_by by_month(
    const struct date_fields *fields, const struct ways *ways)
{
	const int *at = fields->read_at;

	if (ways->best == ways->day) {
		return BY_DAY;
	}
	if (ways->week_of_month == ways->weekday_in_month) {
		return at[FIELD_WEEK_OF_MONTH] >= at[FIELD_WEEKDAY_IN_MONTH]
		    ? BY_WEEK_OF_MONTH
		    : BY_WEEKDAY_IN_MONTH;
	}
	return ways->best == ways->week_of_month ? BY_WEEK_OF_MONTH
						 : BY_WEEKDAY_IN_MONTH;
}

static enum day_by choose(const struct date_fields *fields)
{
	const int *at = fields->read_at;
	int weekday = at[FIELD_WEEKDAY];
	struct ways ways = {
	    .day = at[FIELD_DAY],
	    .day_of_year = at[FIELD_DAY_OF_YEAR],
	    .week = both(at[FIELD_WEEK], weekday),
	    .week_of_month = both(at[FIELD_WEEK_OF_MONTH], weekday),
	    .weekday_in_month = both(at[FIELD_WEEKDAY_IN_MONTH], weekday),
	};

	note_best(&ways);
	if (ways.best == 0) {
		/* Nothing is complete; the half of something counts. */
		ways.week = at[FIELD_WEEK];
		ways.week_of_month = at[FIELD_WEEK_OF_MONTH];
		ways.weekday_in_month =
		    later(at[FIELD_WEEKDAY_IN_MONTH], weekday);
		note_best(&ways);
		if (ways.best == 0) {
			return BY_DAY;
		}
	}
	if (ways.best == ways.day ||
	    (ways.best == ways.week_of_month &&
		at[FIELD_WEEK_OF_MONTH] >= at[FIELD_WEEK]) ||
	    (ways.best == ways.weekday_in_month &&
		at[FIELD_WEEKDAY_IN_MONTH] >= at[FIELD_WEEK])) {
		return by_month(fields, &ways);
	}
	return ways.best == ways.day_of_year ? BY_DAY_OF_YEAR : BY_WEEK;
}

static int64_t days_by_weekday_in_month(
    const struct date_fields *fields, int64_t month_first, int64_t month_len)
{
	int64_t weekday = value_or(fields, FIELD_WEEKDAY, FIRST_WEEKDAY);
	int64_t number = value_or(fields, FIELD_WEEKDAY_IN_MONTH, 1);

	/* From the month's end, where it is negative. */
	return weekday_on_or_before(number >= 0
		? month_first + WEEK_DAYS * number - 1
		: month_first + month_len + WEEK_DAYS * (number + 1) - 1,
	    weekday);
}

static int64_t days_by(
    const struct date_fields *fields, enum day_by by, int64_t year)
{
	int64_t weekday = value_or(fields, FIELD_WEEKDAY, FIRST_WEEKDAY);
	int64_t month = value_or(fields, FIELD_MONTH, 1);
	int64_t year_first = calendar_days(year, 1, 1, true);
	int64_t month_first = calendar_days(year, month, 1, true);

	switch (by) {
	case BY_DAY:
		break;
	case BY_DAY_OF_YEAR:
		return year_first + fields->values[FIELD_DAY_OF_YEAR] - 1;
	case BY_WEEK:
		return in_first_week(year_first, weekday) +
		    WEEK_DAYS * (fields->values[FIELD_WEEK] - 1);
	case BY_WEEK_OF_MONTH:
		return in_first_week(month_first, weekday) +
		    WEEK_DAYS * (fields->values[FIELD_WEEK_OF_MONTH] - 1);
	case BY_WEEKDAY_IN_MONTH:
		return days_by_weekday_in_month(fields, month_first,
		    calendar_days(year, month + 1, 1, true) - month_first);
	}
	return calendar_days(year, month, value_or(fields, FIELD_DAY, 1), true);
}

/* By the year of the weeks: months and days do not count then. */
static int64_t days_by_week_year(const struct date_fields *fields)
{
	int64_t week = value_or(fields, FIELD_WEEK, 1);
	int64_t weekday = value_or(fields, FIELD_WEEKDAY, FIRST_WEEKDAY);
	int64_t first = in_first_week(
	    calendar_days(fields->values[FIELD_WEEK_YEAR], 1, 1, true),
	    FIRST_WEEKDAY);

	return first + WEEK_DAYS * (week - 1) + weekday - FIRST_WEEKDAY;
}

static int64_t days_of(const struct date_fields *fields)
{
	int64_t year = value_or(fields, FIELD_YEAR, FIRST_YEAR);

	if (fields->read_at[FIELD_WEEK_YEAR] > fields->read_at[FIELD_YEAR]) {
		return days_by_week_year(fields);
	}
	return days_by(fields, choose(fields), fields->is_bc ? 1 - year : year);
}

/* Whether h and a count, and not H: what was read last does. */
static bool is_by_half(const struct date_fields *fields)
{
	int half = fields->read_at[FIELD_HALF];
	int afternoon = fields->read_at[FIELD_AFTERNOON];
	int last = later(half, afternoon);

	if (half == 0 || afternoon == 0) {
		return fields->read_at[FIELD_HOUR] == 0 && last > 0;
	}
	return last > fields->read_at[FIELD_HOUR];
}

int64_t date_fields_to_ms(
    const struct date_fields *fields, const struct time_zone *zone)
{
	const int64_t *values = fields->values;
	int64_t days = days_of(fields);
	int64_t hour = is_by_half(fields)
	    ? values[FIELD_HALF] + (values[FIELD_AFTERNOON] != 0 ? 12 : 0)
	    : values[FIELD_HOUR];
	int64_t in_day = hour * HOUR_MS + values[FIELD_MINUTE] * MINUTE_MS +
	    values[FIELD_SECOND] * 1000 + values[FIELD_MILLISECOND];

	/* Java's years past 292 million wrap around, too. */
	return time_zone_to_utc(fields->has_zone ? &fields->zone : zone,
	    (int64_t)((uint64_t)days * DAY_MS + (uint64_t)in_day));
}
