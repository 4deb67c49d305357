/* What stands behind a backslash in Java's regular expressions: characters,
 * and classes of them. */
#include <string.h>

#include "dispatcher/template/regex.h"
#include "dispatcher/template/regex_java.h"
#include "dispatcher/template/text.h"

enum {
	CHARACTER_MAX = 0x10ffff,
	NAME_BYTES_MAX = 64,
};

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Exactly `count` hexadecimal digits. */
static bool read_hex(
    struct java_regex *regex, size_t count, uint32_t *character)
{
	uint32_t value = 0;

	*character = 0;
	for (size_t i = 0; i < count; i++) {
		int digit =
		    i < regex->rest.len ? hex_value(regex->rest.data[i]) : -1;

		if (digit < 0) {
			return java_refuse(regex);
		}
		value = value * 16 + (uint32_t)digit;
	}
	regex->rest = slice_from(regex->rest, count);
	*character = value;
	return true;
}

/* \x41 or \x{1F600}. */
static bool read_x(struct java_regex *regex, uint32_t *character)
{
	uint32_t value = 0;
	size_t digits = 0;

	if (regex->rest.len == 0 || regex->rest.data[0] != '{') {
		return read_hex(regex, 2, character);
	}
	regex->rest = slice_from(regex->rest, 1);
	while (digits < regex->rest.len &&
	    hex_value(regex->rest.data[digits]) >= 0 &&
	    value <= CHARACTER_MAX) {
		value = value * 16 +
		    (uint32_t)hex_value(regex->rest.data[digits++]);
	}
	regex->rest = slice_from(regex->rest, digits);
	if (digits == 0 || value > CHARACTER_MAX || regex->rest.len == 0 ||
	    regex->rest.data[0] != '}') {
		return java_refuse(regex);
	}
	regex->rest = slice_from(regex->rest, 1);
	*character = value;
	return true;
}

/* \u0041; two halves of a pair are one character. */
static bool read_u(struct java_regex *regex, uint32_t *character)
{
	struct slice before;
	uint32_t low = 0;

	if (!read_hex(regex, 4, character)) {
		return false;
	}
	before = regex->rest;
	if (*character < 0xd800 || *character > 0xdbff ||
	    !slice_starts_with(regex->rest, "\\u")) {
		return true;
	}
	regex->rest = slice_from(regex->rest, 2);
	if (!read_hex(regex, 4, &low)) {
		return false;
	}
	if (low >= 0xdc00 && low <= 0xdfff) {
		*character =
		    0x10000 + ((*character - 0xd800) << 10) + (low - 0xdc00);
	} else {
		regex->rest = before;
	}
	return true;
}

/* \07, \077 or \0377. */
static bool read_octal(struct java_regex *regex, uint32_t *character)
{
	size_t digits = 0;
	uint32_t value = 0;

	while (digits < 3 && digits < regex->rest.len &&
	    regex->rest.data[digits] >= '0' &&
	    regex->rest.data[digits] <= '7' && (digits < 2 || value <= 037)) {
		value =
		    value * 8 + (uint32_t)(regex->rest.data[digits++] - '0');
	}
	regex->rest = slice_from(regex->rest, digits);
	*character = value;
	return digits > 0 || java_refuse(regex);
}

static bool read_control(struct java_regex *regex, uint32_t *character)
{
	if (regex->rest.len == 0) {
		return java_refuse(regex);
	}
	*character = java_take(regex) ^ 64;
	return true;
}

bool java_escaped_character(struct java_regex *regex, uint32_t *character)
{
	static const char letters[] = "aefnrtv";
	static const char controls[] = "\a\033\f\n\r\t\v";
	struct slice before = regex->rest;
	uint32_t letter = java_take(regex);
	const char *found;

	switch (letter) {
	case '0':
		return read_octal(regex, character);
	case 'c':
		return read_control(regex, character);
	case 'u':
		return read_u(regex, character);
	case 'x':
		return read_x(regex, character);
	default:
		break;
	}
	found =
	    letter != 0 && letter < 0x80 ? strchr(letters, (int)letter) : NULL;
	if (found != NULL) {
		*character = (unsigned char)controls[found - letters];
		return true;
	}
	if (before.len == 0 || (letter >= '1' && letter <= '9') ||
	    (letter >= 'a' && letter <= 'z') ||
	    (letter >= 'A' && letter <= 'Z')) {
		regex->rest = before;
		return false;
	}
	*character = letter;
	return true;
}

/* --- classes */

struct named_class {
	const char *name;
	const char *items;
};

/* Those of POSIX, ASCII only; and Java's own. */
static const struct named_class named_classes[] = {
    {"ASCII", "\\x00-\\x7F"},
    {"Alnum", "a-zA-Z0-9"},
    {"Alpha", "a-zA-Z"},
    {"Blank", " \\t"},
    {"Cntrl", "\\x00-\\x1F\\x7F"},
    {"Digit", "0-9"},
    {"Graph", "!-~"},
    {"L1", "\\x00-\\xFF"},
    {"LC", "\\p{Lu}\\p{Ll}\\p{Lt}"},
    {"LD", "\\p{L}\\p{Nd}"},
    {"Lower", "a-z"},
    {"Print", "\\x20-~"},
    {"Punct", "!-\\/:-@\\[-`{-~"},
    {"Space", "\\x20\\t-\\r"},
    {"Upper", "A-Z"},
    {"XDigit", "0-9a-fA-F"},
    {"all", "\\x{0}-\\x{10FFFF}"},
    {"javaAlphabetic", "\\p{L}\\p{Nl}"},
    {"javaDigit", "\\p{Nd}"},
    {"javaISOControl", "\\x00-\\x1F\\x7F-\\x9F"},
    {"javaLetter", "\\p{L}"},
    {"javaLetterOrDigit", "\\p{L}\\p{Nd}"},
    {"javaLowerCase", "\\p{Ll}\\xAA\\xBA"},
    {"javaSpaceChar", "\\p{Z}"},
    {"javaTitleCase", "\\p{Lt}"},
    {"javaUpperCase", "\\p{Lu}"},
    {"javaWhitespace",
	"\\t-\\r\\x1C-\\x20\\x{1680}\\x{2000}-\\x{2006}\\x{2008}-\\x{200A}"
	"\\x{2028}\\x{2029}\\x{205F}\\x{3000}"},
};

/* \p{Is...} that are neither a category nor a script; and \p{...} under (?U).
 */
static const struct named_class unicode_classes[] = {
    {"ALNUM", "\\p{L}\\p{Nl}\\p{Nd}"},
    {"ALPHABETIC", "\\p{L}\\p{Nl}"},
    {"ASSIGNED", "\\P{Cn}"},
    {"BLANK", "\\p{Zs}\\t"},
    {"CONTROL", "\\p{Cc}"},
    {"DIGIT", "\\p{Nd}"},
    {"HEX_DIGIT", "\\p{Nd}a-fA-F"},
    {"LETTER", "\\p{L}"},
    {"LOWERCASE", "\\p{Ll}\\xAA\\xBA"},
    {"PUNCTUATION", "\\p{P}"},
    {"TITLECASE", "\\p{Lt}"},
    {"UPPERCASE", "\\p{Lu}"},
    {"WHITE_SPACE", "\\p{Z}\\t-\\r\\x85"},
    {"WHITESPACE", "\\p{Z}\\t-\\r\\x85"},
    {"WORD", "\\p{L}\\p{Nl}\\p{M}\\p{Nd}\\p{Pc}"},
};

static const struct named_class blocks[] = {
    {"BASICLATIN", "\\x00-\\x7F"},
    {"CYRILLIC", "\\x{400}-\\x{4FF}"},
    {"GENERALPUNCTUATION", "\\x{2000}-\\x{206F}"},
    {"GREEK", "\\x{370}-\\x{3FF}"},
    {"LATIN-1SUPPLEMENT", "\\x80-\\xFF"},
    {"LATIN1SUPPLEMENT", "\\x80-\\xFF"},
    {"LATINEXTENDED-A", "\\x{100}-\\x{17F}"},
    {"LATINEXTENDEDA", "\\x{100}-\\x{17F}"},
    {"LATINEXTENDED-B", "\\x{180}-\\x{24F}"},
    {"LATINEXTENDEDB", "\\x{180}-\\x{24F}"},
};

static const char *find_class(const struct named_class *classes, size_t count,
    struct slice name, bool ignores_case)
{
	for (size_t i = 0; i < count; i++) {
		if (ignores_case ? slice_equal_ignoring_case(
				       name, slice_of(classes[i].name))
				 : slice_is(name, classes[i].name)) {
			return classes[i].items;
		}
	}
	return NULL;
}

/* A general category: \p{Lu} is PCRE2's, too. */
static bool is_category(struct slice name)
{
	static const char *const categories[] = {"C", "Cc", "Cf", "Cn", "Co",
	    "Cs", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N",
	    "Nd", "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps",
	    "S", "Sc", "Sk", "Sm", "So", "Z", "Zl", "Zp", "Zs"};

	for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
		if (slice_is(name, categories[i])) {
			return true;
		}
	}
	return false;
}

static void put_property(struct java_regex *regex, struct java_set *set,
    struct slice name, bool is_negated)
{
	struct java_text *items = &set->items;

	java_put(regex, items, is_negated ? "\\P{" : "\\p{");
	java_put_slice(regex, items, name);
	java_put(regex, items, "}");
}

static bool put_items(struct java_regex *regex, struct java_set *set,
    const char *items, bool is_negated)
{
	if (!is_negated) {
		java_put(regex, &set->items, items);
		return true;
	}
	java_put(regex, &set->others, set->others.len > 0 ? "|[^" : "[^");
	java_put(regex, &set->others, items);
	java_put(regex, &set->others, "]");
	return true;
}

/* Under the flag i the case of letters does not count for classes of them. */
static struct slice without_case(
    const struct java_regex *regex, struct slice name)
{
	static const char *const cased[] = {"Lu", "Ll", "Lt", "javaUpperCase",
	    "javaLowerCase", "javaTitleCase", "UPPERCASE", "LOWERCASE",
	    "TITLECASE"};

	if ((regex->flags & REGEX_IGNORE_CASE) == 0) {
		return name;
	}
	if (slice_is(name, "Lower") || slice_is(name, "Upper")) {
		return SLICE_LITERAL("Alpha");
	}
	for (size_t i = 0; i < ARRAY_LEN(cased); i++) {
		if (slice_equal_ignoring_case(name, slice_of(cased[i]))) {
			return SLICE_LITERAL("LC");
		}
	}
	return name;
}

static bool put_named(struct java_regex *regex, struct java_set *set,
    struct slice name, bool is_negated)
{
	bool is_short = slice_starts_with(name, "Is");
	struct slice rest =
	    without_case(regex, slice_from(name, is_short ? 2 : 0));
	const char *found;

	if (slice_starts_with(name, "In")) {
		found = find_class(
		    blocks, ARRAY_LEN(blocks), slice_from(name, 2), true);
		return found != NULL ? put_items(regex, set, found, is_negated)
				     : java_refuse(regex);
	}
	if (is_category(rest)) {
		put_property(regex, set, rest, is_negated);
		return true;
	}
	found = is_short || regex->is_unicode_classes
	    ? find_class(
		  unicode_classes, ARRAY_LEN(unicode_classes), rest, true)
	    : NULL;
	if (found == NULL && (!is_short || slice_is(rest, "LC"))) {
		found = find_class(
		    named_classes, ARRAY_LEN(named_classes), rest, false);
	}
	if (found != NULL) {
		return put_items(regex, set, found, is_negated);
	}
	if (is_short && rest.len > 0) {
		put_property(regex, set, rest, is_negated); /* a script */
		return true;
	}
	return java_refuse(regex);
}

static bool put_assigned(struct java_regex *regex, struct java_set *set,
    struct slice key, struct slice value, bool is_negated)
{
	if (slice_equal_ignoring_case(key, SLICE_LITERAL("sc")) ||
	    slice_equal_ignoring_case(key, SLICE_LITERAL("script"))) {
		put_property(regex, set, value, is_negated);
		return true;
	}
	if ((slice_equal_ignoring_case(key, SLICE_LITERAL("gc")) ||
		slice_equal_ignoring_case(
		    key, SLICE_LITERAL("general_category"))) &&
	    is_category(value)) {
		put_property(regex, set, value, is_negated);
		return true;
	}
	return java_refuse(regex);
}

/* Letters and such: what goes into PCRE2's braces must not end them. */
static bool is_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.data[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			(c >= '0' && c <= '9') || c == '_' || c == '-' ||
			c == ' ' || c == '=')) {
			return false;
		}
	}
	return name.len > 0 && name.len < NAME_BYTES_MAX;
}

/* \pL or \p{...}, behind its letter. */
static bool read_property(
    struct java_regex *regex, struct java_set *set, bool is_negated)
{
	struct slice name = {regex->rest.data, 1};
	const char *equals;

	if (regex->rest.len == 0) {
		return java_refuse(regex);
	}
	if (regex->rest.data[0] == '{') {
		const char *close =
		    memchr(regex->rest.data, '}', regex->rest.len);

		if (close == NULL) {
			return java_refuse(regex);
		}
		name = slice_make(regex->rest.data + 1,
		    (size_t)(close - regex->rest.data) - 1);
		regex->rest = slice_from(regex->rest, name.len + 2);
	} else {
		regex->rest = slice_from(regex->rest, 1);
	}
	if (!is_name(name)) {
		return java_refuse(regex);
	}
	equals = memchr(name.data, '=', name.len);
	if (equals == NULL) {
		return put_named(regex, set, name, is_negated);
	}
	return put_assigned(regex, set,
	    slice_make(name.data, (size_t)(equals - name.data)),
	    slice_from(name, (size_t)(equals - name.data) + 1), is_negated);
}

static const char *shorthand(const struct java_regex *regex, uint32_t letter)
{
	bool is_wide = regex->is_unicode_classes;

	switch (letter) {
	case 'd':
		return is_wide ? "\\p{Nd}" : "0-9";
	case 'D':
		return is_wide ? "\\P{Nd}" : "\\D";
	case 'h':
		return "\\h";
	case 'H':
		return "\\H";
	case 's':
		return is_wide ? "\\p{Z}\\t-\\r\\x85" : "\\x20\\t-\\r";
	case 'S':
		return "\\S";
	case 'v':
		return "\\n-\\r\\x85\\x{2028}\\x{2029}";
	case 'V':
		return "\\V";
	case 'w':
		return is_wide ? "\\p{L}\\p{Nl}\\p{M}\\p{Nd}\\p{Pc}"
			       : "a-zA-Z0-9_";
	case 'W':
		return "\\W";
	default:
		return NULL;
	}
}

bool java_escaped_class(struct java_regex *regex, struct java_set *set)
{
	struct slice before = regex->rest;
	uint32_t letter = java_take(regex);
	const char *found = shorthand(regex, letter);

	if (found != NULL) {
		java_put(regex, &set->items, found);
		return true;
	}
	if (letter == 'p' || letter == 'P') {
		return read_property(regex, set, letter == 'P');
	}
	regex->rest = before;
	return false;
}
