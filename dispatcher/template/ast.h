#ifndef DISPATCHER_TEMPLATE_AST_H
#define DISPATCHER_TEMPLATE_AST_H

/*
 * The syntax tree: expressions, and elements (text, interpolations,
 * directives). All of it lies in the template's arena and never changes after
 * compiling. The shape of the element tree is FreeMarker's own, because its
 * white-space rules are defined over that shape (whitespace.c).
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "dispatcher/template/json_text.h"
#include "dispatcher/template/number.h"
#include "dispatcher/template/value.h"

struct builtin;
struct element;
struct output_format;

enum expr_kind {
	EXPR_LITERAL, /* a string, number or boolean */
	EXPR_JOINED,  /* "text ${with} interpolations" */
	EXPR_NUMERIC, /* #{left; m1M2}, in such a string */
	EXPR_SEQUENCE,
	EXPR_HASH,
	EXPR_RANGE,
	EXPR_NAME,
	EXPR_SPECIAL, /* .name */
	EXPR_PAREN,
	EXPR_DOT,   /* left.name */
	EXPR_INDEX, /* left[right] */
	EXPR_CALL,  /* left(arguments) */
	EXPR_BUILTIN,
	EXPR_DEFAULT, /* left!right; right may be NULL */
	EXPR_EXISTS,  /* left?? */
	EXPR_NOT,
	EXPR_SIGN,   /* + or - */
	EXPR_CONCAT, /* left + right: also strings, sequences, hashes */
	EXPR_ARITHMETIC,
	EXPR_COMPARE,
	EXPR_AND,
	EXPR_OR,
	EXPR_LAMBDA, /* only as an argument of some builtins */
};

enum compare_operator {
	COMPARE_EQUAL,
	COMPARE_NOT_EQUAL,
	COMPARE_LESS,
	COMPARE_LESS_EQUAL,
	COMPARE_GREATER,
	COMPARE_GREATER_EQUAL,
};

enum range_end {
	RANGE_INCLUSIVE, /* a..b */
	RANGE_EXCLUSIVE, /* a..<b, a..!b */
	RANGE_SIZE,	 /* a..*n */
	RANGE_ENDLESS,	 /* a.. */
};

enum special_variable {
	SPECIAL_ARGS,
	SPECIAL_AUTO_ESC,
	SPECIAL_CALLER_TEMPLATE_NAME,
	SPECIAL_DATA_MODEL,
	SPECIAL_ERROR,
	SPECIAL_FORBIDDEN, /* parses, always fails */
	SPECIAL_GLOBALS,
	SPECIAL_INCOMPATIBLE_IMPROVEMENTS,
	SPECIAL_LANG,
	SPECIAL_LOCALE,
	SPECIAL_LOCALS,
	SPECIAL_MAIN,
	SPECIAL_NAMESPACE,
	SPECIAL_NODE, /* there is none */
	SPECIAL_NOW,
	SPECIAL_OUTPUT_ENCODING,
	SPECIAL_OUTPUT_FORMAT,
	SPECIAL_TEMPLATE_NAME,
	SPECIAL_TIME_ZONE,
	SPECIAL_URL_ESCAPING_CHARSET,
	SPECIAL_VARS,
	SPECIAL_VERSION,
};

/* Names a loop gives besides its variable's. */
enum loop_suffix {
	SUFFIX_NONE,
	SUFFIX_INDEX,
	SUFFIX_HAS_NEXT,
};

/* A name of the template, by number: variables are found without comparing
 * texts. */
typedef uint32_t symbol;

/* The places behind the point that #{} prints. */
struct numeric_format {
	int min_digits;
	int max_digits; /* -1: none given */
};

struct expr_list {
	struct expr **items;
	size_t count;
};

struct expr {
	enum expr_kind kind;
	int line;
	int column;
	struct slice source; /* the expression as written, for errors */

	struct expr *left;
	struct expr *right;
	struct expr_list list; /* items, parts, arguments, hash keys */

	union {
		struct value literal;

		/* of EXPR_SEQUENCE, if all items are literals; else NULL */
		struct sequence *constant;

		struct {
			symbol name; /* of EXPR_NAME */
			/* x_index, x_has_next: the x, if there is an x */
			symbol loop_variable;
			enum loop_suffix suffix;
		};

		struct {
			struct slice text;
			uint32_t hash;
		} key; /* of EXPR_DOT */

		struct expr_list values; /* of EXPR_HASH */
		struct numeric_format numeric;
		enum range_end range_end;

		struct {
			enum special_variable special;
			struct value known; /* when compiled, or missing */
		};

		bool is_minus;
		enum number_operator arithmetic;
		enum compare_operator compare;

		struct {
			const struct builtin *builtin;
			struct slice name; /* as written */
			bool has_arguments;
			symbol variable; /* of ?index and such */
			/* that ?esc and ?no_esc stand in */
			const struct output_format *format;
		} builtin;

		struct {
			symbol *parameters;
			size_t count;
		} lambda; /* body: left */
	};
};

enum element_kind {
	ELEMENT_ROOT,
	ELEMENT_TEXT,
	ELEMENT_INTERPOLATION, /* ${} */
	ELEMENT_NUMERIC,       /* #{} */
	ELEMENT_COMMENT,
	ELEMENT_IF,	/* children: branches */
	ELEMENT_BRANCH, /* one condition, or none for else */
	ELEMENT_LIST,
	ELEMENT_LIST_WITH_ELSE, /* children: list, list else */
	ELEMENT_LIST_ELSE,
	ELEMENT_ITEMS,
	ELEMENT_SEP,
	ELEMENT_BREAK,
	ELEMENT_CONTINUE,
	ELEMENT_ASSIGN,
	ELEMENT_ASSIGN_SEVERAL, /* children: assigns */
	ELEMENT_CAPTURE,	/* <#assign x>...</#assign> */
	ELEMENT_MACRO,
	ELEMENT_CALL, /* <@x/> */
	ELEMENT_NESTED,
	ELEMENT_RETURN,
	ELEMENT_SWITCH,
	ELEMENT_CASE,
	ELEMENT_ATTEMPT, /* children: block, recover */
	ELEMENT_BLOCK,	 /* just its children */
	ELEMENT_STOP,
	ELEMENT_SETTING,
	ELEMENT_COMPRESS,
	ELEMENT_ESCAPE,
	ELEMENT_TRIM,
	ELEMENT_FLUSH,
};

enum assign_scope {
	ASSIGN_NAMESPACE,
	ASSIGN_GLOBAL,
	ASSIGN_LOCAL,
};

enum assign_operator {
	ASSIGN_SET,
	ASSIGN_ADD,
	ASSIGN_SUBTRACT,
	ASSIGN_MULTIPLY,
	ASSIGN_DIVIDE,
	ASSIGN_MODULO,
	ASSIGN_INCREMENT,
	ASSIGN_DECREMENT,
};

struct macro_parameter {
	symbol name;
	struct slice text;
	struct expr *fallback; /* NULL when there is none */
};

struct macro {
	symbol name;
	struct slice text;
	bool is_function;
	struct macro_parameter *parameters;
	size_t count;
	bool uses_args; /* .args */
	bool has_catch_all;
	symbol catch_all;
	struct slice catch_all_text;
	const struct element *body;
};

struct element {
	enum element_kind kind;
	int begin_line;
	int begin_column;
	int end_line;

	struct element *parent;
	struct element *prev;
	struct element *next;
	struct element *first_child;
	struct element *last_child;

	struct expr *expr; /* condition, source, value, ... */

	union {
		struct {
			struct slice text;
			/* For print.c: where in JSON it leads from each place,
			 * and whether it has neither quotes nor backslashes. */
			unsigned char next_place[JSON_PLACES];
			bool is_plain;
		};

		struct {		      /* of ${} */
			struct expr *written; /* expr before <#escape> */
			const struct output_format *format;
			bool is_escaped;
		};

		struct numeric_format numeric;

		struct {
			symbol name;
			symbol value_name;
			bool has_name;
			bool has_value_name;
		} loop; /* of list and items */

		struct {
			symbol name;
			enum assign_scope scope;
			enum assign_operator operator;
			/* of a capture that is markup; else NULL */
			const struct output_format *capture_format;
		} assign;

		struct macro *macro;

		struct {
			struct expr_list arguments;
			struct slice *names; /* NULL when positional */
			symbol *body_parameters;
			size_t body_parameter_count;
		} call; /* of <@x> and <#nested> */

		struct {
			bool left;
			bool right;
		} trim;

		struct slice setting;
	};
};

#endif
