#include "common/job/outcome.h"

#include <stddef.h>

#define OUTCOME_NAME(id, name) [OUTCOME_##id] = (name),

static const char *const names[] = {OUTCOMES(OUTCOME_NAME)};

#undef OUTCOME_NAME

const char *outcome_name(enum outcome outcome)
{
	return names[outcome];
}

bool outcome_parse(struct slice name, enum outcome *outcome)
{
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_is(name, names[i])) {
			*outcome = (enum outcome)i;
			return true;
		}
	}
	return false;
}
