/* Budgets, and what the built-ins are offered. */
#include "dispatcher/template/render.h"

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/value_msgpack.h"

bool raise_steps(struct render *render)
{
	render->steps_left = 0;
	return raise_budget(render,
	    "the template takes more steps than a render may take "
	    "(max_steps): a loop that is too long?");
}

bool raise_depth(struct render *render)
{
	return raise_budget(render,
	    "the template goes deeper than a render may go (max_depth): a "
	    "macro or function that calls itself without end?");
}

bool render_input(struct render *render, size_t i, struct value *value)
{
	const struct template_variable *input = &render->inputs[i];

	if (packed_read(render->arena, input->msgpack, value)) {
		return true;
	}
	render->raised = RAISED_BUDGET;
	err_set(render->err,
	    "the value of `%s` is no valid msgpack, or takes more memory than "
	    "a render may use",
	    input->name);
	return false;
}

void *render_alloc(struct render *render, size_t bytes)
{
	void *memory = arena_alloc(render->arena, bytes);

	if (memory == NULL) {
		(void)raise_memory(render);
	}
	return memory;
}

bool render_item(struct render *render, struct sequence *sequence, size_t i,
    struct value *item)
{
	if (sequence->unmatched != NULL) {
		return raise_error(render, sequence->unmatched,
		    "did not match, so it has no groups to read; test it "
		    "with <#if> first");
	}
	return sequence_item(render->arena, sequence, i, item) ||
	    raise_memory(render);
}

bool render_argument(struct render *render, const struct expr *call, size_t i,
    struct value *value)
{
	return eval_needed(render, call->list.items[i], value);
}

bool render_string_argument(struct render *render, const struct expr *call,
    size_t i, struct value *string)
{
	if (!render_argument(render, call, i, string)) {
		return false;
	}
	if ((call->builtin.builtin->flags & BUILTIN_PRINTS) != 0) {
		return value_to_string(
		    render, call->list.items[i], *string, string);
	}
	*string = value_flatten(*string);
	if (string->kind == VALUE_NOTHING) {
		*string = value_string(slice_make("", 0));
	}
	if (string->kind != VALUE_STRING) {
		return raise_type(
		    render, call->list.items[i], *string, "a string");
	}
	return render_read(render, string->len);
}

bool render_text_argument(struct render *render, const struct expr *call,
    size_t i, struct slice *text)
{
	struct value string;

	if (!render_string_argument(render, call, i, &string)) {
		return false;
	}
	*text = value_text(string);
	return true;
}

bool render_int_argument(
    struct render *render, const struct expr *call, size_t i, int64_t *number)
{
	struct value value;

	if (!eval_number(render, call->list.items[i], &value)) {
		return false;
	}
	if (!number_to_int32(render->arena, value, number)) {
		return raise_error(render, call->list.items[i],
		    "is not a number of a useful size");
	}
	return true;
}

bool render_text(struct render *render, const struct expr *call,
    struct value left, struct slice *text)
{
	return value_to_text(render, call->left, left, text);
}

bool render_sequence(struct render *render, const struct expr *call,
    struct value left, struct sequence **sequence)
{
	left = value_flatten(left);
	if (left.kind == VALUE_NOTHING) {
		*sequence = sequence_create(render->arena, 0);
		return *sequence != NULL || raise_memory(render);
	}
	if (left.kind != VALUE_SEQUENCE) {
		return raise_type(render, call->left, left, "a sequence");
	}
	*sequence = left.sequence;
	return true;
}

bool render_number(
    struct render *render, const struct expr *call, struct value left)
{
	return value_is_number(left) ||
	    raise_type(render, call->left, left, "a number");
}

bool render_apply(struct render *render, const struct expr *lambda,
    struct value item, struct value *result)
{
	struct variable_scope scope = {
	    .outer = render->scope,
	    .names = lambda->lambda.parameters,
	    .values = &item,
	    .count = lambda->lambda.count > 0 ? 1 : 0,
	};
	bool is_ok;

	render->scope = &scope;
	is_ok = eval(render, lambda->left, result);
	render->scope = scope.outer;
	return is_ok;
}
