/* The options behind a number pattern: roundingMode=halfUp, ... */
#include <string.h>

#include "dispatcher/template/number_pattern.h"
#include "dispatcher/template/text.h"

#define NO_BREAK_SPACE "\302\240"

struct option {
	struct slice name;
	struct slice value;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip_space(struct slice *rest)
{
	for (;;) {
		if (rest->len > 0 && is_space(rest->data[0])) {
			*rest = slice_from(*rest, 1);
		} else if (slice_starts_with(*rest, NO_BREAK_SPACE)) {
			*rest = slice_from(*rest, sizeof(NO_BREAK_SPACE) - 1);
		} else {
			return;
		}
	}
}

static bool take_char(struct slice *rest, char c)
{
	if (rest->len == 0 || rest->data[0] != c) {
		return false;
	}
	*rest = slice_from(*rest, 1);
	return true;
}

/* What Java lets stand in a name, near enough. */
static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '_' || c == '$' ||
	    (unsigned char)c >= 0x80;
}

/* Letters and digits; empty when there are none. */
static struct slice take_word(struct slice *rest)
{
	size_t len = 0;
	struct slice word;

	while (len < rest->len && is_word_char(rest->data[len]) &&
	    !slice_starts_with(slice_from(*rest, len), NO_BREAK_SPACE)) {
		len++;
	}
	word = slice_make(rest->data, len);
	*rest = slice_from(*rest, len);
	return word;
}

/* A text in quotes; the quote doubled is one. */
static bool take_quoted(
    struct arena *arena, struct slice *rest, struct slice *value)
{
	char quote = rest->data[0];
	char *out = arena_alloc(arena, rest->len);
	size_t len = 0;

	if (out == NULL) {
		return false;
	}
	for (size_t at = 1; at < rest->len; at++) {
		if (rest->data[at] == quote) {
			at++;
			if (at == rest->len || rest->data[at] != quote) {
				*value = slice_make(out, len);
				*rest = slice_from(*rest, at);
				return true;
			}
		}
		out[len++] = rest->data[at];
	}
	return false;
}

static bool take_value(
    struct arena *arena, struct slice *rest, struct slice *value)
{
	if (rest->len > 0 && (rest->data[0] == '\'' || rest->data[0] == '"')) {
		return take_quoted(arena, rest, value);
	}
	*value = take_word(rest);
	/* A quote in the middle of a word is an error. */
	return value->len > 0 &&
	    (rest->len == 0 || (rest->data[0] != '\'' && rest->data[0] != '"'));
}

static bool set_rounding(struct slice name, struct number_pattern *pattern)
{
	static const struct {
		const char *name;
		enum number_rounding rounding;
	} modes[] = {
	    {"halfEven", NUMBER_HALF_EVEN},
	    {"halfUp", NUMBER_HALF_UP},
	    {"halfDown", NUMBER_HALF_DOWN},
	    {"up", NUMBER_UP},
	    {"down", NUMBER_TRUNCATE},
	    {"floor", NUMBER_FLOOR},
	    {"ceiling", NUMBER_CEILING},
	    {"unnecessary", NUMBER_TRUNCATE},
	};

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		if (slice_is(name, modes[i].name)) {
			pattern->rounding = modes[i].rounding;
			pattern->is_exact = slice_is(name, "unnecessary");
			return true;
		}
	}
	return false;
}

static bool set_multiplier(struct slice value, struct number_pattern *pattern)
{
	int64_t number;

	if (value.len > 1 && value.data[0] == '+') {
		value = slice_from(value, 1);
	}
	if (!slice_to_int64(value, &number) || number > INT32_MAX ||
	    number < INT32_MIN) {
		return false;
	}
	pattern->multiplier = (int32_t)number;
	return true;
}

static bool set_zero(struct slice value, struct number_pattern *pattern)
{
	size_t len;

	if (text_units(value) != 1) {
		return false;
	}
	pattern->symbols.zero = text_decode(value, 0, &len);
	return true;
}

static bool set_currency(
    struct arena *arena, struct slice code, struct number_symbols *symbols)
{
	symbols->currency_code = code;
	return text_currency_sign(arena, code, &symbols->currency);
}

/* The symbol that is one character, by the name of its option. */
static struct slice *find_symbol(
    struct slice name, struct number_symbols *symbols)
{
	const struct {
		const char *name;
		struct slice *symbol;
	} names[] = {
	    {"decimalSeparator", &symbols->point},
	    {"monetaryDecimalSeparator", &symbols->monetary_point},
	    {"groupingSeparator", &symbols->group},
	    {"minusSign", &symbols->minus},
	    {"percent", &symbols->percent},
	    {"perMill", &symbols->per_mille},
	};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_is(name, names[i].name)) {
			return names[i].symbol;
		}
	}
	return NULL;
}

static bool set_option(struct arena *arena, const struct option *option,
    struct number_pattern *pattern)
{
	struct slice *symbol = find_symbol(option->name, &pattern->symbols);

	if (symbol != NULL) {
		*symbol = option->value;
		return text_units(option->value) == 1;
	}
	if (slice_is(option->name, "roundingMode")) {
		return set_rounding(option->value, pattern);
	}
	/* FreeMarker knows this one with a slip of the pen, too. */
	if (slice_is(option->name, "multiplier") ||
	    slice_is(option->name, "multipier")) {
		return set_multiplier(option->value, pattern);
	}
	if (slice_is(option->name, "zeroDigit")) {
		return set_zero(option->value, pattern);
	}
	if (slice_is(option->name, "currencyCode")) {
		return set_currency(arena, option->value, &pattern->symbols);
	}
	if (slice_is(option->name, "exponentSeparator")) {
		pattern->symbols.exponent = option->value;
	} else if (slice_is(option->name, "infinity")) {
		pattern->symbols.infinity = option->value;
	} else if (slice_is(option->name, "nan")) {
		pattern->symbols.nan = option->value;
	} else {
		return slice_is(option->name, "currencySymbol");
	}
	return true;
}

bool number_pattern_read_options(
    struct arena *arena, struct slice rest, struct number_pattern *pattern)
{
	struct slice currency_symbol = {NULL, 0};

	skip_space(&rest);
	while (rest.len > 0) {
		struct option option = {.name = take_word(&rest)};
		size_t left;

		skip_space(&rest);
		if (option.name.len == 0 || !take_char(&rest, '=')) {
			return false;
		}
		skip_space(&rest);
		if (!take_value(arena, &rest, &option.value) ||
		    !set_option(arena, &option, pattern)) {
			return false;
		}
		if (slice_is(option.name, "currencySymbol")) {
			currency_symbol = option.value;
		}
		left = rest.len;
		skip_space(&rest);
		if (take_char(&rest, ',')) {
			skip_space(&rest);
			if (rest.len == 0) {
				return false;
			}
		} else if (rest.len > 0 && rest.len == left) {
			return false;
		}
	}
	if (currency_symbol.data != NULL) {
		pattern->symbols.currency = currency_symbol;
	}
	return true;
}
