/* ISO 8601 and XML Schema: both ways, in the Gregorian calendar throughout. */
#include "dispatcher/template/date.h"

enum {
	YEAR_MAX = 292000000, /* what fits int64 milliseconds */
};

static void put_time(const struct iso_form *form,
    const struct calendar *calendar, struct strbuf *text)
{
	strbuf_appendf(text, "%02d", calendar->hour);
	if (form->accuracy >= ISO_MINUTES) {
		strbuf_appendf(text, ":%02d", calendar->minute);
	}
	if (form->accuracy >= ISO_SECONDS) {
		strbuf_appendf(text, ":%02d", calendar->second);
	}
	if (form->accuracy == ISO_MILLISECONDS_FORCED) {
		strbuf_appendf(text, ".%03d", calendar->millisecond);
	} else if (form->accuracy == ISO_MILLISECONDS &&
	    calendar->millisecond > 0) {
		strbuf_appendf(text, ".%03d", calendar->millisecond);
		while (text->len > 0 && text->data[text->len - 1] == '0') {
			strbuf_truncate(text, text->len - 1);
		}
	}
}

static void put_offset(int32_t offset_ms, struct strbuf *text)
{
	int seconds = (offset_ms < 0 ? -offset_ms : offset_ms) / 1000;

	if (seconds == 0) {
		strbuf_append_char(text, 'Z');
		return;
	}
	strbuf_appendf(text, "%c%02d:%02d", offset_ms < 0 ? '-' : '+',
	    seconds / 3600, seconds / 60 % 60);
	if (seconds % 60 != 0) {
		strbuf_appendf(text, ":%02d", seconds % 60);
	}
}

void date_iso_format(const struct time_zone *zone, const struct iso_form *form,
    int64_t ms, struct strbuf *text)
{
	int32_t offset_ms = time_zone_offset(zone, ms);
	struct calendar calendar;

	calendar_of(date_add(ms, offset_ms), false, &calendar);
	if (form->kind != TIME_ALONE) {
		int64_t year = calendar.year;

		/* In XML Schema of old there is no year 0. */
		year -= form->is_xs && year <= 0;
		strbuf_appendf(
		    text, year < 0 ? "%lld" : "%04lld", (long long)year);
		strbuf_appendf(
		    text, "-%02d-%02d", calendar.month, calendar.day);
	}
	if (form->kind == DATE_AND_TIME) {
		strbuf_append_char(text, 'T');
	}
	if (form->kind != DATE_ALONE) {
		put_time(form, &calendar, text);
	}
	if (form->has_offset && (form->kind != DATE_ALONE || form->is_xs)) {
		put_offset(offset_ms, text);
	}
}

/* --- the way back */

/* A text being read; what is missing fails once and for all. */
struct reader {
	struct slice left;
	bool is_extended; /* with - and : */
	bool is_xs;
	bool has_failed;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool take(struct reader *reader, char c)
{
	if (reader->left.len == 0 || reader->left.data[0] != c) {
		return false;
	}
	reader->left = slice_from(reader->left, 1);
	return true;
}

static int two_digits(struct reader *reader, int min, int max)
{
	const char *at = reader->left.data;
	int number;

	if (reader->left.len < 2 || !is_digit(at[0]) || !is_digit(at[1])) {
		reader->has_failed = true;
		return 0;
	}
	number = (at[0] - '0') * 10 + (at[1] - '0');
	reader->has_failed |= number < min || number > max;
	reader->left = slice_from(reader->left, 2);
	return number;
}

/* In the basic form the year is what comes before the last four digits. */
static int64_t take_year(struct reader *reader)
{
	bool is_negative = take(reader, '-');
	size_t digits = 0;
	int64_t year = 0;

	while (
	    digits < reader->left.len && is_digit(reader->left.data[digits])) {
		digits++;
	}
	if (!reader->is_extended) {
		digits = digits >= 4 ? digits - 4 : 0;
	}
	if (digits < (reader->is_xs ? 1U : 4U)) {
		reader->has_failed = true;
		return 0;
	}
	for (size_t i = 0; i < digits && year < YEAR_MAX; i++) {
		year = year * 10 + (reader->left.data[i] - '0');
	}
	reader->left = slice_from(reader->left, digits);
	reader->has_failed |= year >= YEAR_MAX;
	if (reader->is_xs && year == 0) {
		reader->has_failed = true;
	}
	return is_negative ? -year + reader->is_xs : year;
}

static int64_t take_date(struct reader *reader)
{
	int64_t year = take_year(reader);
	int month;
	int day;

	if (reader->is_extended && !take(reader, '-')) {
		reader->has_failed = true;
	}
	month = two_digits(reader, 1, 12);
	if (reader->is_extended && !take(reader, '-')) {
		reader->has_failed = true;
	}
	day = two_digits(reader, 1, 31);
	if (reader->has_failed || day > calendar_month_len(year, month)) {
		reader->has_failed = true;
		return 0;
	}
	return calendar_days(year, month, day, false);
}

static int take_fraction(struct reader *reader)
{
	int ms = 0;
	int unit = 100;

	if (reader->left.len == 0 || !is_digit(reader->left.data[0])) {
		reader->has_failed = true;
	}
	while (reader->left.len > 0 && is_digit(reader->left.data[0])) {
		ms += (reader->left.data[0] - '0') * unit;
		unit /= 10;
		reader->left = slice_from(reader->left, 1);
	}
	return ms;
}

/* Whether another two digits of the time follow. */
static bool goes_on(struct reader *reader)
{
	if (reader->is_extended) {
		return take(reader, ':');
	}
	return reader->left.len > 0 && is_digit(reader->left.data[0]);
}

static int64_t take_time(struct reader *reader)
{
	int hour = two_digits(reader, 0, 24);
	int minute = 0;
	int second = 0;
	int ms = 0;
	int parts = 1;

	if (goes_on(reader)) {
		minute = two_digits(reader, 0, 59);
		parts++;
		if (goes_on(reader)) {
			second = two_digits(reader, 0, 60);
			parts++;
			if (take(reader, '.') ||
			    (!reader->is_xs && take(reader, ','))) {
				ms = take_fraction(reader);
			}
		}
	}
	/* The strict calendar of FreeMarker refuses leap seconds after all. */
	reader->has_failed |= second == 60 || (reader->is_xs && parts < 3) ||
	    (hour == 24 && (minute != 0 || second != 0 || ms != 0));
	return (int64_t)hour * HOUR_MS + (int64_t)minute * MINUTE_MS +
	    (int64_t)second * 1000 + ms;
}

static void take_zone(struct reader *reader, struct time_zone *zone)
{
	bool is_minus;
	int hours;
	int minutes = 0;

	if (reader->left.len == 0) {
		return;
	}
	*zone = (struct time_zone){.name = "UTC"};
	if (take(reader, 'Z')) {
		return;
	}
	is_minus = take(reader, '-');
	if (!is_minus && !take(reader, '+')) {
		reader->has_failed = true;
		return;
	}
	hours = two_digits(reader, 0, 23);
	if (reader->left.len > 0 || reader->is_xs) {
		if (reader->is_extended && !take(reader, ':')) {
			reader->has_failed = true;
		}
		minutes = two_digits(reader, 0, 59);
	}
	zone->offset_ms = hours * HOUR_MS + minutes * MINUTE_MS;
	if (is_minus) {
		zone->offset_ms = -zone->offset_ms;
	}
}

static bool parse_form(struct time_zone zone, enum date_kind kind,
    struct reader reader, int64_t *ms)
{
	int64_t local_ms = 0;

	if (kind != TIME_ALONE) {
		local_ms = take_date(&reader) * DAY_MS;
	}
	if (kind == DATE_AND_TIME && !take(&reader, 'T')) {
		return false;
	}
	if (kind != DATE_ALONE) {
		local_ms += take_time(&reader);
	}
	if (kind != DATE_ALONE || reader.is_xs) {
		take_zone(&reader, &zone);
	}
	if (reader.has_failed || reader.left.len > 0) {
		return false;
	}
	*ms = time_zone_to_utc(&zone, local_ms);
	return true;
}

bool date_iso_parse(const struct time_zone *zone, enum date_kind kind,
    bool is_xs, struct slice text, int64_t *ms)
{
	struct reader reader = {
	    .left = text, .is_extended = true, .is_xs = is_xs};

	if (parse_form(*zone, kind, reader, ms)) {
		return true;
	}
	reader.is_extended = false;
	return !is_xs && parse_form(*zone, kind, reader, ms);
}
