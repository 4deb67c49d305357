/* Time zones: fixed offsets here, the tz database by ICU. */
#include "dispatcher/template/date.h"

#include <stdio.h>
#include <string.h>

#include <unicode/ucal.h>
#include <unicode/ustring.h>

enum {
	ZONE_UNITS = 48,
};

/* Java knows no local mean times: before 1900 a zone is what it is now. */
static const int64_t first_change_ms = -2208988800000;
static const int64_t any_recent_ms = 1700000000000;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Java's custom ids behind "GMT": sign, h or hh, then mm or :mm. */
static bool parse_offset(struct slice text, int32_t *offset_ms)
{
	int digits[4];
	size_t count = 0;
	size_t colon = 0;
	int hours;
	int minutes = 0;

	if (text.len < 2 || (text.data[0] != '+' && text.data[0] != '-')) {
		return false;
	}
	for (size_t i = 1; i < text.len; i++) {
		if (text.data[i] == ':' && colon == 0) {
			colon = count;
			continue;
		}
		if (!is_digit(text.data[i]) || count == 4) {
			return false;
		}
		digits[count++] = text.data[i] - '0';
	}
	if (count == 0 || (colon > 0 && count != colon + 2) ||
	    (colon == 0 && text.len != count + 1)) {
		return false;
	}
	if (count > 2) {
		minutes = digits[count - 2] * 10 + digits[count - 1];
		hours = count == 3 ? digits[0] : digits[0] * 10 + digits[1];
	} else {
		hours = count == 1 ? digits[0] : digits[0] * 10 + digits[1];
	}
	*offset_ms = hours * HOUR_MS + minutes * MINUTE_MS;
	if (text.data[0] == '-') {
		*offset_ms = -*offset_ms;
	}
	return hours <= 23 && minutes <= 59;
}

/* Names the tz database has, as ICU knows them. */
static bool is_named(const char *name)
{
	UChar units[ZONE_UNITS];
	UChar canonical[ZONE_UNITS * 2];
	UBool is_system = 0;
	UErrorCode status = U_ZERO_ERROR;

	u_uastrcpy(units, name);
	(void)ucal_getCanonicalTimeZoneID(
	    units, -1, canonical, ZONE_UNITS * 2, &is_system, &status);
	return U_SUCCESS(status) && is_system;
}

bool time_zone_find(struct slice name, struct time_zone *zone)
{
	*zone = (struct time_zone){.name = "GMT"};
	if (name.len == 0 || name.len >= sizeof(zone->name)) {
		return false;
	}
	if (slice_is(name, "UTC") || slice_is(name, "GMT")) {
		(void)snprintf(
		    zone->name, sizeof(zone->name), "%.*s", SLICE_ARGS(name));
		return true;
	}
	if (slice_starts_with(name, "GMT")) {
		bool is_ok =
		    parse_offset(slice_from(name, 3), &zone->offset_ms);
		int minutes = zone->offset_ms / MINUTE_MS;
		char sign = minutes < 0 ? '-' : '+';

		if (!is_ok) {
			zone->offset_ms = 0;
			return false;
		}
		minutes = minutes < 0 ? -minutes : minutes;
		(void)snprintf(zone->name, sizeof(zone->name), "GMT%c%02d:%02d",
		    sign, minutes / 60 % 100, minutes % 60);
		return true;
	}
	for (size_t i = 0; i < name.len; i++) {
		if ((unsigned char)name.data[i] >= 0x80 ||
		    name.data[i] == '\0') {
			return false;
		}
	}
	(void)snprintf(
	    zone->name, sizeof(zone->name), "%.*s", SLICE_ARGS(name));
	zone->is_named = is_named(zone->name);
	if (!zone->is_named) {
		(void)snprintf(zone->name, sizeof(zone->name), "GMT");
	}
	return zone->is_named;
}

static UCalendar *open_calendar(const struct time_zone *zone, int64_t utc_ms)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar units[ZONE_UNITS];
	UCalendar *calendar;

	u_uastrcpy(units, zone->name);
	calendar = ucal_open(units, -1, "en_US", UCAL_GREGORIAN, &status);
	if (calendar != NULL) {
		ucal_setMillis(calendar, (UDate)utc_ms, &status);
	}
	if (U_FAILURE(status)) {
		ucal_close(calendar);
		return NULL;
	}
	return calendar;
}

// NOLINTNEXTLINE(misc-no-recursion): once, with a recent instant
static int32_t named_offset(
    const struct time_zone *zone, int64_t utc_ms, int32_t *daylight_ms)
{
	UErrorCode status = U_ZERO_ERROR;
	UCalendar *calendar;
	int32_t offset = 0;

	*daylight_ms = 0;
	if (utc_ms < first_change_ms) {
		offset = named_offset(zone, any_recent_ms, daylight_ms);
		offset -= *daylight_ms;
		*daylight_ms = 0;
		return offset;
	}
	calendar = open_calendar(zone, utc_ms);
	if (calendar == NULL) {
		return 0;
	}
	*daylight_ms = ucal_get(calendar, UCAL_DST_OFFSET, &status);
	offset = ucal_get(calendar, UCAL_ZONE_OFFSET, &status) + *daylight_ms;
	ucal_close(calendar);
	return U_SUCCESS(status) ? offset : 0;
}

int32_t time_zone_offset(const struct time_zone *zone, int64_t utc_ms)
{
	int32_t daylight_ms;

	return zone->is_named ? named_offset(zone, utc_ms, &daylight_ms)
			      : zone->offset_ms;
}

int64_t time_zone_to_utc(const struct time_zone *zone, int64_t local_ms)
{
	int32_t daylight_ms;
	int32_t offset_ms;
	int64_t standard;
	int64_t daylight;

	if (!zone->is_named) {
		return date_add(local_ms, -(int64_t)zone->offset_ms);
	}
	offset_ms = named_offset(zone, local_ms, &daylight_ms);
	standard = date_add(local_ms, (int64_t)daylight_ms - offset_ms);
	offset_ms = named_offset(zone, standard, &daylight_ms);
	if (daylight_ms == 0) {
		return date_add(local_ms, -(int64_t)offset_ms);
	}
	daylight = date_add(local_ms, -(int64_t)offset_ms);
	return time_zone_offset(zone, daylight) == offset_ms ? daylight
							     : standard;
}

static bool display_name(UCalendar *calendar, bool is_daylight, bool is_long,
    char label[static TIME_ZONE_LABEL_LEN])
{
	UErrorCode status = U_ZERO_ERROR;
	UChar units[TIME_ZONE_LABEL_LEN];
	int32_t len = ucal_getTimeZoneDisplayName(calendar,
	    is_daylight ? (is_long ? UCAL_DST : UCAL_SHORT_DST)
			: (is_long ? UCAL_STANDARD : UCAL_SHORT_STANDARD),
	    "en_US", units, TIME_ZONE_LABEL_LEN, &status);

	if (U_FAILURE(status) || len >= TIME_ZONE_LABEL_LEN) {
		return false;
	}
	u_austrncpy(label, units, TIME_ZONE_LABEL_LEN - 1);
	label[TIME_ZONE_LABEL_LEN - 1] = '\0';
	return true;
}

static void named_label(const struct time_zone *zone, UCalendar *calendar,
    int64_t utc_ms, bool is_long, char label[static TIME_ZONE_LABEL_LEN])
{
	UErrorCode status = U_ZERO_ERROR;
	bool is_daylight = ucal_get(calendar, UCAL_DST_OFFSET, &status) != 0;
	const char *bare =
	    time_zone_bare_name(zone->name, is_long, is_daylight);
	char name[TIME_ZONE_LABEL_LEN];
	const char *short_name;

	if (bare != NULL) {
		(void)snprintf(label, TIME_ZONE_LABEL_LEN, "%s", bare);
		return;
	}
	if (U_FAILURE(status) ||
	    !display_name(calendar, is_daylight, is_long, label) || is_long ||
	    strncmp(label, "GMT", 3) != 0 || label[3] == '\0') {
		return;
	}
	short_name = display_name(calendar, is_daylight, true, name)
	    ? time_zone_short_name(name)
	    : NULL;
	if (short_name != NULL) {
		(void)snprintf(label, TIME_ZONE_LABEL_LEN, "%s", short_name);
	} else {
		time_zone_offset_name(time_zone_offset(zone, utc_ms), label);
	}
}

void time_zone_label(const struct time_zone *zone, int64_t utc_ms, bool is_long,
    char label[static TIME_ZONE_LABEL_LEN])
{
	UCalendar *calendar;

	(void)snprintf(label, TIME_ZONE_LABEL_LEN, "%s", zone->name);
	if (is_long && strcmp(zone->name, "UTC") == 0) {
		(void)snprintf(
		    label, TIME_ZONE_LABEL_LEN, "Coordinated Universal Time");
	} else if (is_long && strcmp(zone->name, "GMT") == 0) {
		(void)snprintf(
		    label, TIME_ZONE_LABEL_LEN, "Greenwich Mean Time");
	}
	calendar = zone->is_named ? open_calendar(zone, utc_ms) : NULL;
	if (calendar != NULL) {
		named_label(zone, calendar, utc_ms, is_long, label);
		ucal_close(calendar);
	}
}
