#ifndef DISPATCHER_TEMPLATE_EXEC_ARGUMENTS_H
#define DISPATCHER_TEMPLATE_EXEC_ARGUMENTS_H

/* The arguments of a call, put into the callee's variables. Only exec_call.c
 * uses this. `place` is for errors. */

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/ast.h"
#include "dispatcher/template/render.h"

/* As they stand in the template. */
struct written_arguments {
	const struct expr_list *list;
	const struct slice *names; /* NULL: by position, or there are none */
};

/* Starts `call`: what was given, in the caller's scope. */
MUST_USE bool arguments_bind(struct render *render, const struct expr *place,
    const struct macro_value *callee, const struct written_arguments *written,
    struct macro_call *call);

/* In the callee's scope: defaults for what was not given. */
MUST_USE bool arguments_fill(
    struct render *render, const struct expr *place, struct macro_call *call);

/* Then: what .args is, if the macro uses it. */
MUST_USE bool arguments_note(
    struct render *render, const struct expr *place, struct macro_call *call);

#endif
