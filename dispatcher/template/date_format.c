/* Which format is it: an ISO one, a named style, or a pattern. */
#include "dispatcher/template/date.h"
#include "dispatcher/template/date_pattern.h"

#include <stdio.h>
#include <string.h>

/* "iso m nz" and such, taken apart. */
struct iso_options {
	struct iso_form form;
	bool is_utc;	    /* fu, u: not the zone that is set */
	bool has_zone_word; /* nz or fz was there */
};

static bool take_word(struct slice *text, const char *word)
{
	if (!slice_starts_with(*text, word)) {
		return false;
	}
	*text = slice_from(*text, strlen(word));
	return true;
}

static bool set_accuracy(
    struct iso_options *options, enum iso_accuracy accuracy)
{
	bool is_too_coarse = options->form.is_xs && accuracy < ISO_SECONDS;

	if (options->form.accuracy != ISO_MILLISECONDS || is_too_coarse) {
		return false;
	}
	options->form.accuracy = accuracy;
	return true;
}

static bool set_offset(struct iso_options *options, bool has_offset)
{
	if (options->has_zone_word) {
		return false;
	}
	options->has_zone_word = true;
	options->form.has_offset = has_offset;
	return true;
}

static bool set_utc(struct iso_options *options)
{
	if (options->is_utc) {
		return false;
	}
	options->is_utc = true;
	return true;
}

static bool take_option(struct slice *text, struct iso_options *options)
{
	if (take_word(text, "h")) {
		return set_accuracy(options, ISO_HOURS);
	}
	if (take_word(text, "ms")) {
		return set_accuracy(options, ISO_MILLISECONDS_FORCED);
	}
	if (take_word(text, "m")) {
		return set_accuracy(options, ISO_MINUTES);
	}
	if (take_word(text, "s")) {
		return set_accuracy(options, ISO_SECONDS);
	}
	if (take_word(text, "nz")) {
		return set_offset(options, false);
	}
	if (take_word(text, "fz")) {
		return set_offset(options, true);
	}
	return (take_word(text, "fu") || take_word(text, "u")) &&
	    set_utc(options);
}

static bool is_iso(struct slice format)
{
	return slice_starts_with(format, "iso") ||
	    slice_starts_with(format, "xs");
}

static bool parse_options(
    struct slice format, enum date_kind kind, struct iso_options *options)
{
	bool is_xs = slice_starts_with(format, "xs");
	bool after_separator = false;

	*options =
	    (struct iso_options){.form = {kind, ISO_MILLISECONDS, true, is_xs}};
	format = slice_from(format, is_xs ? 2 : 3);
	while (format.len > 0) {
		if (format.data[0] == ' ' || format.data[0] == '_') {
			after_separator = true;
			format = slice_from(format, 1);
			continue;
		}
		if (!after_separator || !take_option(&format, options)) {
			return false;
		}
		after_separator = false;
	}
	return true;
}

enum {
	STYLES_LEN = 64, /* the longest date's and time's patterns */
};

enum style {
	STYLE_SHORT,
	STYLE_MEDIUM,
	STYLE_LONG,
	STYLE_FULL,
	STYLE_NONE,
};

static const char *const style_names[] = {"short", "medium", "long", "full"};
static const char *const date_styles[] = {
    "M/d/yy", "MMM d, y", "MMMM d, y", "EEEE, MMMM d, y"};
static const char *const time_styles[] = {
    "h:mm a", "h:mm:ss a", "h:mm:ss a z", "h:mm:ss a zzzz"};

static enum style find_style(struct slice word)
{
	for (int i = STYLE_SHORT; i < STYLE_NONE; i++) {
		if (slice_is(word, style_names[i])) {
			return (enum style)i;
		}
	}
	return STYLE_NONE;
}

/* The next word between underscores; false at the end. */
static bool next_word(struct slice *text, struct slice *word)
{
	size_t len = 0;

	while (text->len > 0 && text->data[0] == '_') {
		*text = slice_from(*text, 1);
	}
	while (len < text->len && text->data[len] != '_') {
		len++;
	}
	*word = slice_make(text->data, len);
	*text = slice_from(*text, len);
	return len > 0;
}

/* The pattern of "short", "medium_short", ... into `room`; other formats are
 * patterns themselves. */
static struct slice find_pattern(
    struct slice format, enum date_kind kind, char room[STYLES_LEN])
{
	struct slice left = format;
	struct slice word;
	enum style date =
	    next_word(&left, &word) ? find_style(word) : STYLE_MEDIUM;
	enum style time = date;

	if (date == STYLE_NONE) {
		return format;
	}
	if (kind == DATE_ALONE) {
		return slice_of(date_styles[date]);
	}
	if (kind == TIME_ALONE) {
		return slice_of(time_styles[date]);
	}
	if (next_word(&left, &word)) {
		time = find_style(word);
	}
	if (time == STYLE_NONE) {
		return format;
	}
	(void)snprintf(room, STYLES_LEN, "%s%s%s", date_styles[date],
	    date >= STYLE_LONG && time >= STYLE_LONG ? " 'at' " : ", ",
	    time_styles[time]);
	return slice_of(room);
}

enum date_status date_to_text(const struct date_context *context,
    struct slice format, enum date_kind kind, int64_t ms, struct strbuf *text)
{
	const struct time_zone utc = {.name = "UTC"};
	struct iso_options options;
	char room[STYLES_LEN];

	if (is_iso(format)) {
		if (!parse_options(format, kind, &options)) {
			return DATE_BAD_FORMAT;
		}
		date_iso_format(options.is_utc ? &utc : &context->zone,
		    &options.form, ms, text);
		return strbuf_failed(text) ? DATE_NO_MEMORY : DATE_OK;
	}
	return date_pattern_format(
	    context, find_pattern(format, kind, room), ms, text);
}

enum date_status date_parse(const struct date_context *context,
    struct slice format, enum date_kind kind, struct slice text, int64_t *ms)
{
	const struct time_zone utc = {.name = "UTC"};
	struct iso_options options;
	char room[STYLES_LEN];

	if (is_iso(format)) {
		if (!parse_options(format, kind, &options)) {
			return DATE_BAD_FORMAT;
		}
		return date_iso_parse(options.is_utc ? &utc : &context->zone,
			   kind, options.form.is_xs, text, ms)
		    ? DATE_OK
		    : DATE_NO_MATCH;
	}
	return date_pattern_parse(
	    context, find_pattern(format, kind, room), text, ms);
}

bool date_format_is_valid(struct slice format, enum date_kind kind)
{
	struct iso_options options;
	char room[STYLES_LEN];

	return is_iso(format)
	    ? parse_options(format, kind, &options)
	    : pattern_is_valid(find_pattern(format, kind, room));
}
