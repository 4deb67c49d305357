#ifndef DISPATCHER_TEMPLATE_DATE_H
#define DISPATCHER_TEMPLATE_DATE_H

/*
 * Dates, times and date-times: milliseconds since the epoch (Java's Date) and
 * which of the three they are. Formats are FreeMarker's: "iso" and "xs" with
 * their options, "short", "medium", "long" and "full", or a pattern of Java's
 * SimpleDateFormat. Locale en_US.
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"

enum date_kind {
	DATE_AND_TIME,
	DATE_ALONE,
	TIME_ALONE,
};

/* --- calendar.c */

struct calendar {
	int64_t year; /* 0 is 1 BC */
	int month;    /* 1 to 12 */
	int day;      /* from 1 */
	int hour;
	int minute;
	int second;
	int millisecond;
	int weekday;	 /* 0 is Sunday */
	int day_of_year; /* from 1 */
};

enum {
	DAY_MS = 86400000,
	HOUR_MS = 3600000,
	MINUTE_MS = 60000,
};

/* Days from 1970-01-01; month and day may be out of range. With `has_julian`
 * dates before 1582-10-15 are Julian, as in Java's GregorianCalendar. */
int64_t calendar_days(
    int64_t year, int64_t month, int64_t day, bool has_julian);
/* The fields of a local time in milliseconds. */
void calendar_of(int64_t local_ms, bool has_julian, struct calendar *calendar);
int calendar_month_len(int64_t year, int month);

/* --- time_zone.c */

struct time_zone {
	bool is_named;	   /* of the tz database; else the offset is fixed */
	int32_t offset_ms; /* of a fixed one */
	char name[40];
};

/* "UTC", "GMT+2", "Europe/Kiev". False when there is none of that name; the
 * zone is GMT then, as in Java. */
bool time_zone_find(struct slice name, struct time_zone *zone);
int32_t time_zone_offset(const struct time_zone *zone, int64_t utc_ms);
/* A local time that is there twice, or never, is one of standard time. */
int64_t time_zone_to_utc(const struct time_zone *zone, int64_t local_ms);

enum {
	TIME_ZONE_LABEL_LEN = 80,
};

/* The zone's name for people: "UTC", "Eastern European Standard Time". */
void time_zone_label(const struct time_zone *zone, int64_t utc_ms, bool is_long,
    char label[static TIME_ZONE_LABEL_LEN]);

/* time_zone_names.c. The short name for a long one, and that of a zone like
 * EET; NULL when there is none. */
const char *time_zone_short_name(const char *name);
const char *time_zone_bare_name(const char *id, bool is_long, bool is_daylight);
/* "GMT+02:00" */
void time_zone_offset_name(
    int32_t offset_ms, char label[static TIME_ZONE_LABEL_LEN]);

/* A sum that stops at the ends of int64. */
int64_t date_add(int64_t ms, int64_t more_ms);

/* --- date_format.c and its parts */

enum date_status {
	DATE_OK,
	DATE_BAD_FORMAT,
	DATE_NO_MATCH, /* the text is not of the format */
	DATE_NO_MEMORY,
};

struct date_context {
	struct time_zone zone;
	int64_t now_ms; /* two-digit years are near it */
};

MUST_USE enum date_status date_to_text(const struct date_context *context,
    struct slice format, enum date_kind kind, int64_t ms, struct strbuf *text);
MUST_USE enum date_status date_parse(const struct date_context *context,
    struct slice format, enum date_kind kind, struct slice text, int64_t *ms);

/* Whether it is a format at all. */
bool date_format_is_valid(struct slice format, enum date_kind kind);

/* As date_to_text, by a SimpleDateFormat pattern. */
MUST_USE enum date_status date_pattern_format(
    const struct date_context *context, struct slice pattern, int64_t ms,
    struct strbuf *text);
MUST_USE enum date_status date_pattern_parse(const struct date_context *context,
    struct slice pattern, struct slice text, int64_t *ms);

enum iso_accuracy {
	ISO_HOURS,
	ISO_MINUTES,
	ISO_SECONDS,
	ISO_MILLISECONDS,
	ISO_MILLISECONDS_FORCED,
};

struct iso_form {
	enum date_kind kind;
	enum iso_accuracy accuracy;
	bool has_offset;
	bool is_xs; /* XML Schema's own */
};

void date_iso_format(const struct time_zone *zone, const struct iso_form *form,
    int64_t ms, struct strbuf *text);
MUST_USE bool date_iso_parse(const struct time_zone *zone, enum date_kind kind,
    bool is_xs, struct slice text, int64_t *ms);

extern const char *const date_months[12];
extern const char *const date_weekdays[7];

#endif
