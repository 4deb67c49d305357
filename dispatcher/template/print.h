#ifndef DISPATCHER_TEMPLATE_PRINT_H
#define DISPATCHER_TEMPLATE_PRINT_H

/*
 * What a render prints, and where in JSON it has come to. Everything that ends
 * up in the output goes through here. Private to the room; the functions are
 * exec.c's and the like.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/slice.h"
#include "dispatcher/template/json_text.h"
#include "dispatcher/template/value.h"

struct element;
struct render;

/* A part of the output that is no JSON yet: see print.c. */
struct plain_range {
	size_t start;
	size_t end;
};

/* The part of `struct render` that is print.c's. */
struct print {
	size_t room; /* that may be printed to without looking at budgets */
	bool escapes_json;
	enum json_place place;
	int captures; /* that we are in */
	struct plain_range *plain;
	size_t plain_count;
	size_t plain_capacity;
};

/* All that print return false, with the error raised. */

/* Text of the template. */
MUST_USE bool print_text(struct render *render, const struct element *text);
/* Text of unknown making, which is escaped inside of a JSON literal. */
MUST_USE bool print_plain(struct render *render, struct slice text);
/* A string value, parts of which may be JSON already. */
MUST_USE bool print_string(struct render *render, struct value string);

/* A point of the output to come back to, as if nothing had been printed since.
 * Also when a capture was begun since and not ended. */
struct print_mark {
	size_t len;
	enum json_place place;
	int captures;
};

struct print_mark print_mark(const struct render *render);
void print_back(struct render *render, const struct print_mark *mark);

/* What is printed from begin to end is a string instead. */
struct print_mark capture_begin(struct render *render);
MUST_USE bool capture_end(struct render *render, const struct print_mark *begin,
    struct value *captured);

/* Runs of white space printed since `start` become one character each. */
void print_compress(struct render *render, size_t start);

/* The render is over: the output is a whole strbuf again. */
void print_end(struct render *render);

/* For the texts below `root`, once, when compiled: what print_text needs. */
void print_prepare(struct element *root);

#endif
