/* Dates by a pattern, as Java's SimpleDateFormat writes them. */
#include "dispatcher/template/date.h"
#include "dispatcher/template/date_pattern.h"

#include <string.h>

static void put_number(struct strbuf *text, int64_t number, int min_digits)
{
	strbuf_appendf(text, "%0*lld", min_digits, (long long)number);
}

/* Weeks begin on Sunday, and the first one has January 1 in it. */
static int week_of_year(const struct calendar *calendar, int64_t *year)
{
	int first =
	    (calendar->weekday - (calendar->day_of_year - 1) % 7 + 7) % 7;
	int year_len = 337 + calendar_month_len(calendar->year, 2);
	int days_left = year_len - calendar->day_of_year;

	*year = calendar->year;
	if (days_left < 6 - calendar->weekday) {
		*year += 1;
		return 1;
	}
	return (calendar->day_of_year - 1 + first) / 7 + 1;
}

static void put_year(struct strbuf *text, int64_t year, int count)
{
	/* Of the era, not of the calendar. */
	year = year <= 0 ? 1 - year : year;
	put_number(text, count == 2 ? year % 100 : year, count);
}

static void put_name(struct strbuf *text, const char *name, int count)
{
	strbuf_append(text, name, count < 4 ? 3 : strlen(name));
}

static void put_zone_offset(
    struct strbuf *text, int32_t offset_ms, const struct pattern_piece *piece)
{
	int minutes = (offset_ms < 0 ? -offset_ms : offset_ms) / MINUTE_MS;

	if (piece->letter == 'X' && offset_ms == 0) {
		strbuf_append_char(text, 'Z');
		return;
	}
	strbuf_appendf(text, "%c%02d", offset_ms < 0 ? '-' : '+', minutes / 60);
	if (piece->letter == 'X' && piece->count == 3) {
		strbuf_append_char(text, ':');
	}
	if (piece->letter == 'Z' || piece->count > 1) {
		put_number(text, minutes % 60, 2);
	}
}

static void put_date_field(const struct pattern_piece *piece,
    const struct calendar *calendar, struct strbuf *text)
{
	int64_t week_year;
	int week = week_of_year(calendar, &week_year);
	int count = piece->count;

	switch (piece->letter) {
	case 'G':
		strbuf_append_text(text, calendar->year <= 0 ? "BC" : "AD");
		break;
	case 'y':
		put_year(text, calendar->year, count);
		break;
	case 'Y':
		put_year(text, week_year, count);
		break;
	case 'M':
	case 'L':
		if (count >= 3) {
			put_name(text, date_months[calendar->month - 1], count);
		} else {
			put_number(text, calendar->month, count);
		}
		break;
	case 'w':
		put_number(text, week, count);
		break;
	case 'W':
		put_number(text,
		    (calendar->day - 1 +
			(calendar->weekday - (calendar->day - 1) % 7 + 7) % 7) /
			    7 +
			1,
		    count);
		break;
	case 'D':
		put_number(text, calendar->day_of_year, count);
		break;
	case 'd':
		put_number(text, calendar->day, count);
		break;
	case 'F':
		put_number(text, (calendar->day - 1) / 7 + 1, count);
		break;
	case 'E':
		put_name(text, date_weekdays[calendar->weekday], count);
		break;
	default: /* u: Monday is 1 */
		put_number(text, (calendar->weekday + 6) % 7 + 1, count);
		break;
	}
}

/* False when the letter is none of these. */
static bool put_time_field(const struct pattern_piece *piece,
    const struct calendar *calendar, struct strbuf *text)
{
	int hour = calendar->hour;
	int number;

	switch (piece->letter) {
	case 'a':
		strbuf_append_text(text, hour < 12 ? "AM" : "PM");
		return true;
	case 'H':
		number = hour;
		break;
	case 'k':
		number = hour == 0 ? 24 : hour;
		break;
	case 'K':
		number = hour % 12;
		break;
	case 'h':
		number = hour % 12 == 0 ? 12 : hour % 12;
		break;
	case 'm':
		number = calendar->minute;
		break;
	case 's':
		number = calendar->second;
		break;
	case 'S':
		number = calendar->millisecond;
		break;
	default:
		return false;
	}
	put_number(text, number, piece->count);
	return true;
}

enum date_status date_pattern_format(const struct date_context *context,
    struct slice pattern, int64_t ms, struct strbuf *text)
{
	struct pattern_reader reader = {.left = pattern};
	int32_t offset_ms = time_zone_offset(&context->zone, ms);
	struct pattern_piece piece;
	char label[TIME_ZONE_LABEL_LEN];
	struct calendar calendar;

	if (!pattern_is_valid(pattern)) {
		return DATE_BAD_FORMAT;
	}
	calendar_of(date_add(ms, offset_ms), true, &calendar);
	while (pattern_next(&reader, &piece)) {
		if (piece.letter == '\0') {
			strbuf_append_char(text, piece.literal);
		} else if (piece.letter == 'z') {
			time_zone_label(
			    &context->zone, ms, piece.count >= 4, label);
			strbuf_append_text(text, label);
		} else if (piece.letter == 'Z' || piece.letter == 'X') {
			put_zone_offset(text, offset_ms, &piece);
		} else if (!put_time_field(&piece, &calendar, text)) {
			put_date_field(&piece, &calendar, text);
		}
	}
	return strbuf_failed(text) ? DATE_NO_MEMORY : DATE_OK;
}
