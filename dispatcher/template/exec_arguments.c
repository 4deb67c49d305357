/*
 * The arguments of a macro's or function's call: those of ?with_args, those
 * that are written, the defaults of the rest. What has no parameter goes into
 * the catch-all, which is a hash when arguments have names, else a sequence.
 */
#include "dispatcher/template/exec_arguments.h"

#include <assert.h>

static bool start_call(
    struct render *render, const struct macro *macro, struct macro_call *call)
{
	size_t capacity = macro->count + macro->has_catch_all + 4;

	*call = (struct macro_call){.macro = macro};
	call->locals =
	    arena_calloc(render->arena, capacity, sizeof(*call->locals));
	call->local_names =
	    arena_alloc(render->arena, capacity * sizeof(symbol));
	if (call->locals == NULL || call->local_names == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < macro->count; i++) {
		call->local_names[i] = macro->parameters[i].name;
	}
	call->local_count = macro->count;
	call->local_capacity = capacity;
	if (macro->has_catch_all) {
		call->local_names[call->local_count++] = macro->catch_all;
	}
	return true;
}

/* The catch-all becomes a hash or a sequence with the first argument that is
 * by name or by position. */
static bool open_catch_all(
    struct render *render, struct macro_call *call, bool is_named)
{
	struct value *rest = &call->locals[call->macro->count];

	assert(call->locals != NULL);
	if (!call->macro->has_catch_all || rest->kind != VALUE_MISSING) {
		return true;
	}
	if (is_named) {
		struct hash *hash = hash_create(render->arena, 4);

		*rest = value_hash(hash);
		return hash != NULL || raise_memory(render);
	}
	rest->kind = VALUE_SEQUENCE;
	rest->sequence = sequence_create(render->arena, 0);
	return rest->sequence != NULL || raise_memory(render);
}

static struct value *find_parameter(
    const struct macro_call *call, struct slice name)
{
	for (size_t i = 0; i < call->macro->count; i++) {
		if (slice_equal(call->macro->parameters[i].text, name)) {
			return &call->locals[i];
		}
	}
	return NULL;
}

static bool raise_mixed(struct render *render, const struct expr *place)
{
	return raise_error(render, place,
	    "cannot have both named and positional arguments in its "
	    "catch-all parameter");
}

/* Sets the parameter called `name`, or adds to the catch-all. */
static bool bind_named(struct render *render, const struct expr *place,
    struct macro_call *call, struct slice name, struct value value)
{
	const struct macro *macro = call->macro;
	struct value *target = find_parameter(call, name);
	const struct value *rest = &call->locals[macro->count];

	if (target != NULL) {
		*target = value;
		return true;
	}
	if (!macro->has_catch_all) {
		return raise_error(render, place,
		    "has no parameter %.*s: see <#macro %.*s> on line %d",
		    SLICE_ARGS(name), SLICE_ARGS(macro->text),
		    macro->body->begin_line);
	}
	if (rest->kind != VALUE_HASH) {
		return raise_mixed(render, place);
	}
	return hash_put(render->arena, rest->hash, name, value) ||
	    raise_memory(render);
}

/* The next parameter by position, or one more of the catch-all. */
static bool bind_next(
    struct render *render, struct macro_call *call, struct value value)
{
	struct value *rest = &call->locals[call->macro->count];
	struct sequence *longer;

	if (call->next_position < call->macro->count) {
		call->locals[call->next_position++] = value;
		return true;
	}
	longer = sequence_create(render->arena, rest->sequence->count + 1);
	if (longer == NULL) {
		return raise_memory(render);
	}
	if (rest->sequence->count > 0) {
		memcpy(longer->items, rest->sequence->items,
		    rest->sequence->count * sizeof(value));
	}
	longer->items[rest->sequence->count] = value;
	rest->sequence = longer;
	return render_step(render, longer->count / 8);
}

/* Whether that many more fit. */
static bool check_count(struct render *render, const struct expr *place,
    const struct macro_call *call, size_t more)
{
	const struct macro *macro = call->macro;
	size_t count = call->next_position + more;

	if (count <= macro->count) {
		return true;
	}
	if (!macro->has_catch_all) {
		return raise_error(render, place,
		    "has %zu arguments, but %.*s takes %zu at most", count,
		    SLICE_ARGS(macro->text), macro->count);
	}
	return call->locals[macro->count].kind == VALUE_SEQUENCE ||
	    raise_mixed(render, place);
}

/* --- ?with_args and ?with_args_last */

static bool bind_hash(struct render *render, const struct expr *place,
    struct macro_call *call, struct hash *hash, bool is_last)
{
	for (size_t i = 0; i < hash->count; i++) {
		struct hash_entry *entry = &hash->entries[i];
		struct slice name = slice_make(entry->key, entry->key_len);

		if (find_parameter(call, name) == NULL) {
			if (!open_catch_all(render, call, true)) {
				return false;
			}
			if (is_last && call->macro->has_catch_all) {
				continue; /* behind the written ones */
			}
		}
		if (!value_open(render->arena, &entry->value)) {
			return raise_memory(render);
		}
		if (!bind_named(render, place, call, name, entry->value)) {
			return false;
		}
	}
	return true;
}

static bool bind_sequence(
    struct render *render, struct macro_call *call, struct sequence *sequence)
{
	for (size_t i = 0; i < sequence->count; i++) {
		struct value item;

		if (!render_item(render, sequence, i, &item) ||
		    !bind_next(render, call, item)) {
			return false;
		}
	}
	return true;
}

static bool bind_before(struct render *render, const struct expr *place,
    struct macro_call *call, const struct written_arguments *written,
    const struct with_args *with)
{
	struct sequence *sequence = with->values.sequence;

	if (with->values.kind == VALUE_HASH) {
		return bind_hash(
		    render, place, call, with->values.hash, with->is_last);
	}
	if (!with->is_last) {
		return (sequence->count <= call->macro->count ||
			   open_catch_all(render, call, false)) &&
		    check_count(render, place, call, sequence->count) &&
		    bind_sequence(render, call, sequence);
	}
	if (written->names != NULL && sequence->count > 0) {
		return raise_error(render, place,
		    "cannot have named arguments behind ?with_args_last with "
		    "positional ones");
	}
	return call->macro->has_catch_all ||
	    check_count(
		render, place, call, sequence->count + written->list->count);
}

static bool bind_after(struct render *render, struct macro_call *call,
    const struct with_args *with)
{
	struct value *rest = &call->locals[call->macro->count];
	struct hash *hash = with->values.hash;

	if (with->values.kind == VALUE_SEQUENCE) {
		return bind_sequence(render, call, with->values.sequence);
	}
	for (size_t i = 0; i < hash->count && rest->kind == VALUE_HASH &&
	     call->macro->has_catch_all;
	     i++) {
		struct hash_entry *entry = &hash->entries[i];
		struct slice name = slice_make(entry->key, entry->key_len);

		if (find_parameter(call, name) != NULL ||
		    hash_find(rest->hash, name, entry->key_hash) != NULL) {
			continue;
		}
		if (!value_open(render->arena, &entry->value) ||
		    !hash_put(render->arena, rest->hash, name, entry->value)) {
			return raise_memory(render);
		}
	}
	return true;
}

/* --- written arguments */

static bool bind_written(struct render *render, const struct expr *place,
    struct macro_call *call, const struct written_arguments *written,
    const struct with_args *with)
{
	const struct expr_list *list = written->list;
	bool is_named = written->names != NULL;

	/* <@m/> may be either: ?with_args decides. */
	if (list->count == 0) {
		is_named = with != NULL && with->values.kind == VALUE_HASH;
		return open_catch_all(render, call, is_named);
	}
	if (!open_catch_all(render, call, is_named) ||
	    (!is_named && !check_count(render, place, call, list->count))) {
		return false;
	}
	for (size_t i = 0; i < list->count; i++) {
		struct value value;

		if (!eval(render, list->items[i], &value) ||
		    !(is_named ? bind_named(render, place, call,
				     written->names[i], value)
			       : bind_next(render, call, value))) {
			return false;
		}
	}
	return true;
}

bool arguments_bind(struct render *render, const struct expr *place,
    const struct macro_value *callee, const struct written_arguments *written,
    struct macro_call *call)
{
	const struct with_args *with = callee->with;

	if (!start_call(render, callee->macro, call)) {
		return false;
	}
	if (with != NULL && !bind_before(render, place, call, written, with)) {
		return false;
	}
	if (!bind_written(render, place, call, written, with)) {
		return false;
	}
	return with == NULL || !with->is_last || bind_after(render, call, with);
}

/* --- defaults */

/* One round over the parameters that have no value yet. */
static bool try_defaults(struct render *render, const struct expr *place,
    struct macro_call *call, bool *has_progress, bool *has_gap)
{
	const struct macro *macro = call->macro;

	*has_progress = false;
	*has_gap = false;
	for (size_t i = 0; i < macro->count; i++) {
		const struct macro_parameter *parameter = &macro->parameters[i];

		if (call->locals[i].kind != VALUE_MISSING) {
			continue;
		}
		if (parameter->fallback == NULL) {
			return raise_error(render, place,
			    "is called without its parameter %.*s, which has "
			    "no default",
			    SLICE_ARGS(parameter->text));
		}
		if (eval_needed(
			render, parameter->fallback, &call->locals[i])) {
			*has_progress = true;
		} else if (render->raised == RAISED_MISSING) {
			*has_gap = true;
		} else {
			return false;
		}
	}
	return true;
}

/* A default may need a parameter whose own is still to come: FreeMarker tries
 * again as long as that helps. */
bool arguments_fill(
    struct render *render, const struct expr *place, struct macro_call *call)
{
	bool has_progress = true;
	bool has_gap = true;

	while (has_progress && has_gap) {
		if (!try_defaults(
			render, place, call, &has_progress, &has_gap)) {
			return false;
		}
	}
	if (has_gap) {
		return false;
	}
	raise_forget(render);
	return true;
}

/* --- .args */

static bool args_of_function(struct render *render, struct macro_call *call)
{
	size_t count = call->macro->count;
	struct value rest = call->locals[count];
	size_t more = call->macro->has_catch_all ? rest.sequence->count : 0;
	struct sequence *args = sequence_create(render->arena, count + more);

	if (args == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < count + more; i++) {
		args->items[i] = i < count ? call->locals[i]
					   : rest.sequence->items[i - count];
	}
	call->args = value_sequence(args);
	return true;
}

static bool args_of_macro(
    struct render *render, const struct expr *place, struct macro_call *call)
{
	const struct macro *macro = call->macro;
	struct value rest = call->locals[macro->count];
	struct hash *args = hash_create(render->arena, macro->count + 4);
	bool is_ok = args != NULL;

	if (macro->has_catch_all && rest.kind == VALUE_SEQUENCE &&
	    rest.sequence->count > 0) {
		return raise_error(render, place,
		    "uses .args and has a catch-all parameter: call it with "
		    "named arguments");
	}
	for (size_t i = 0; is_ok && i < macro->count; i++) {
		is_ok = hash_put(render->arena, args, macro->parameters[i].text,
		    call->locals[i]);
	}
	if (macro->has_catch_all && rest.kind == VALUE_HASH) {
		for (size_t i = 0; is_ok && i < rest.hash->count; i++) {
			const struct hash_entry *entry = &rest.hash->entries[i];

			is_ok = hash_put(render->arena, args,
			    slice_make(entry->key, entry->key_len),
			    entry->value);
		}
	}
	call->args = value_hash(args);
	return is_ok || raise_memory(render);
}

bool arguments_note(
    struct render *render, const struct expr *place, struct macro_call *call)
{
	if (!call->macro->uses_args) {
		return true;
	}
	return call->macro->is_function ? args_of_function(render, call)
					: args_of_macro(render, place, call);
}
