/*
 * Dates by a pattern, as Java's SimpleDateFormat reads them: leniently. A field
 * takes the digits it finds, however many (unless the next field touches it),
 * and any number is fine: month 13 is January of the next year. What follows a
 * match is ignored.
 */
#include "dispatcher/template/date.h"
#include "dispatcher/template/date_pattern.h"

#include <string.h>

/* What was read; later fields win over earlier ones, as in Java's Calendar. */
struct fields {
	int64_t year;
	int64_t month; /* from 1 */
	int64_t day;
	int64_t day_of_year;
	int64_t hour; /* of the day */
	int64_t half; /* hours from 0 to 11 */
	int64_t minute;
	int64_t second;
	int64_t millisecond;
	bool is_by_day_of_year;
	bool is_afternoon;
	/* When each was read, from 1; 0 for never. */
	int hour_read_at;
	int half_read_at;
	int afternoon_read_at;
	bool is_bc;
	bool has_zone;
	struct time_zone zone;
};

struct parse {
	struct slice text;
	size_t at;
	int64_t now_ms;
	int fields_read;
	struct fields fields;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static void skip_blanks(struct parse *parse)
{
	while (parse->at < parse->text.len &&
	    (parse->text.data[parse->at] == ' ' ||
		parse->text.data[parse->at] == '\t')) {
		parse->at++;
	}
}

/* A minus and digits, `max_len` bytes at most. *digits counts the bytes. */
static bool take_number(
    struct parse *parse, size_t max_len, int64_t *number, size_t *digits)
{
	size_t end = parse->text.len;
	size_t at = parse->at;
	bool is_negative;
	bool is_huge = false;
	size_t start;

	if (max_len < end - at) {
		end = at + max_len;
	}
	is_negative = at < end && parse->text.data[at] == '-';
	at += is_negative;
	start = at;
	*number = 0;
	for (; at < end && is_digit(parse->text.data[at]); at++) {
		if (*number < INT64_MAX / 10 - 1) {
			*number = *number * 10 + (parse->text.data[at] - '0');
		} else {
			is_huge = true;
		}
	}
	if (at == start) {
		return false;
	}
	*digits = at - parse->at;
	*number = is_negative ? -*number : *number;
	/* Java's intValue, of a long and of a double. */
	if (is_huge) {
		*number = is_negative ? INT32_MIN : INT32_MAX;
	}
	*number = (int32_t)(uint32_t)(uint64_t)*number;
	parse->at = at;
	return true;
}

static bool take_word(struct parse *parse, struct slice word)
{
	struct slice left = slice_from(parse->text, parse->at);

	if (left.len < word.len ||
	    !slice_equal_ignoring_case(slice_make(left.data, word.len), word)) {
		return false;
	}
	parse->at += word.len;
	return true;
}

/* The index of the long or short name that stands there; -1 for none. */
static int take_name(struct parse *parse, const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		if (take_word(parse, slice_of(names[i]))) {
			return i;
		}
	}
	for (int i = 0; i < count; i++) {
		if (take_word(parse, slice_make(names[i], 3))) {
			return i;
		}
	}
	return -1;
}

/* Two digits are the year within 80 years before and 20 years after now. */
static int64_t widen_year(const struct parse *parse, int64_t year)
{
	struct calendar now;
	int64_t first;

	calendar_of(parse->now_ms, true, &now);
	first = now.year - 80;
	year += first / 100 * 100;
	return year < first ? year + 100 : year;
}

/* +hh:mm and its likes; Z's own is +hhmm. */
static bool take_offset(struct parse *parse, bool may_be_short)
{
	struct slice left = slice_from(parse->text, parse->at);
	size_t at = 1;
	int numbers[2] = {0, 0};

	if (left.len < 3 || (left.data[0] != '+' && left.data[0] != '-')) {
		return false;
	}
	for (int i = 0; i < 2; i++) {
		if (i == 1 && at < left.len && left.data[at] == ':') {
			at++;
		}
		if (at + 2 > left.len || !is_digit(left.data[at]) ||
		    !is_digit(left.data[at + 1])) {
			if (i == 1 && may_be_short) {
				break;
			}
			return false;
		}
		numbers[i] =
		    (left.data[at] - '0') * 10 + left.data[at + 1] - '0';
		at += 2;
	}
	parse->fields.zone = (struct time_zone){.name = "GMT",
	    .offset_ms = numbers[0] * HOUR_MS + numbers[1] * MINUTE_MS};
	if (left.data[0] == '-') {
		parse->fields.zone.offset_ms = -parse->fields.zone.offset_ms;
	}
	parse->fields.has_zone = true;
	parse->at += at;
	return numbers[0] <= 23 && numbers[1] <= 59;
}

static bool take_zone(struct parse *parse, const struct pattern_piece *piece)
{
	if (piece->letter == 'X') {
		if (take_word(parse, slice_of("Z"))) {
			parse->fields.zone = (struct time_zone){.name = "UTC"};
			parse->fields.has_zone = true;
			return true;
		}
		return take_offset(parse, piece->count == 1);
	}
	if (take_word(parse, slice_of("UTC")) ||
	    take_word(parse, slice_of("GMT"))) {
		parse->fields.zone = (struct time_zone){.name = "UTC"};
		parse->fields.has_zone = true;
		(void)take_offset(parse, false);
		return true;
	}
	return take_offset(parse, false);
}

/* Fields that are words. False when the letter is none; *is_ok when it fits. */
static bool take_text_field(
    struct parse *parse, const struct pattern_piece *piece, bool *is_ok)
{
	struct fields *fields = &parse->fields;
	int index;

	switch (piece->letter) {
	case 'G':
		fields->is_bc = take_word(parse, slice_of("BC"));
		*is_ok = fields->is_bc || take_word(parse, slice_of("AD"));
		return true;
	case 'E':
		*is_ok = take_name(parse, date_weekdays, 7) >= 0;
		return true;
	case 'a':
		fields->is_afternoon = take_word(parse, slice_of("PM"));
		*is_ok =
		    fields->is_afternoon || take_word(parse, slice_of("AM"));
		fields->afternoon_read_at = parse->fields_read;
		return true;
	case 'z':
	case 'Z':
	case 'X':
		*is_ok = take_zone(parse, piece);
		return true;
	case 'M':
	case 'L':
		if (piece->count <= 2) {
			return false;
		}
		index = take_name(parse, date_months, 12);
		fields->month = index + 1;
		*is_ok = index >= 0;
		return true;
	default:
		return false;
	}
}

static void set_field(
    struct fields *fields, char letter, int64_t number, int at)
{
	switch (letter) {
	case 'M':
	case 'L':
		fields->month = number;
		fields->is_by_day_of_year = false;
		break;
	case 'd':
		fields->day = number;
		fields->is_by_day_of_year = false;
		break;
	case 'D':
		fields->day_of_year = number;
		fields->is_by_day_of_year = true;
		break;
	case 'H':
	case 'k':
		fields->hour = letter == 'k' && number == 24 ? 0 : number;
		fields->hour_read_at = at;
		break;
	case 'K':
	case 'h':
		fields->half = letter == 'h' && number == 12 ? 0 : number;
		fields->half_read_at = at;
		break;
	case 'm':
		fields->minute = number;
		break;
	case 's':
		fields->second = number;
		break;
	case 'S':
		fields->millisecond = number;
		break;
	default: /* weeks and weekdays say nothing a day does not */
		break;
	}
}

static bool take_field(struct parse *parse, const struct pattern_piece *piece)
{
	size_t max_len = parse->text.len - parse->at;
	size_t digits;
	int64_t number;
	bool is_ok = false;
	bool is_short = false;

	parse->fields_read++;
	if (piece->is_abutting) {
		/* Blanks count, too. */
		is_short = max_len < (size_t)piece->count;
		max_len = (size_t)piece->count;
	}
	max_len += parse->at;
	skip_blanks(parse);
	if (parse->at >= parse->text.len) {
		return false;
	}
	if (take_text_field(parse, piece, &is_ok)) {
		return is_ok;
	}
	if (is_short || max_len <= parse->at ||
	    !take_number(parse, max_len - parse->at, &number, &digits)) {
		return false;
	}
	if (piece->letter == 'y' || piece->letter == 'Y') {
		if (piece->count <= 2 && digits == 2 && number >= 0) {
			number = widen_year(parse, number);
		}
		parse->fields.year = number;
	} else {
		set_field(
		    &parse->fields, piece->letter, number, parse->fields_read);
	}
	return true;
}

/* Whether h and a count, and not H: what was read last does. */
static bool is_by_half(const struct fields *fields)
{
	int half = fields->half_read_at;
	int afternoon = fields->afternoon_read_at;
	int last = half > afternoon ? half : afternoon;

	if (half == 0 || afternoon == 0) {
		return fields->hour_read_at == 0 && last > 0;
	}
	return last > fields->hour_read_at;
}

static int64_t fields_to_ms(
    const struct fields *fields, const struct time_zone *zone)
{
	int64_t year = fields->is_bc ? 1 - fields->year : fields->year;
	int64_t days = fields->is_by_day_of_year
	    ? calendar_days(year, 1, 1, true) + fields->day_of_year - 1
	    : calendar_days(year, fields->month, fields->day, true);
	int64_t hour = is_by_half(fields)
	    ? fields->half + (fields->is_afternoon ? 12 : 0)
	    : fields->hour;

	int64_t in_day = hour * HOUR_MS + fields->minute * MINUTE_MS +
	    fields->second * 1000 + fields->millisecond;

	/* Java's years past 292 million wrap around, too. */
	return time_zone_to_utc(
	    zone, (int64_t)((uint64_t)days * DAY_MS + (uint64_t)in_day));
}

enum date_status date_pattern_parse(const struct date_context *context,
    struct slice pattern, struct slice text, int64_t *ms)
{
	struct pattern_reader reader = {.left = pattern};
	struct parse parse = {.text = text,
	    .now_ms = context->now_ms,
	    .fields = {.year = 1970, .month = 1, .day = 1}};
	struct pattern_piece piece;

	if (!pattern_is_valid(pattern)) {
		return DATE_BAD_FORMAT;
	}
	while (pattern_next(&reader, &piece)) {
		if (piece.letter != '\0') {
			if (!take_field(&parse, &piece)) {
				return DATE_NO_MATCH;
			}
		} else if (parse.at < text.len &&
		    text.data[parse.at] == piece.literal) {
			parse.at++;
		} else {
			return DATE_NO_MATCH;
		}
	}
	*ms = fields_to_ms(&parse.fields,
	    parse.fields.has_zone ? &parse.fields.zone : &context->zone);
	return DATE_OK;
}
