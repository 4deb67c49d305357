/* Years, months and days from a count of days, and back. */
#include "dispatcher/template/date.h"

enum {
	CUTOVER_DAY = -141427, /* 1582-10-15, the first Gregorian day */
	ERA_DAYS = 146097,     /* of 400 Gregorian years */
	EPOCH_SHIFT = 719468,  /* days from 0000-03-01 to 1970-01-01 */
	JULIAN_SHIFT = 719470,
};

const char *const date_months[12] = {"January", "February", "March", "April",
    "May", "June", "July", "August", "September", "October", "November",
    "December"};
const char *const date_weekdays[7] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday"};

int64_t date_add(int64_t ms, int64_t more_ms)
{
	if (more_ms > 0 && ms > INT64_MAX - more_ms) {
		return INT64_MAX;
	}
	if (more_ms < 0 && ms < INT64_MIN - more_ms) {
		return INT64_MIN;
	}
	return ms + more_ms;
}

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* The year begins in March here, so that its leap day comes last. */
static int64_t day_of_march_year(int64_t month, int64_t day)
{
	return (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
}

int64_t calendar_days(int64_t year, int64_t month, int64_t day, bool has_julian)
{
	int64_t gregorian;
	int64_t julian;
	int64_t in_year;

	year += floor_div(month - 1, 12);
	month = month - 1 - floor_div(month - 1, 12) * 12 + 1;
	in_year = day_of_march_year(month, day);
	year -= month <= 2;
	gregorian = year * 365 + floor_div(year, 4) - floor_div(year, 100) +
	    floor_div(year, 400) + in_year - EPOCH_SHIFT;
	julian = year * 365 + floor_div(year, 4) + in_year - JULIAN_SHIFT;
	return has_julian && gregorian < CUTOVER_DAY ? julian : gregorian;
}

/* The March year a day of it is in, by trying: at most two steps off. */
static int64_t year_of_days(int64_t days, bool is_julian)
{
	int64_t year = is_julian ? floor_div(days * 4, 1461)
				 : floor_div(days * 400, ERA_DAYS);

	for (;;) {
		int64_t leap_days = is_julian ? floor_div(year, 4)
					      : floor_div(year, 4) -
			floor_div(year, 100) + floor_div(year, 400);
		int64_t next_leap = is_julian ? floor_div(year + 1, 4)
					      : floor_div(year + 1, 4) -
			floor_div(year + 1, 100) + floor_div(year + 1, 400);

		if (days < year * 365 + leap_days) {
			year--;
		} else if (days >= (year + 1) * 365 + next_leap) {
			year++;
		} else {
			return year;
		}
	}
}

void calendar_of(int64_t local_ms, bool has_julian, struct calendar *calendar)
{
	int64_t days = floor_div(local_ms, DAY_MS);
	int64_t in_day = (local_ms % DAY_MS + DAY_MS) % DAY_MS;
	bool is_julian = has_julian && days < CUTOVER_DAY;
	int64_t shifted = days + (is_julian ? JULIAN_SHIFT : EPOCH_SHIFT);
	int64_t year = year_of_days(shifted, is_julian);
	int64_t leap_days = is_julian
	    ? floor_div(year, 4)
	    : floor_div(year, 4) - floor_div(year, 100) + floor_div(year, 400);
	int64_t in_year = shifted - year * 365 - leap_days;
	int64_t month = (5 * in_year + 2) / 153;

	calendar->day = (int)(in_year - (153 * month + 2) / 5 + 1);
	calendar->month = (int)(month < 10 ? month + 3 : month - 9);
	calendar->year = year + (calendar->month <= 2);
	calendar->hour = (int)(in_day / HOUR_MS);
	calendar->minute = (int)(in_day / MINUTE_MS % 60);
	calendar->second = (int)(in_day / 1000 % 60);
	calendar->millisecond = (int)(in_day % 1000);
	calendar->weekday = (int)(days + 4 - floor_div(days + 4, 7) * 7);
	calendar->day_of_year =
	    (int)(days - calendar_days(calendar->year, 1, 1, has_julian) + 1);
}

int calendar_month_len(int64_t year, int month)
{
	return (int)(calendar_days(year, month + 1, 1, false) -
	    calendar_days(year, month, 1, false));
}
