/* Directives with something between their tags: if, list, switch, attempt. */
#include "dispatcher/template/parser.h"

/* One <#if>, <#elseif> or <#else>, up to the next. */
static bool parse_if_branch(
    struct parser *parser, struct element *owner, bool has_condition)
{
	struct token start = parser->token;
	struct element *branch =
	    parser_new_element(parser, ELEMENT_BRANCH, &start);

	parser_advance(parser);
	if (branch == NULL) {
		return false;
	}
	if (has_condition) {
		branch->expr = parser_parse_expression(parser);
		branch->end_line = parser->token.end_line;
		if (branch->expr == NULL ||
		    !(start.directive == DIRECTIVE_IF
			    ? parser_expect(parser, TOKEN_TAG_END)
			    : parser_expect_loose_end(parser))) {
			return false;
		}
	}
	parser_append(owner, branch);
	return parser_parse_elements(parser, branch);
}

struct element *parser_parse_if(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_IF, &parser->token);

	if (element == NULL || !parse_if_branch(parser, element, true)) {
		return NULL;
	}
	while (parser_is_directive(parser, DIRECTIVE_ELSEIF)) {
		if (!parse_if_branch(parser, element, true)) {
			return NULL;
		}
	}
	if (parser_is_directive(parser, DIRECTIVE_ELSE) &&
	    !parse_if_branch(parser, element, false)) {
		return NULL;
	}
	if (!parser_expect_end_tag(parser, DIRECTIVE_IF, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	/* FreeMarker replaces an <#if> of one branch by that branch. */
	if (element->first_child == element->last_child) {
		struct element *branch = element->first_child;

		branch->end_line = element->end_line;
		branch->parent = NULL;
		return branch;
	}
	return element;
}

static bool parse_loop_names(struct parser *parser, struct element *element)
{
	struct token start = parser->token;
	struct slice text;

	if (!parser_take_name(parser, &element->loop.name, &text)) {
		return false;
	}
	element->loop.has_name = true;
	if (parser_accept(parser, TOKEN_COMMA)) {
		if (!parser_take_name(
			parser, &element->loop.value_name, &text)) {
			return false;
		}
		element->loop.has_value_name = true;
		if (element->loop.value_name == element->loop.name) {
			parser_fail_at(parser, start.line, start.column,
			    "the names for key and value must differ");
			return false;
		}
	}
	if (!element->loop.has_value_name && parser->token.kind == TOKEN_NAME) {
		parser_fail(parser, "write `as key, value`, with a comma");
		return false;
	}
	return true;
}

static void note_names(
    struct loop_context *context, const struct element *element)
{
	context->has_name = element->loop.has_name;
	context->name = element->loop.name;
	context->has_value_name = element->loop.has_value_name;
	context->value_name = element->loop.value_name;
}

static bool parse_list_body(
    struct parser *parser, struct element *list, struct loop_context *context)
{
	bool has_name = list->loop.has_name;
	bool is_ok;

	context->outer = parser->loops;
	parser->loops = context;
	parser->breakable += has_name;
	parser->continuable += has_name;
	is_ok = parser_parse_elements(parser, list);
	parser->breakable -= has_name;
	parser->continuable -= has_name;
	parser->loops = context->outer;
	if (is_ok && !has_name && context->kind != LOOP_ITEMS) {
		parser_fail_at(parser, list->begin_line, list->begin_column,
		    "<#list> needs `as name`, or <#items as name> inside");
		return false;
	}
	if (context->kind == LOOP_ITEMS) {
		list->loop.has_value_name = context->has_value_name;
	}
	return is_ok;
}

/* The <#else> of a list, around both. */
static struct element *parse_list_else(
    struct parser *parser, struct element *list)
{
	struct token start = parser->token;
	struct element *both =
	    parser_new_element(parser, ELEMENT_LIST_WITH_ELSE, &start);
	struct element *otherwise =
	    parser_new_element(parser, ELEMENT_LIST_ELSE, &start);

	parser_advance(parser);
	if (both == NULL || otherwise == NULL) {
		return NULL;
	}
	both->begin_line = list->begin_line;
	both->begin_column = list->begin_column;
	parser_append(both, list);
	parser_append(both, otherwise);
	return parser_parse_elements(parser, otherwise) ? both : NULL;
}

struct element *parser_parse_list(struct parser *parser)
{
	struct element *list =
	    parser_new_element(parser, ELEMENT_LIST, &parser->token);
	struct element *result = list;
	struct loop_context context = {.kind = LOOP_LIST};

	parser_advance(parser);
	if (list == NULL) {
		return NULL;
	}
	list->expr = parser_parse_expression(parser);
	if (list->expr != NULL && parser->token.kind == TOKEN_IN) {
		parser_fail(parser,
		    "write <#list sequence as item>: what is gone through "
		    "comes first");
	}
	if (list->expr == NULL ||
	    (parser_accept(parser, TOKEN_AS) &&
		!parse_loop_names(parser, list)) ||
	    !parser_expect(parser, TOKEN_TAG_END)) {
		return NULL;
	}
	note_names(&context, list);
	if (!parse_list_body(parser, list, &context)) {
		return NULL;
	}
	if (parser_is_directive(parser, DIRECTIVE_ELSE)) {
		result = parse_list_else(parser, list);
	}
	if (result == NULL ||
	    !parser_expect_end_tag(parser, DIRECTIVE_LIST, list)) {
		return NULL;
	}
	list->end_line = parser->token.end_line;
	result->end_line = parser->token.end_line;
	parser_advance(parser);
	return result;
}

/* <#foreach x in xs>: the old way to write <#list xs as x>. */
struct element *parser_parse_foreach(struct parser *parser)
{
	struct element *list =
	    parser_new_element(parser, ELEMENT_LIST, &parser->token);
	struct loop_context context = {.kind = LOOP_FOREACH};
	struct slice text;

	parser_advance(parser);
	if (list == NULL ||
	    !parser_take_name(parser, &list->loop.name, &text) ||
	    !parser_expect(parser, TOKEN_IN)) {
		return NULL;
	}
	list->loop.has_name = true;
	list->expr = parser_parse_expression(parser);
	if (list->expr == NULL || !parser_expect(parser, TOKEN_TAG_END)) {
		return NULL;
	}
	note_names(&context, list);
	if (!parse_list_body(parser, list, &context) ||
	    !parser_expect_end_tag(parser, DIRECTIVE_FOREACH, list)) {
		return NULL;
	}
	list->end_line = parser->token.end_line;
	parser_advance(parser);
	return list;
}

static bool check_items(struct parser *parser)
{
	const struct loop_context *context = parser->loops;

	if (context == NULL || context->kind == LOOP_HIDDEN) {
		parser_fail(parser, "<#items> must be inside of a <#list>");
		return false;
	}
	if (context->has_name) {
		parser_fail(parser, "%s",
		    context->kind == LOOP_ITEMS
			? "<#items> cannot stand in <#items> of one <#list>"
			: "the <#list> around <#items> must have no `as`");
		return false;
	}
	return true;
}

struct element *parser_parse_items(struct parser *parser)
{
	struct element *items =
	    parser_new_element(parser, ELEMENT_ITEMS, &parser->token);
	struct loop_context *context = parser->loops;
	bool is_ok;

	if (items == NULL || !check_items(parser)) {
		return NULL;
	}
	parser_advance(parser);
	if (!parse_loop_names(parser, items) ||
	    !parser_expect(parser, TOKEN_TAG_END)) {
		return NULL;
	}
	context->kind = LOOP_ITEMS;
	note_names(context, items);
	parser->breakable++;
	parser->continuable++;
	is_ok = parser_parse_elements(parser, items);
	parser->breakable--;
	parser->continuable--;
	context->has_name = false;
	if (!is_ok || !parser_expect_end_tag(parser, DIRECTIVE_ITEMS, items)) {
		return NULL;
	}
	items->end_line = parser->token.end_line;
	parser_advance(parser);
	return items;
}

/* Its end tag may be left out: then it reaches to the end of the block. */
struct element *parser_parse_sep(struct parser *parser)
{
	struct element *sep =
	    parser_new_element(parser, ELEMENT_SEP, &parser->token);

	if (parser->loops == NULL) {
		parser_fail(parser, "<#sep> must be inside of a <#list>");
		return NULL;
	}
	parser_advance(parser);
	if (sep == NULL || !parser_parse_elements(parser, sep)) {
		return NULL;
	}
	if (parser->token.kind == TOKEN_DIRECTIVE_END &&
	    parser->token.directive == DIRECTIVE_SEP) {
		sep->end_line = parser->token.end_line;
		parser_advance(parser);
	}
	return sep;
}

static bool is_blank_token(const struct token *token)
{
	for (size_t i = 0; i < token->text.len; i++) {
		char c = token->text.data[i];

		if (c != ' ' && c != '\t' && c != '\n' && c != '\r') {
			return false;
		}
	}
	return token->kind == TOKEN_TEXT;
}

/* Before the first <#case>: white space, which is nothing, and comments. */
static bool parse_before_cases(struct parser *parser, struct element *owner)
{
	struct element *block =
	    parser_new_element(parser, ELEMENT_BLOCK, &parser->token);
	bool has_comment = false;

	if (block == NULL) {
		return false;
	}
	while (is_blank_token(&parser->token) ||
	    parser->token.kind == TOKEN_COMMENT) {
		bool is_comment = parser->token.kind == TOKEN_COMMENT;
		struct element *child = parser_new_element(parser,
		    is_comment ? ELEMENT_COMMENT : ELEMENT_TEXT,
		    &parser->token);

		if (child == NULL) {
			return false;
		}
		has_comment |= is_comment;
		child->text = parser->token.text;
		parser_append(block, child);
		parser_advance(parser);
	}
	if (has_comment) {
		parser_append(owner, block);
	}
	return true;
}

static struct element *parse_case(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_CASE, &parser->token);
	bool has_value = parser->token.directive == DIRECTIVE_CASE;

	parser_advance(parser);
	if (element == NULL) {
		return NULL;
	}
	if (has_value) {
		element->expr = parser_parse_expression(parser);
		if (element->expr == NULL ||
		    !parser_expect(parser, TOKEN_TAG_END)) {
			return NULL;
		}
	}
	return parser_parse_elements(parser, element) ? element : NULL;
}

static bool parse_cases(struct parser *parser, struct element *element)
{
	bool has_default = false;

	while (parser_is_directive(parser, DIRECTIVE_CASE) ||
	    parser_is_directive(parser, DIRECTIVE_DEFAULT)) {
		struct token start = parser->token;
		struct element *child = parse_case(parser);

		if (child == NULL) {
			return false;
		}
		if (child->expr == NULL && has_default) {
			parser_fail_at(parser, start.line, start.column,
			    "a <#switch> has one <#default> at most");
			return false;
		}
		has_default |= child->expr == NULL;
		parser_append(element, child);
	}
	return true;
}

struct element *parser_parse_switch(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_SWITCH, &parser->token);
	bool is_ok;

	parser_advance(parser);
	if (element == NULL) {
		return NULL;
	}
	element->expr = parser_parse_expression(parser);
	if (element->expr == NULL || !parser_expect(parser, TOKEN_TAG_END) ||
	    !parse_before_cases(parser, element)) {
		return NULL;
	}
	parser->breakable++;
	is_ok = parse_cases(parser, element);
	parser->breakable--;
	if (is_ok && element->last_child == NULL &&
	    parser->token.kind != TOKEN_DIRECTIVE_END) {
		parser_fail_unclosed(parser, element, "switch",
		    "<#case>, <#default> or </#switch>");
		return NULL;
	}
	if (!is_ok ||
	    !parser_expect_end_tag(parser, DIRECTIVE_SWITCH, element)) {
		return NULL;
	}
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return element;
}

/* Children: what is tried, then <#recover>. FreeMarker has what is tried as
 * children one level up; nothing that strips white space can tell. */
struct element *parser_parse_attempt(struct parser *parser)
{
	struct element *element =
	    parser_new_element(parser, ELEMENT_ATTEMPT, &parser->token);
	struct element *tried =
	    parser_new_element(parser, ELEMENT_LIST_ELSE, &parser->token);
	struct element *recover;

	parser_advance(parser);
	if (element == NULL || tried == NULL ||
	    !parser_parse_elements(parser, tried)) {
		return NULL;
	}
	if (!parser_is_directive(parser, DIRECTIVE_RECOVER)) {
		parser_fail_unclosed(parser, element, "attempt", "<#recover>");
		return NULL;
	}
	recover = parser_new_element(parser, ELEMENT_LIST_ELSE, &parser->token);
	parser_advance(parser);
	if (recover == NULL || !parser_parse_elements(parser, recover)) {
		return NULL;
	}
	if (parser->token.kind != TOKEN_DIRECTIVE_END ||
	    (parser->token.directive != DIRECTIVE_ATTEMPT &&
		parser->token.directive != DIRECTIVE_RECOVER)) {
		parser_fail_unclosed(parser, element, "attempt", "</#attempt>");
		return NULL;
	}
	parser_append(element, tried);
	parser_append(element, recover);
	element->end_line = parser->token.end_line;
	parser_advance(parser);
	return element;
}
