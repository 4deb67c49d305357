#include "dispatcher/template/builtins.h"

#include <stdio.h>

#include "common/base/nearest.h"

static const struct builtin *const families[] = {
    builtins_affix,
    builtins_callable,
    builtins_date,
    builtins_encode,
    builtins_eval_json,
    builtins_existence,
    builtins_json,
    builtins_keep,
    builtins_lambda,
    builtins_loop,
    builtins_markup,
    builtins_number,
    builtins_pad,
    builtins_search,
    builtins_sequence,
    builtins_sort,
    builtins_string,
    builtins_truncate,
    builtins_type,
    builtins_url,
    builtins_refused,
};

/* Whether `name` is `legacy`, or that in camel case: cap_first, capFirst. */
static bool spells(struct slice name, const char *legacy)
{
	size_t at = 0;

	if (slice_is(name, legacy)) {
		return true;
	}
	for (; *legacy != '\0'; legacy++) {
		char c = *legacy;

		if (c == '_' && legacy[1] >= 'a' && legacy[1] <= 'z') {
			legacy++;
			c = (char)(*legacy - 'a' + 'A');
		} else if (c == '_') {
			legacy++;
			c = *legacy;
		}
		if (at == name.len || name.data[at] != c) {
			return false;
		}
		at++;
	}
	return at == name.len;
}

const struct builtin *builtin_find(struct slice name)
{
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		for (const struct builtin *builtin = families[i];
		     builtin->name != NULL; builtin++) {
			if (spells(name, builtin->name)) {
				return builtin;
			}
		}
	}
	return NULL;
}

/* What others call it: JavaScript, Java, Liquid, Jinja. */
static const struct {
	const char *name;
	const char *meant;
} slips[] = {
    {"charAt", "[i]"},
    {"concat", "+"},
    {"count", "?size"},
    {"downcase", "?lower_case"},
    {"empty", "!x?has_content"},
    {"equals", "=="},
    {"escape", "?json_string"},
    {"format", "?string(\"...\")"},
    {"isEmpty", "!x?has_content"},
    {"is_empty", "!x?has_content"},
    {"json", "?json_string, or FtlUtils.toJson(x)"},
    {"len", "?length of a string, or ?size of a sequence"},
    {"lower", "?lower_case"},
    {"not_empty", "?has_content"},
    {"slice", "[a..b]"},
    {"strip", "?trim"},
    {"toBoolean", "?boolean"},
    {"toFixed", "?string(\"0.00\")"},
    {"toJson", "FtlUtils.toJson(x)"},
    {"toLowerCase", "?lower_case"},
    {"toNumber", "?number"},
    {"toString", "?string"},
    {"toUpperCase", "?upper_case"},
    {"to_json", "FtlUtils.toJson(x)"},
    {"tojson", "FtlUtils.toJson(x)"},
    {"upcase", "?upper_case"},
    {"upper", "?upper_case"},
};

void builtin_hint(struct slice name, char hint[BUILTIN_HINT_MAX])
{
	struct nearest nearest;

	hint[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(slips); i++) {
		if (slice_is(name, slips[i].name)) {
			(void)snprintf(hint, BUILTIN_HINT_MAX, "; write %s",
			    slips[i].meant);
			return;
		}
	}
	nearest_init(&nearest, name);
	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		for (const struct builtin *builtin = families[i];
		     builtin->name != NULL; builtin++) {
			if ((builtin->flags & BUILTIN_REFUSED) == 0) {
				nearest_offer(
				    &nearest, slice_of(builtin->name));
			}
		}
	}
	/* Of short words, much is near. */
	if (nearest.len > 0 && nearest.distance * 2 <= name.len) {
		(void)snprintf(hint, BUILTIN_HINT_MAX, "; did you mean ?%s?",
		    nearest.word);
	}
}
