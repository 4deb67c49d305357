#include "dispatcher/template/builtins.h"

static const struct builtin *const families[] = {
    builtins_affix,
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
