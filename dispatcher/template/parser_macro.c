/* Macros, functions, and calls of them. */
#include "dispatcher/template/java_order.h"
#include "dispatcher/template/parser.h"

static bool add_parameter(struct parser *parser, struct macro *macro,
    const struct macro_parameter *parameter)
{
	struct macro_parameter *parameters =
	    parser_alloc(parser, macro->count + 1, sizeof(*parameters));

	if (parameters == NULL) {
		return false;
	}
	if (macro->count > 0) {
		memcpy(parameters, macro->parameters,
		    macro->count * sizeof(*parameters));
	}
	parameters[macro->count++] = *parameter;
	macro->parameters = parameters;
	return true;
}

static bool parse_parameter(
    struct parser *parser, struct macro *macro, bool *has_defaults)
{
	struct token start = parser->token;
	struct macro_parameter parameter = {0};
	bool is_catch_all;

	if (!parser_take_name(parser, &parameter.name, &parameter.text)) {
		return false;
	}
	is_catch_all = parser_accept(parser, TOKEN_ELLIPSIS);
	if (parser_accept(parser, TOKEN_EQUALS)) {
		parameter.fallback = parser_parse_expression(parser);
		if (parameter.fallback == NULL) {
			return false;
		}
		*has_defaults = true;
	}
	(void)parser_accept(parser, TOKEN_COMMA);
	if (macro->has_catch_all ||
	    (is_catch_all && parameter.fallback != NULL)) {
		parser_fail_at(parser, start.line, start.column,
		    "only the last parameter may take all others (...), and "
		    "it has no default");
		return false;
	}
	if (is_catch_all) {
		macro->has_catch_all = true;
		macro->catch_all = parameter.name;
		macro->catch_all_text = parameter.text;
		return true;
	}
	if (*has_defaults && parameter.fallback == NULL) {
		parser_fail_at(parser, start.line, start.column,
		    "parameters without a default come before those with one");
		return false;
	}
	return add_parameter(parser, macro, &parameter);
}

static bool note_macro(struct parser *parser, struct macro *macro)
{
	if (parser->macro_count == parser->macro_capacity) {
		size_t capacity = parser->macro_capacity * 2 + 4;
		struct macro **macros =
		    parser_alloc(parser, capacity, sizeof(struct macro *));

		if (macros == NULL) {
			return false;
		}
		if (parser->macro_count > 0) {
			memcpy(macros, parser->macros,
			    parser->macro_count * sizeof(struct macro *));
		}
		parser->macros = macros;
		parser->macro_capacity = capacity;
	}
	parser->macros[parser->macro_count++] = macro;
	return true;
}

/* The body: loops around the definition are not around its content. */
static bool parse_macro_body(struct parser *parser, struct element *element)
{
	struct loop_context *loops = parser->loops;
	int breakable = parser->breakable;
	int continuable = parser->continuable;
	bool is_ok;

	parser->loops = NULL;
	parser->breakable = 0;
	parser->continuable = 0;
	is_ok = parser_parse_elements(parser, element);
	parser->loops = loops;
	parser->breakable = breakable;
	parser->continuable = continuable;
	return is_ok;
}

static struct macro *parse_macro_head(struct parser *parser)
{
	struct macro *macro = parser_alloc(parser, 1, sizeof(*macro));
	bool has_defaults = false;

	if (macro == NULL ||
	    !parser_take_variable_name(parser, &macro->name, &macro->text)) {
		return NULL;
	}
	(void)parser_accept(parser, TOKEN_OPEN_PAREN);
	while (parser->token.kind == TOKEN_NAME) {
		if (!parse_parameter(parser, macro, &has_defaults)) {
			return NULL;
		}
	}
	(void)parser_accept(parser, TOKEN_CLOSE_PAREN);
	return parser_expect(parser, TOKEN_TAG_END) ? macro : NULL;
}

struct element *parser_parse_macro(struct parser *parser)
{
	struct token start = parser->token;
	struct element *element =
	    parser_new_element(parser, ELEMENT_MACRO, &start);
	struct macro *macro;
	bool is_function = start.directive == DIRECTIVE_FUNCTION;

	if (parser->is_in_macro || parser->is_in_function) {
		parser_fail(parser,
		    "a macro or function cannot be defined inside another");
		return NULL;
	}
	parser_advance(parser);
	parser->is_in_macro = !is_function;
	parser->is_in_function = is_function;
	parser->uses_args = false;
	macro = parse_macro_head(parser);
	if (element == NULL || macro == NULL) {
		return NULL;
	}
	macro->is_function = is_function;
	macro->body = element;
	element->macro = macro;
	if (!parse_macro_body(parser, element) ||
	    !parser_expect_end_tag(parser, start.directive, element)) {
		return NULL;
	}
	macro->uses_args = parser->uses_args;
	parser->is_in_macro = false;
	parser->is_in_function = false;
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return note_macro(parser, macro) ? element : NULL;
}

/* A name that comes again replaces the value. */
static bool replace_argument(
    struct element *element, struct slice name, struct expr *value)
{
	for (size_t i = 0; i < element->call.arguments.count; i++) {
		if (slice_equal(element->call.names[i], name)) {
			element->call.arguments.items[i] = value;
			return true;
		}
	}
	return false;
}

static bool add_named_argument(struct parser *parser, struct element *element,
    struct slice name, struct expr *value)
{
	size_t count = element->call.arguments.count;
	struct expr **items =
	    parser_alloc(parser, count + 1, sizeof(struct expr *));
	struct slice *names =
	    parser_alloc(parser, count + 1, sizeof(struct slice));

	if (items == NULL || names == NULL) {
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		items[i] = element->call.arguments.items[i];
		names[i] = element->call.names[i];
	}
	items[count] = value;
	names[count] = name;
	element->call.arguments.items = items;
	element->call.arguments.count = count + 1;
	element->call.names = names;
	return true;
}

/* FreeMarker evaluates them, and lists them, in the order of a HashMap. */
static bool order_arguments(struct parser *parser, struct element *element)
{
	struct expr_list *list = &element->call.arguments;
	size_t *order =
	    java_order(parser->arena, element->call.names, list->count);
	struct expr **items =
	    parser_alloc(parser, list->count + 1, sizeof(struct expr *));
	struct slice *names =
	    parser_alloc(parser, list->count + 1, sizeof(*names));

	if (order == NULL || items == NULL || names == NULL) {
		parser_fail(parser, "the template is too large");
		return false;
	}
	for (size_t i = 0; i < list->count; i++) {
		items[i] = list->items[order[i]];
		names[i] = element->call.names[order[i]];
	}
	list->items = items;
	element->call.names = names;
	return true;
}

static bool parse_named_arguments(
    struct parser *parser, struct element *element)
{
	while (parser->token.kind == TOKEN_NAME) {
		struct slice name;
		struct expr *value;

		if (!parser_unescape_name(parser, parser->token.text, &name)) {
			return false;
		}
		parser_advance(parser);
		if (parser->token.kind != TOKEN_EQUALS) {
			parser_fail_expected(parser, "\"=\"");
			return false;
		}
		parser->lexer.is_named_argument = true;
		parser_advance(parser);
		value = parser_parse_expression(parser);
		if (value == NULL) {
			return false;
		}
		if (!replace_argument(element, name, value) &&
		    !add_named_argument(parser, element, name, value)) {
			return false;
		}
	}
	parser->lexer.is_named_argument = false;
	return order_arguments(parser, element);
}

static bool parse_body_parameters(
    struct parser *parser, struct element *element)
{
	do {
		size_t count = element->call.body_parameter_count;
		symbol *names = parser_alloc(parser, count + 1, sizeof(*names));
		struct slice text;

		(void)parser_accept(parser, TOKEN_BLANK);
		if (names == NULL) {
			return false;
		}
		if (count > 0) {
			memcpy(names, element->call.body_parameters,
			    count * sizeof(*names));
		} else if (parser->token.kind != TOKEN_NAME) {
			return true;
		}
		if (!parser_take_name(parser, &names[count], &text)) {
			return false;
		}
		element->call.body_parameters = names;
		element->call.body_parameter_count = count + 1;
		(void)parser_accept(parser, TOKEN_BLANK);
	} while (parser_accept(parser, TOKEN_COMMA));
	return true;
}

/* The nested content. Its variables may hide those of loops around it, whose
 * ?index is then out of reach. */
static bool parse_call_content(struct parser *parser, struct element *element)
{
	size_t count = element->call.body_parameter_count;
	struct loop_context *outer = parser->loops;
	struct loop_context *hiding =
	    parser_alloc(parser, count + 1, sizeof(*hiding));
	bool is_ok;

	if (hiding == NULL) {
		return false;
	}
	for (size_t i = 0; i < count && outer != NULL; i++) {
		hiding[i] = (struct loop_context){
		    .outer = parser->loops,
		    .kind = LOOP_HIDDEN,
		    .has_name = true,
		    .name = element->call.body_parameters[i],
		};
		for (struct loop_context *loop = outer; loop != NULL;
		     loop = loop->outer) {
			if (loop->has_name && loop->name == hiding[i].name) {
				parser->loops = &hiding[i];
				break;
			}
		}
	}
	is_ok = parser_parse_elements(parser, element);
	parser->loops = outer;
	return is_ok;
}

/* What </@name> must repeat, if it names anything. */
static bool check_end_name(struct parser *parser, const struct expr *callee)
{
	struct slice name = parser->token.text;
	const struct expr *target = callee;

	if (name.len == 0) {
		return true;
	}
	if (target->kind == EXPR_BUILTIN && target->left != NULL) {
		target = target->left;
	}
	for (const struct expr *part = target; part != NULL;
	     part = part->left) {
		if (part->kind != EXPR_NAME && part->kind != EXPR_DOT) {
			parser_fail(parser, "expected </@>");
			return false;
		}
	}
	if (!slice_equal(name, target->source)) {
		parser_fail(parser, "expected </@%.*s> or </@>",
		    SLICE_ARGS(target->source));
		return false;
	}
	return true;
}

static bool parse_call_arguments(struct parser *parser, struct element *element)
{
	(void)parser_accept(parser, TOKEN_BLANK);
	if (parser->token.kind == TOKEN_NAME &&
	    parser_peek(parser) == TOKEN_EQUALS) {
		if (!parse_named_arguments(parser, element)) {
			return false;
		}
	} else if (!parser_parse_arguments(
		       parser, &element->call.arguments, false)) {
		return false;
	}
	return !parser_accept(parser, TOKEN_SEMICOLON) ||
	    parse_body_parameters(parser, element);
}

struct element *parser_parse_call(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_CALL, &parser->token);

	parser_advance(parser);
	if (element == NULL) {
		return NULL;
	}
	element->expr = parser_parse_expression(parser);
	if (element->expr == NULL || !parse_call_arguments(parser, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	if (parser_accept(parser, TOKEN_TAG_END_EMPTY)) {
		return element;
	}
	if (!parser_expect(parser, TOKEN_TAG_END) ||
	    !parse_call_content(parser, element)) {
		return NULL;
	}
	if (parser->token.kind == TOKEN_END) {
		parser_fail_at(parser, element->begin_line,
		    element->begin_column,
		    "this call is not closed: there is no </@%.*s> for it; one "
		    "without content ends with />",
		    SLICE_ARGS(element->expr->source));
		return NULL;
	}
	if (parser->token.kind != TOKEN_CALL_END) {
		parser_fail_expected(parser, "</@>");
		return NULL;
	}
	element->end_line = parser->token.end_line;
	if (!check_end_name(parser, element->expr)) {
		return NULL;
	}
	parser_advance(parser);
	return element;
}

struct element *parser_parse_nested(struct parser *parser)
{
	struct token start = parser->token;
	struct element *element =
	    parser_new_element(parser, ELEMENT_NESTED, &start);

	parser_advance(parser);
	if (element == NULL) {
		return NULL;
	}
	if (!parser->is_in_macro) {
		parser_fail_at(parser, start.line, start.column,
		    "<#nested> must be inside of a macro");
		return NULL;
	}
	if (start.is_whole) {
		return element;
	}
	if (!parser_parse_arguments(parser, &element->call.arguments, false)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	return parser_expect_loose_end(parser) ? element : NULL;
}
