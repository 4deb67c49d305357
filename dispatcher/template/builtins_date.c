/* Dates and times: from strings and numbers, and as ISO 8601. ?string is in
 * builtins_type.c. */
#include <string.h>

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/date.h"
#include "dispatcher/template/render.h"

static bool to_date(struct render *render, const struct expr *call,
    struct value left, enum date_kind kind, struct value *result)
{
	struct slice format = render->date_formats[kind];
	struct slice text;

	if (left.kind == VALUE_DATE) {
		if (call->list.count > 0) {
			return raise_error(render, call->left,
			    "is a date already: it takes no format");
		}
		if (left.len != DATE_AND_TIME && left.len != (uint32_t)kind) {
			return raise_error(render, call->left,
			    "is a %s, which holds no %s", value_kind_name(left),
			    value_kind_name(value_date(kind, 0)));
		}
		*result = value_date(kind, left.integer);
		return true;
	}
	if (!render_text(render, call, left, &text)) {
		return false;
	}
	/* The format that is set must be one, whichever is used. */
	if (!date_format_is_valid(format, kind)) {
		return raise_error(render, call,
		    "cannot be read while the setting %s is no date format",
		    kind == DATE_ALONE	     ? "date_format"
			: kind == TIME_ALONE ? "time_format"
					     : "datetime_format");
	}
	if (call->list.count > 0 &&
	    !render_text_argument(render, call, 0, &format)) {
		return false;
	}
	*result = value_string(text);
	if (text_to_date(render, call->left, kind, format, result)) {
		return true;
	}
	return value_is_number(left) && render->raised == RAISED_ERROR
	    ? raise_error(render, call->left,
		  "is a number, which is no date as it stands; milliseconds "
		  "since 1970 are read by ?number_to_datetime")
	    : false;
}

static bool apply_date(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return to_date(render, call, left, DATE_ALONE, result);
}

static bool apply_time(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return to_date(render, call, left, TIME_ALONE, result);
}

static bool apply_datetime(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return to_date(render, call, left, DATE_AND_TIME, result);
}

/* ?date_if_unknown and its like: every date of ours is known. */
static bool apply_if_unknown(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	*result = left;
	return left.kind == VALUE_DATE ||
	    raise_type(render, call->left, left, "a date");
}

static bool from_number(struct render *render, const struct expr *call,
    struct value left, enum date_kind kind, struct value *result)
{
	struct value whole;

	if (!render_number(render, call, left)) {
		return false;
	}
	if (number_round(render->arena, left, 0, NUMBER_HALF_UP, &whole) !=
		NUMBER_OK ||
	    whole.kind != VALUE_INTEGER) {
		return raise_error(render, call->left,
		    "is too large for a number of milliseconds");
	}
	*result = value_date(kind, whole.integer);
	return true;
}

static bool apply_number_to_date(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return from_number(render, call, left, DATE_ALONE, result);
}

static bool apply_number_to_time(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	return from_number(render, call, left, TIME_ALONE, result);
}

static bool apply_number_to_datetime(struct render *render,
    const struct expr *call, struct value left, struct value *result)
{
	return from_number(render, call, left, DATE_AND_TIME, result);
}

/* The built-in's name says it all: iso, _utc or _local, _h, _m or _ms, _nz. */
static void read_name(
    const char *name, bool *is_utc, bool *is_local, struct iso_form *form)
{
	*is_utc = strstr(name, "tc") != NULL;
	*is_local = strstr(name, "ocal") != NULL;
	form->has_offset =
	    strstr(name, "nz") == NULL && strstr(name, "NZ") == NULL;
	form->accuracy = ISO_SECONDS;
	if (strstr(name, "_ms") != NULL || strstr(name, "Ms") != NULL) {
		form->accuracy = ISO_MILLISECONDS;
	} else if (strstr(name, "_m") != NULL || strstr(name, "M") != NULL) {
		form->accuracy = ISO_MINUTES;
	} else if (strstr(name, "_h") != NULL || strstr(name, "H") != NULL) {
		form->accuracy = ISO_HOURS;
	}
}

static bool apply_iso(struct render *render, const struct expr *call,
    struct value left, struct value *result)
{
	struct time_zone zone = {.name = "UTC"};
	struct iso_form form = {.kind = (enum date_kind)left.len};
	size_t start = render->out->len;
	struct slice name;
	size_t len;
	bool is_utc;
	bool is_local;
	char *copy;

	if (left.kind != VALUE_DATE) {
		return raise_type(render, call->left, left, "a date");
	}
	read_name(call->builtin.builtin->name, &is_utc, &is_local, &form);
	if (is_local) {
		zone = render->time_zone;
	} else if (!is_utc) {
		if (!render_text_argument(render, call, 0, &name)) {
			return false;
		}
		if (!time_zone_find(name, &zone)) {
			return raise_error(render, call->list.items[0],
			    "is no time zone: write \"UTC\", \"GMT+2\" or "
			    "\"Europe/Kiev\"");
		}
	}
	date_iso_format(&zone, &form, left.integer, render->out);
	len = render->out->len - start;
	copy = arena_copy(
	    render->arena, slice_make(strbuf_text(render->out) + start, len));
	strbuf_truncate(render->out, start);
	*result = value_string(slice_make(copy, len));
	return copy != NULL || raise_memory(render);
}

const struct builtin builtins_date[] = {
    {"date", apply_date, 0, 1, BUILTIN_PRINTS},
    {"date_if_unknown", apply_if_unknown, 0, 0, 0},
    {"datetime", apply_datetime, 0, 1, BUILTIN_PRINTS},
    {"datetime_if_unknown", apply_if_unknown, 0, 0, 0},
    {"iso_utc", apply_iso, 0, 0, 0},
    {"iso_utc_ms", apply_iso, 0, 0, 0},
    {"iso_utc_m", apply_iso, 0, 0, 0},
    {"iso_utc_h", apply_iso, 0, 0, 0},
    {"iso_utc_fz", apply_iso, 0, 0, 0},
    {"isoUtcFZ", apply_iso, 0, 0, 0},
    {"iso_utc_nz", apply_iso, 0, 0, 0},
    {"isoUtcNZ", apply_iso, 0, 0, 0},
    {"iso_utc_ms_nz", apply_iso, 0, 0, 0},
    {"isoUtcMsNZ", apply_iso, 0, 0, 0},
    {"iso_utc_m_nz", apply_iso, 0, 0, 0},
    {"isoUtcMNZ", apply_iso, 0, 0, 0},
    {"iso_utc_h_nz", apply_iso, 0, 0, 0},
    {"isoUtcHNZ", apply_iso, 0, 0, 0},
    {"iso_local", apply_iso, 0, 0, 0},
    {"iso_local_ms", apply_iso, 0, 0, 0},
    {"iso_local_m", apply_iso, 0, 0, 0},
    {"iso_local_h", apply_iso, 0, 0, 0},
    {"iso_local_nz", apply_iso, 0, 0, 0},
    {"isoLocalNZ", apply_iso, 0, 0, 0},
    {"iso_local_ms_nz", apply_iso, 0, 0, 0},
    {"isoLocalMsNZ", apply_iso, 0, 0, 0},
    {"iso_local_m_nz", apply_iso, 0, 0, 0},
    {"isoLocalMNZ", apply_iso, 0, 0, 0},
    {"iso_local_h_nz", apply_iso, 0, 0, 0},
    {"isoLocalHNZ", apply_iso, 0, 0, 0},
    {"iso", apply_iso, 1, 1, 0},
    {"iso_ms", apply_iso, 1, 1, 0},
    {"iso_m", apply_iso, 1, 1, 0},
    {"iso_h", apply_iso, 1, 1, 0},
    {"iso_nz", apply_iso, 1, 1, 0},
    {"isoNZ", apply_iso, 1, 1, 0},
    {"iso_ms_nz", apply_iso, 1, 1, 0},
    {"isoMsNZ", apply_iso, 1, 1, 0},
    {"iso_m_nz", apply_iso, 1, 1, 0},
    {"isoMNZ", apply_iso, 1, 1, 0},
    {"iso_h_nz", apply_iso, 1, 1, 0},
    {"isoHNZ", apply_iso, 1, 1, 0},
    {"number_to_date", apply_number_to_date, 0, 0, 0},
    {"number_to_datetime", apply_number_to_datetime, 0, 0, 0},
    {"number_to_time", apply_number_to_time, 0, 0, 0},
    {"time", apply_time, 0, 1, BUILTIN_PRINTS},
    {"time_if_unknown", apply_if_unknown, 0, 0, 0},
    {.name = NULL},
};
