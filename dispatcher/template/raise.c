/*
 * What goes wrong in a render, as text: what, in which expression, and what to
 * do about it. An error names expressions of the template and kinds of values,
 * never what is in them: it is logged, and kept with dead letters.
 */
#include <stdarg.h>
#include <stdio.h>

#include "dispatcher/template/builtins.h"
#include "dispatcher/template/helper.h"
#include "dispatcher/template/render.h"
#include "dispatcher/template/value_msgpack.h"

enum {
	SHOWN_MAX = 100,
	HINT_MAX = 600,
};

/* An expression in an error: not too long. Copied, as the source goes on. */
struct shown {
	char text[SHOWN_MAX + sizeof("...")];
};

static struct shown show(struct slice source)
{
	struct shown shown;
	size_t len = source.len;

	if (len > SHOWN_MAX) {
		len = SHOWN_MAX;
		/* Not in the middle of a character. */
		while (len > 0 &&
		    ((unsigned char)source.data[len] & 0xC0) == 0x80) {
			len--;
		}
	}
	(void)snprintf(shown.text, sizeof(shown.text), "%.*s%s", (int)len,
	    source.data, len < source.len ? "..." : "");
	return shown;
}

void render_note_error(struct render *render, const struct expr *expr,
    const char *format, va_list args)
{
	char text[sizeof(render->err->text)];

	(void)vsnprintf(text, sizeof(text), format, args);
	render->raised = RAISED_ERROR;
	render->failed_in = NULL;
	err_set_at(render->err, expr->line, expr->column, "`%s` %s",
	    show(expr->source).text, text);
}

void render_note_budget(struct render *render, const char *text)
{
	render->raised = RAISED_BUDGET;
	render->failed_in = NULL;
	err_set_at(render->err, 0, 0, "%s", text);
}

void render_note_call(
    struct render *render, const struct macro *macro, const struct expr *place)
{
	if (render->failed_in == NULL) {
		render->failed_in = macro;
		render->failed_call_line = place->line;
	}
}

void render_note_place(struct render *render, const struct element *element)
{
	if (render->raised == RAISED_BUDGET && render->err->line == 0) {
		render->err->line = element->begin_line;
		render->err->column = element->begin_column;
	}
}

bool raise_number(
    struct render *render, const struct expr *expr, enum number_status status)
{
	switch (status) {
	case NUMBER_DIVIDED_BY_ZERO:
		return raise_error(render, expr, "divides by zero");
	case NUMBER_NOT_FINITE:
		return raise_error(
		    render, expr, "needs a number, not NaN or infinity");
	case NUMBER_TOO_LARGE:
		return raise_error(render, expr, "is too long a number");
	case NUMBER_OK:
		break;
	}
	return true;
}

/* ---- members of what has none */

void render_note_member(
    struct render *render, const struct expr *expr, struct value left)
{
	struct slice name = expr->key.text;
	bool is_sequence = left.kind == VALUE_SEQUENCE;
	char hint[BUILTIN_HINT_MAX];

	if (is_sequence &&
	    (slice_is(name, "length") || slice_is(name, "size"))) {
		(void)snprintf(hint, sizeof(hint), "; write ?size");
	} else if (builtin_find(name) != NULL) {
		(void)snprintf(hint, sizeof(hint),
		    "; built-ins are written with ?, not with a dot");
	} else {
		builtin_hint(name, hint);
	}
	(void)raise_error(render, expr->left, "is a %s, and has no member %s%s",
	    value_kind_name(left), show(name).text, hint);
}

/* ---- missing values */

static const struct expr *root_of(const struct expr *expr)
{
	while (expr->left != NULL &&
	    (expr->kind == EXPR_DOT || expr->kind == EXPR_INDEX)) {
		expr = expr->left;
	}
	return expr;
}

static bool is_word_for_null(struct slice name)
{
	return slice_equal_ignoring_case(name, SLICE_LITERAL("null")) ||
	    slice_equal_ignoring_case(name, SLICE_LITERAL("nil")) ||
	    slice_equal_ignoring_case(name, SLICE_LITERAL("none")) ||
	    slice_is(name, "undefined");
}

/* “ ” ‘ ’ „ « », which a word processor puts for " */
static bool has_typographic_quotes(struct slice name)
{
	return slice_starts_with(name, "\xe2\x80\x98") ||
	    slice_starts_with(name, "\xe2\x80\x99") ||
	    slice_starts_with(name, "\xe2\x80\x9c") ||
	    slice_starts_with(name, "\xe2\x80\x9d") ||
	    slice_starts_with(name, "\xe2\x80\x9e") ||
	    slice_starts_with(name, "\xc2\xab") ||
	    slice_starts_with(name, "\xc2\xbb");
}

/* The variable of the data model with this name in another case, or with a
 * member of this name. */
static bool hint_about_inputs(
    struct render *render, struct slice name, char hint[HINT_MAX])
{
	for (size_t i = 0; i < render->input_count; i++) {
		const char *input = render->inputs[i].name;
		struct value value;

		if (slice_equal_ignoring_case(slice_of(input), name)) {
			(void)snprintf(
			    hint, HINT_MAX, "did you mean %s?", input);
			return true;
		}
		if (packed_read(
			render->arena, render->inputs[i].msgpack, &value) &&
		    value.kind == VALUE_HASH &&
		    hash_find(value.hash, name, hash_key(name)) != NULL) {
			(void)snprintf(hint, HINT_MAX, "did you mean %s.%s?",
			    input, show(name).text);
			return true;
		}
	}
	return false;
}

/* `asked` is a name, or a longer a.b.c that begins with it. */
static bool hint_about_name(struct render *render, const struct expr *name,
    const struct expr *asked, char hint[HINT_MAX])
{
	struct slice text = template_symbol_text(render->template, name->name);

	if (is_word_for_null(text)) {
		(void)snprintf(hint, HINT_MAX,
		    "there is no null: test with ??, as in x?? or !x??");
	} else if (has_typographic_quotes(text)) {
		(void)snprintf(
		    hint, HINT_MAX, "quotes must be straight: \"...\"");
	} else if (asked->kind == EXPR_DOT &&
	    helper_has_method(asked->key.text)) {
		(void)snprintf(hint, HINT_MAX,
		    "write <#assign %s = statics[\"%s\"]> before it",
		    show(text).text, HELPER_CLASS);
	} else {
		return hint_about_inputs(render, text, hint);
	}
	return true;
}

/* `input.user-id` is `input.user` minus `id`. */
static bool hint_about_dash(const struct render *render,
    const struct expr *missing, char hint[HINT_MAX])
{
	const struct expr *minus = render->missing_in;

	if (minus == NULL || minus->left != missing ||
	    missing->kind != EXPR_DOT || minus->right->kind != EXPR_NAME ||
	    minus->arithmetic != NUMBER_SUBTRACT) {
		return false;
	}
	(void)snprintf(hint, HINT_MAX,
	    "if %s-%s is one name, write %s[\"%s-%s\"]",
	    show(missing->key.text).text, show(minus->right->source).text,
	    show(missing->left->source).text, show(missing->key.text).text,
	    show(minus->right->source).text);
	return true;
}

/* What is likelier than a value that is now there and now not. */
static bool hint_about_missing(struct render *render,
    const struct expr *missing, const struct expr *asked, char hint[HINT_MAX])
{
	const struct expr *root = root_of(missing);

	if (missing->kind == EXPR_NAME && missing->suffix == SUFFIX_NONE) {
		return hint_about_name(render, missing, asked, hint);
	}
	if (root->kind == EXPR_NAME && slice_is(root->source, "statics")) {
		(void)snprintf(hint, HINT_MAX,
		    "templates reach statics[\"%s\"] with toJson and "
		    "toJsonString, and no other class",
		    HELPER_CLASS);
		return true;
	}
	return hint_about_dash(render, missing, hint);
}

/* How to do without it. */
static void advise(
    const struct expr *missing, const struct expr *asked, char hint[HINT_MAX])
{
	if (asked->source.len > SHOWN_MAX) {
		(void)snprintf(hint, HINT_MAX,
		    "put all of it in parentheses, with !\"\" behind them, or "
		    "test it with ??");
		return;
	}
	(void)snprintf(hint, HINT_MAX, "write %s%s%s!\"\" or test it with ??%s",
	    missing == asked ? "" : "(", show(asked->source).text,
	    missing == asked ? "" : ")",
	    asked->kind == EXPR_NAME ? "; a text stands in quotes" : "");
}

void raise_settle(struct render *render)
{
	const struct expr *missing = render->missing;
	const struct expr *asked = render->whole;
	char hint[HINT_MAX];

	if (render->raised != RAISED_MISSING) {
		return;
	}
	render->raised = RAISED_ERROR;
	/* Of x!y, y is missing, too. */
	while (missing->kind == EXPR_DEFAULT && missing->right != NULL) {
		asked = asked == missing ? missing->right : asked;
		missing = missing->right;
	}
	if (!hint_about_missing(render, missing, asked, hint)) {
		advise(missing, asked, hint);
	}
	err_set_at(render->err, missing->line, missing->column,
	    "`%s` is missing; %s", show(missing->source).text, hint);
}
