/* .name variables, calls, and Amplitude's helper functions. */
#include "common/base/clock.h"
#include "dispatcher/template/helper.h"
#include "dispatcher/template/java_order.h"
#include "dispatcher/template/render.h"

/* The data model, also what the template does not name. */
static bool put_inputs(struct render *render, struct hash *hash)
{
	for (size_t i = 0; i < render->input_count; i++) {
		struct value value;

		if (!render_read(render, render->inputs[i].msgpack.len) ||
		    !render_input(render, i, &value)) {
			return false;
		}
		if (!hash_put(render->arena, hash,
			slice_of(render->inputs[i].name), value)) {
			return raise_memory(render);
		}
	}
	return true;
}

static bool put_symbols(
    struct render *render, struct hash *hash, const struct value *values)
{
	for (symbol name = 0; name < render->template->symbols->count; name++) {
		if (values[name].kind != VALUE_MISSING &&
		    !hash_put(render->arena, hash,
			template_symbol_text(render->template, name),
			values[name])) {
			return raise_memory(render);
		}
	}
	return true;
}

/* Variables as a hash: those of the data model, then `values` by symbol. */
static bool variables_to_hash(struct render *render, bool has_inputs,
    const struct value *values, struct value *result)
{
	struct hash *hash = hash_create(render->arena, 8);

	if (hash == NULL) {
		return raise_memory(render);
	}
	*result = value_hash(hash);
	return (!has_inputs || put_inputs(render, hash)) &&
	    (values == NULL || put_symbols(render, hash, values));
}

static bool all_variables(struct render *render, struct value *result)
{
	uint32_t count = render->template->symbols->count;
	struct value *values =
	    render_alloc(render, (count + 1) * sizeof(*values));

	if (values == NULL) {
		return false;
	}
	for (symbol name = 0; name < count; name++) {
		values[name] = find_variable(render, name);
	}
	return variables_to_hash(render, true, values, result);
}

/* FreeMarker cannot list them. */
static bool hide_keys(struct value *value)
{
	value->hash->hides_keys = true;
	return true;
}

static bool order_as_java(
    struct render *render, const struct hash *hash, struct value *result)
{
	struct slice *keys =
	    render_alloc(render, (hash->count + 1) * sizeof(*keys));
	struct hash *ordered = hash_create(render->arena, hash->count);
	size_t *order;

	if (keys == NULL || ordered == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < hash->count; i++) {
		keys[i] =
		    slice_make(hash->entries[i].key, hash->entries[i].key_len);
	}
	order = java_order(render->arena, keys, hash->count);
	for (size_t i = 0; order != NULL && i < hash->count; i++) {
		if (!hash_put(render->arena, ordered, keys[order[i]],
			hash->entries[order[i]].value)) {
			return raise_memory(render);
		}
	}
	*result = value_hash(ordered);
	return order != NULL || raise_memory(render);
}

static bool local_variables(struct render *render, struct value *result)
{
	const struct macro_call *call = render->macro;
	struct hash *hash;

	*result = value_missing();
	if (call == NULL) {
		return true;
	}
	hash = hash_create(render->arena, call->local_count);
	if (hash == NULL) {
		return raise_memory(render);
	}
	for (size_t i = 0; i < call->local_count; i++) {
		if (call->locals[i].kind != VALUE_MISSING &&
		    !hash_put(render->arena, hash,
			template_symbol_text(
			    render->template, call->local_names[i]),
			call->locals[i])) {
			return raise_memory(render);
		}
	}
	return order_as_java(render, hash, result);
}

static bool special_text(struct value *value, const char *text)
{
	*value = value_string(slice_of(text));
	return true;
}

/* Texts about the render. */
static bool eval_environment(
    struct render *render, const struct expr *expr, struct value *value)
{
	switch ((int)expr->special) {
	case SPECIAL_INCOMPATIBLE_IMPROVEMENTS:
	case SPECIAL_VERSION:
		return special_text(value, "2.3.31");
	case SPECIAL_LANG:
		*value = value_string(slice_make(render->locale.data,
		    render->locale.len < 2 ? render->locale.len : 2));
		return true;
	case SPECIAL_LOCALE:
		*value = value_string(render->locale);
		return true;
	case SPECIAL_TEMPLATE_NAME:
		return special_text(value, render->template->name);
	case SPECIAL_TIME_ZONE:
		*value = value_string(slice_of(render->time_zone.name));
		return true;
	case SPECIAL_NOW:
		*value = value_date(DATE_AND_TIME, clock_wall_ms());
		return true;
	case SPECIAL_URL_ESCAPING_CHARSET:
		*value = value_string(render->url_charset);
		return true;
	case SPECIAL_OUTPUT_ENCODING:
		*value = render->output_encoding.len > 0
		    ? value_string(render->output_encoding)
		    : value_missing();
		return true;
	default:
		return raise_error(render, expr, "is not supported");
	}
}

bool eval_special(
    struct render *render, const struct expr *expr, struct value *value)
{
	switch (expr->special) {
	case SPECIAL_AUTO_ESC:
	case SPECIAL_OUTPUT_FORMAT:
		*value = expr->known;
		return true;
	case SPECIAL_DATA_MODEL:
		return variables_to_hash(render, true, NULL, value);
	case SPECIAL_GLOBALS:
		return variables_to_hash(
			   render, true, render->globals, value) &&
		    hide_keys(value);
	case SPECIAL_MAIN:
	case SPECIAL_NAMESPACE:
		return variables_to_hash(
			   render, false, render->variables, value) &&
		    order_as_java(render, value->hash, value);
	case SPECIAL_LOCALS:
		return local_variables(render, value);
	case SPECIAL_VARS:
		return all_variables(render, value) && hide_keys(value);
	case SPECIAL_ERROR:
		if (!render->is_in_recover) {
			return raise_error(
			    render, expr, "exists inside <#recover> only");
		}
		*value = value_string(render->recovered);
		return true;
	case SPECIAL_ARGS:
		*value = render->macro != NULL ? render->macro->args
					       : value_missing();
		return true;
	case SPECIAL_CALLER_TEMPLATE_NAME:
		if (render->macro != NULL) {
			return special_text(value, render->template->name);
		}
		return raise_error(
		    render, expr, "exists inside a macro or function only");
	case SPECIAL_NODE:
		*value = value_missing();
		return true;
	case SPECIAL_FORBIDDEN:
	case SPECIAL_INCOMPATIBLE_IMPROVEMENTS:
	case SPECIAL_LANG:
	case SPECIAL_LOCALE:
	case SPECIAL_NOW:
	case SPECIAL_OUTPUT_ENCODING:
	case SPECIAL_TEMPLATE_NAME:
	case SPECIAL_TIME_ZONE:
	case SPECIAL_URL_ESCAPING_CHARSET:
	case SPECIAL_VERSION:
		break;
	}
	return eval_environment(render, expr, value);
}

static bool call_helper(struct render *render, const struct expr *expr,
    int helper, struct value *value)
{
	struct value argument;
	struct slice json;

	if (expr->list.count != 1) {
		return raise_error(render, expr, "takes one argument");
	}
	if (!eval(render, expr->list.items[0], &argument) ||
	    !render_json(render, expr->list.items[0], argument, &json)) {
		return false;
	}
	if (helper == HELPER_TO_JSON_STRING) {
		struct value text = value_string(json);

		if (!render_json(render, expr->list.items[0], text, &json)) {
			return false;
		}
	}
	*value = json_value(render, json);
	return true;
}

static bool raise_callee(
    struct render *render, const struct expr *callee, struct value value)
{
	if (callee->kind == EXPR_BUILTIN && value.kind != VALUE_MISSING) {
		return raise_error(render, callee,
		    "takes no parentheses: write it without ( )");
	}
	return raise_type(render, callee, value, "a function");
}

bool eval_call(
    struct render *render, const struct expr *expr, struct value *value)
{
	struct value callee;

	if (!eval_needed(render, expr->left, &callee)) {
		return false;
	}
	if (callee.kind == VALUE_HELPER) {
		return call_helper(render, expr, callee.helper, value);
	}
	if (callee.kind != VALUE_MACRO && callee.kind != VALUE_METHOD) {
		return raise_callee(render, expr->left, callee);
	}
	return call_value(render, expr, callee, &expr->list, value);
}
