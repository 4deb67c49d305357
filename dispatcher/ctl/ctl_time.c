#include "dispatcher/ctl/ctl_time.h"

#include "common/config/config_text.h"

enum {
	SECOND_MS = 1000,
	MINUTE_MS = 60 * SECOND_MS,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS,
	YEAR_MIN = 1970,
};

struct date {
	int64_t year;
	int64_t month;
	int64_t day;
};

/* Takes so many digits off the front, from `min` to `max`. */
static bool take_number(struct slice *text, size_t digits, int64_t min,
    int64_t max, int64_t *number)
{
	struct slice front = slice_make(text->data, digits);

	if (text->len < digits || front.data[0] == '-' ||
	    !slice_to_int64(front, number) || *number < min || *number > max) {
		return false;
	}
	*text = slice_from(*text, digits);
	return true;
}

static bool take_char(struct slice *text, char c)
{
	if (text->len == 0 || text->data[0] != c) {
		return false;
	}
	*text = slice_from(*text, 1);
	return true;
}

static int64_t days_in(const struct date *date)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = date->year % 4 == 0 &&
	    (date->year % 100 != 0 || date->year % 400 == 0);

	return days[date->month - 1] + (date->month == 2 && is_leap ? 1 : 0);
}

static bool take_date(struct slice *text, struct date *date)
{
	return take_number(text, 4, YEAR_MIN, 9999, &date->year) &&
	    take_char(text, '-') && take_number(text, 2, 1, 12, &date->month) &&
	    take_char(text, '-') && take_number(text, 2, 1, 31, &date->day) &&
	    date->day <= days_in(date);
}

/* Since 1970-01-01. The year begins in March here, so that the day that only
 * some have is its last; 400 years have as many days each time. */
static int64_t days_since_epoch(const struct date *date)
{
	int64_t year = date->month <= 2 ? date->year - 1 : date->year;
	int64_t era = year / 400;
	int64_t year_of_era = year % 400;
	int64_t day_of_year =
	    (153 * ((date->month + 9) % 12) + 2) / 5 + date->day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 -
	    year_of_era / 100 + day_of_year - 719468;
}

/* Seconds and what is behind their point; *unit_ms becomes what was written. */
static bool take_seconds(struct slice *text, int64_t *ms, int64_t *unit_ms)
{
	int64_t scale = SECOND_MS;
	int64_t seconds;

	if (!take_number(text, 2, 0, 59, &seconds)) {
		return false;
	}
	*ms += seconds * SECOND_MS;
	*unit_ms = SECOND_MS;
	if (!take_char(text, '.')) {
		return true;
	}
	do {
		int64_t digit;

		if (!take_number(text, 1, 0, 9, &digit)) {
			return false;
		}
		scale /= 10;
		*ms += digit * scale;
		*unit_ms = scale > 0 ? scale : 1;
	} while (text->len > 0 && text->data[0] >= '0' && text->data[0] <= '9');
	return true;
}

static int take_sign(struct slice *text)
{
	if (take_char(text, '+')) {
		return 1;
	}
	return take_char(text, '-') ? -1 : 0;
}

/* Z, +02, +0200, +02:00; nothing is Z. */
static bool take_zone(struct slice *text, int64_t *ms)
{
	int sign = take_sign(text);
	int64_t hours;
	int64_t minutes = 0;

	if (sign == 0) {
		(void)take_char(text, 'Z');
		return true;
	}
	if (!take_number(text, 2, 0, 23, &hours)) {
		return false;
	}
	if (text->len > 0) {
		(void)take_char(text, ':');
		if (!take_number(text, 2, 0, 59, &minutes)) {
			return false;
		}
	}
	*ms -= sign * (hours * HOUR_MS + minutes * MINUTE_MS);
	return true;
}

/* Behind a date: T or a blank, and the time of the day. */
static bool take_clock(struct slice *text, int64_t *ms, int64_t *unit_ms)
{
	int64_t hours;
	int64_t minutes;

	if ((!take_char(text, 'T') && !take_char(text, ' ')) ||
	    !take_number(text, 2, 0, 23, &hours) || !take_char(text, ':') ||
	    !take_number(text, 2, 0, 59, &minutes)) {
		return false;
	}
	*ms += hours * HOUR_MS + minutes * MINUTE_MS;
	*unit_ms = MINUTE_MS;
	return (!take_char(text, ':') || take_seconds(text, ms, unit_ms)) &&
	    take_zone(text, ms);
}

bool ctl_time_parse(struct slice text, int64_t now_ms, struct ctl_time *time)
{
	int64_t unit_ms = DAY_MS;
	struct date date;
	int64_t ms;

	if (config_text_duration(text, &ms)) {
		*time = (struct ctl_time){now_ms - ms, now_ms - ms};
		return true;
	}
	if (!take_date(&text, &date)) {
		return false;
	}
	ms = days_since_epoch(&date) * DAY_MS;
	if (text.len > 0 && !take_clock(&text, &ms, &unit_ms)) {
		return false;
	}
	*time = (struct ctl_time){ms, ms + unit_ms - 1};
	return text.len == 0;
}
