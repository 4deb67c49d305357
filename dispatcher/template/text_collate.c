/*
 * FreeMarker compares and sorts texts with Java's collator for en_US, not by
 * their characters. It looks at three things in turn: the letters, then
 * accents, blanks and hyphens, then case; control and zero-width characters
 * count for nothing. Nearly all texts that are compared for equality have none
 * of those; they are compared as they are.
 *
 * The order of punctuation is that of the rules Java ships. Beyond ASCII,
 * letters without accents are in the order of their code points.
 */
#include "dispatcher/template/text.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

enum {
	FIRST_DIGIT = 0x100,
	FIRST_LETTER = 0x200,
	FIRST_OTHER = 0x1000,
};

/* ASCII punctuation that weighs as much as a letter does, lightest first. */
static const char punctuation[] = "_,;:!?/.`^'\"()[]{}@$*\\&#%+<=>|~";

/* What one character weighs; 0 is nothing. */
struct weight {
	uint32_t letter;
	uint32_t accent;
	uint32_t is_upper;
};

static bool is_plain(struct slice text)
{
	for (size_t i = 0; i < text.len; i++) {
		unsigned char byte = (unsigned char)text.data[i];

		if (byte >= 0x7F || (byte < 0x20 && (byte < 9 || byte > 13))) {
			return false;
		}
	}
	return true;
}

static bool is_ignored(UChar32 c)
{
	return c <= 0x08 || (c >= 0x0E && c <= 0x1F) ||
	    (c >= 0x7F && c <= 0x9F) || (c >= 0x200B && c <= 0x200F) ||
	    (c >= 0x202A && c <= 0x202E) || (c >= 0x206A && c <= 0x206F) ||
	    c == 0xFEFF;
}

/* White space, then hyphens, then accents: they weigh less than any letter. */
static uint32_t accent_of(UChar32 c)
{
	if ((c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0xA0 ||
	    (c >= 0x2000 && c <= 0x200A) || c == 0x3000) {
		return 1 + (uint32_t)c;
	}
	if (c == '-' || c == 0xAD || (c >= 0x2010 && c <= 0x2015) ||
	    c == 0x2212) {
		return 0x10000 + (uint32_t)c;
	}
	if (u_getCombiningClass(c) != 0) {
		return 0x20000 + (uint32_t)c;
	}
	return 0;
}

static struct weight weigh(UChar32 c)
{
	struct weight weight = {.accent = accent_of(c)};
	const char *found;
	UChar32 lower;

	if (weight.accent != 0) {
		return weight;
	}
	if (c < 0x80) {
		found = c != 0 ? strchr(punctuation, (char)c) : NULL;
		if (found != NULL) {
			weight.letter = 1 + (uint32_t)(found - punctuation);
			return weight;
		}
		if (c >= '0' && c <= '9') {
			weight.letter = FIRST_DIGIT + (uint32_t)c;
			return weight;
		}
	}
	lower = u_tolower(c);
	weight.letter =
	    (c < 0x80 ? FIRST_LETTER : FIRST_OTHER) + (uint32_t)lower;
	weight.is_upper = lower != c;
	return weight;
}

/* The text decomposed, without what is ignored. NULL when out of memory;
 * caller frees. */
static UChar *collation_form(struct slice text, int32_t *len)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfd = unorm2_getNFDInstance(&status);
	size_t room = text.len * 4 + 4;
	UChar *units = malloc((text.len + 1) * sizeof(*units));
	UChar *form = malloc(room * sizeof(*form));
	int32_t unit_count = 0;
	int32_t kept = 0;

	if (units == NULL || form == NULL || room > INT32_MAX) {
		goto fail;
	}
	(void)u_strFromUTF8WithSub(units, (int32_t)text.len, &unit_count,
	    text.data, (int32_t)text.len, 0xFFFD, NULL, &status);
	for (int32_t i = 0; i < unit_count; i++) {
		if (!is_ignored(units[i])) {
			units[kept++] = units[i];
		}
	}
	*len = unorm2_normalize(nfd, units, kept, form, (int32_t)room, &status);
	if (U_FAILURE(status)) {
		goto fail;
	}
	free(units);
	return form;
fail:
	free(units);
	free(form);
	return NULL;
}

static UChar32 next_character(const UChar *form, int32_t len, int32_t *at)
{
	uint32_t high = form[(*at)++];
	uint32_t low = *at < len ? form[*at] : 0;

	if (high >= 0xD800 && high <= 0xDBFF && low >= 0xDC00 &&
	    low <= 0xDFFF) {
		(*at)++;
		high = 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00);
	}
	return (UChar32)high;
}

/* The next weight of one kind that is not nothing; 0 at the end. Accents are
 * told apart by the letter they follow: each letter counts as one, too. */
static uint32_t next_letter(const UChar *form, int32_t len, int32_t *at)
{
	while (*at < len) {
		struct weight weight = weigh(next_character(form, len, at));

		if (weight.letter != 0) {
			return weight.letter;
		}
	}
	return 0;
}

static uint32_t next_accent(const UChar *form, int32_t len, int32_t *at)
{
	if (*at >= len) {
		return 0;
	}
	return 1 + weigh(next_character(form, len, at)).accent;
}

static uint32_t next_case(const UChar *form, int32_t len, int32_t *at)
{
	while (*at < len) {
		struct weight weight = weigh(next_character(form, len, at));

		if (weight.letter != 0) {
			return 1 + weight.is_upper;
		}
	}
	return 0;
}

typedef uint32_t (*next_weight)(const UChar *form, int32_t len, int32_t *at);

static int compare_by(next_weight next, const UChar *a, int32_t a_len,
    const UChar *b, int32_t b_len)
{
	int32_t a_at = 0;
	int32_t b_at = 0;

	for (;;) {
		uint32_t a_weight = next(a, a_len, &a_at);
		uint32_t b_weight = next(b, b_len, &b_at);

		if (a_weight != b_weight) {
			return a_weight < b_weight ? -1 : 1;
		}
		if (a_weight == 0) {
			return 0;
		}
	}
}

int text_compare(struct slice a, struct slice b)
{
	static const next_weight levels[] = {
	    next_letter, next_accent, next_case};
	int32_t a_len = 0;
	int32_t b_len = 0;
	UChar *a_form;
	UChar *b_form;
	int order = 0;

	if (slice_equal(a, b)) {
		return 0;
	}
	a_form = collation_form(a, &a_len);
	b_form = collation_form(b, &b_len);
	for (size_t i = 0; i < ARRAY_LEN(levels) && order == 0 &&
	     a_form != NULL && b_form != NULL;
	     i++) {
		order = compare_by(levels[i], a_form, a_len, b_form, b_len);
	}
	/* Out of memory: they differ, that much is known. */
	if (a_form == NULL || b_form == NULL) {
		order = a.len < b.len ? -1 : 1;
	}
	free(a_form);
	free(b_form);
	return order;
}

bool text_equal(struct slice a, struct slice b)
{
	if (slice_equal(a, b)) {
		return true;
	}
	return !(is_plain(a) && is_plain(b)) && text_compare(a, b) == 0;
}
