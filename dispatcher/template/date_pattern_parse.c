/*
 * Dates by a pattern, as Java's SimpleDateFormat reads them: leniently. A field
 * takes the digits it finds, however many (unless the next field touches it),
 * and any number is fine: month 13 is January of the next year. What follows a
 * match is ignored.
 */
#include "dispatcher/template/date.h"
#include "dispatcher/template/date_fields.h"
#include "dispatcher/template/date_pattern.h"

#include <string.h>

struct parse {
	struct slice text;
	size_t at;
	int64_t now_ms;
	struct date_fields fields;
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

/* How the distance to GMT is written. */
struct offset_form {
	bool has_colon;
	bool has_minutes;
	bool may_be_short; /* one digit for the hours */
};

/* One or two digits at *at. */
static bool take_digits(
    struct slice text, size_t *at, bool may_be_one, int *number)
{
	size_t start = *at;

	*number = 0;
	while (*at < text.len && *at < start + 2 && is_digit(text.data[*at])) {
		*number = *number * 10 + (text.data[(*at)++] - '0');
	}
	return *at == start + 2 || (may_be_one && *at == start + 1);
}

static void set_offset(struct parse *parse, int minutes)
{
	parse->fields.zone =
	    (struct time_zone){.name = "GMT", .offset_ms = minutes * MINUTE_MS};
	parse->fields.has_zone = true;
}

static bool take_offset(struct parse *parse, const struct offset_form *form)
{
	struct slice left = slice_from(parse->text, parse->at);
	size_t at = 1;
	int hours;
	int minutes = 0;

	if (left.len == 0 || (left.data[0] != '+' && left.data[0] != '-') ||
	    !take_digits(left, &at, form->may_be_short, &hours)) {
		return false;
	}
	if (form->has_minutes) {
		if (form->has_colon) {
			if (at >= left.len || left.data[at] != ':') {
				return false;
			}
			at++;
		}
		if (!take_digits(left, &at, false, &minutes)) {
			return false;
		}
	}
	if (hours > 23 || minutes > 59) {
		return false;
	}
	minutes += hours * 60;
	set_offset(parse, left.data[0] == '-' ? -minutes : minutes);
	parse->at += at;
	return true;
}

/* One to three X: Z, or +02, +0200, +02:00. */
static bool take_iso_zone(struct parse *parse, int count)
{
	const struct offset_form form = {
	    .has_colon = count == 3, .has_minutes = count != 1};

	if (take_word(parse, slice_of("Z"))) {
		set_offset(parse, 0);
		return true;
	}
	return take_offset(parse, &form);
}

/* The zones that have one name the world over. */
static bool take_zone_name(struct parse *parse)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {
	    {"UTC", 0},
	    {"WEST", 1},
	    {"WET", 0},
	    {"CEST", 2},
	    {"CET", 1},
	    {"EEST", 3},
	    {"EET", 2},
	    {"MSK", 3},
	    {"EST", -5},
	    {"EDT", -4},
	    {"CST", -6},
	    {"CDT", -5},
	    {"MST", -7},
	    {"MDT", -6},
	    {"PST", -8},
	    {"PDT", -7},
	    {"AKST", -9},
	    {"AKDT", -8},
	    {"HST", -10},
	};

	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		if (take_word(parse, slice_of(zones[i].name))) {
			set_offset(parse, zones[i].hours * 60);
			return true;
		}
	}
	return false;
}

/* z or Z: a name, GMT+2:00, or +0200. */
static bool take_zone(struct parse *parse)
{
	const struct offset_form with_colon = {
	    .has_colon = true, .has_minutes = true, .may_be_short = true};
	const struct offset_form plain = {.has_minutes = true};
	struct slice left = slice_from(parse->text, parse->at);

	if (left.len > 0 && (left.data[0] == '+' || left.data[0] == '-')) {
		return take_offset(parse, &plain);
	}
	if (!take_word(parse, slice_of("GMT"))) {
		return take_zone_name(parse);
	}
	left = slice_from(left, 3);
	if (left.len > 0 && (left.data[0] == '+' || left.data[0] == '-')) {
		return take_offset(parse, &with_colon);
	}
	set_offset(parse, 0);
	return true;
}

/* Fields that are words. False when the letter is none; *is_ok when it fits. */
static bool take_text_field(
    struct parse *parse, const struct pattern_piece *piece, bool *is_ok)
{
	struct date_fields *fields = &parse->fields;
	bool is_afternoon;
	int index;

	switch (piece->letter) {
	case 'G':
		fields->is_bc = take_word(parse, slice_of("BC"));
		*is_ok = fields->is_bc || take_word(parse, slice_of("AD"));
		return true;
	case 'E':
		index = take_name(parse, date_weekdays, 7);
		date_fields_set(fields, FIELD_WEEKDAY, index + 1);
		*is_ok = index >= 0;
		return true;
	case 'a':
		is_afternoon = take_word(parse, slice_of("PM"));
		date_fields_set(fields, FIELD_AFTERNOON, is_afternoon);
		*is_ok = is_afternoon || take_word(parse, slice_of("AM"));
		return true;
	case 'z':
	case 'Z':
		*is_ok = take_zone(parse);
		return true;
	case 'X':
		*is_ok = take_iso_zone(parse, piece->count);
		return true;
	case 'M':
	case 'L':
		if (piece->count <= 2) {
			return false;
		}
		index = take_name(parse, date_months, 12);
		date_fields_set(fields, FIELD_MONTH, index + 1);
		*is_ok = index >= 0;
		return true;
	default:
		return false;
	}
}

/* ISO's weekday, from Monday, as Java's, from Sunday; what is none stays. */
static int64_t java_weekday(int64_t weekday)
{
	return weekday < 1 || weekday > 7 ? weekday : weekday % 7 + 1;
}

static void set_number(struct date_fields *fields, char letter, int64_t number)
{
	static const struct {
		char letter;
		enum date_field field;
	} letters[] = {
	    {'M', FIELD_MONTH},
	    {'L', FIELD_MONTH},
	    {'d', FIELD_DAY},
	    {'D', FIELD_DAY_OF_YEAR},
	    {'w', FIELD_WEEK},
	    {'W', FIELD_WEEK_OF_MONTH},
	    {'F', FIELD_WEEKDAY_IN_MONTH},
	    {'u', FIELD_WEEKDAY},
	    {'H', FIELD_HOUR},
	    {'k', FIELD_HOUR},
	    {'K', FIELD_HALF},
	    {'h', FIELD_HALF},
	    {'m', FIELD_MINUTE},
	    {'s', FIELD_SECOND},
	    {'S', FIELD_MILLISECOND},
	};

	if ((letter == 'k' && number == 24) ||
	    (letter == 'h' && number == 12)) {
		number = 0;
	} else if (letter == 'u') {
		number = java_weekday(number);
	}
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		if (letters[i].letter == letter) {
			date_fields_set(fields, letters[i].field, number);
		}
	}
}

static bool take_field(struct parse *parse, const struct pattern_piece *piece)
{
	size_t max_len = parse->text.len - parse->at;
	size_t digits;
	int64_t number;
	bool is_ok = false;
	bool is_short = false;

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
		date_fields_set(&parse->fields,
		    piece->letter == 'y' ? FIELD_YEAR : FIELD_WEEK_YEAR,
		    number);
	} else {
		set_number(&parse->fields, piece->letter, number);
	}
	return true;
}

enum date_status date_pattern_parse(const struct date_context *context,
    struct slice pattern, struct slice text, int64_t *ms)
{
	struct pattern_reader reader = {.left = pattern};
	struct parse parse = {.text = text, .now_ms = context->now_ms};
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
	*ms = date_fields_to_ms(&parse.fields, &context->zone);
	return DATE_OK;
}
