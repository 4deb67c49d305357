#ifndef DISPATCHER_TEMPLATE_HELPER_H
#define DISPATCHER_TEMPLATE_HELPER_H

/*
 * statics['com.amplitude.integrations.connector.utils.FtlUtils'], which
 * Amplitude's own examples use to print any value as JSON. The one name in
 * `statics`: every other is missing, as Java classes are out of reach here.
 */

#include "common/base/arena.h"
#include "common/base/attr.h"
#include "dispatcher/template/value.h"

#define HELPER_CLASS "com.amplitude.integrations.connector.utils.FtlUtils"

enum helper {
	HELPER_TO_JSON,	       /* the value as JSON */
	HELPER_TO_JSON_STRING, /* that, as a JSON string with its quotes */
};

/* The hash `statics`. False when the arena is full. */
MUST_USE bool helper_statics(struct arena *arena, struct value *statics);

bool helper_has_method(struct slice name);

#endif
