#ifndef DISPATCHER_TEMPLATE_TEMPLATE_INTERNAL_H
#define DISPATCHER_TEMPLATE_TEMPLATE_INTERNAL_H

/* A compiled template, as the parser leaves it and the renderer reads it. */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/arena.h"
#include "common/base/slice.h"
#include "dispatcher/template/ast.h"
#include "dispatcher/template/hash.h"

struct template
{
	struct arena arena; /* all that follows lies in it */
	const char *name;
	struct slice number_format;
	struct slice boolean_format;
	struct element *root;	 /* or ... */
	struct expr *expression; /* ... of template_compile_expression */
	struct hash *symbols;	 /* name -> its symbol, as an integer */
	struct macro *const *macros;
	size_t macro_count;
	bool strips_white_space;
	bool escapes_json;
};

/* The text of a symbol. */
static inline struct slice template_symbol_text(
    const struct template *template, symbol name)
{
	const struct hash_entry *entry = &template->symbols->entries[name];

	return slice_make(entry->key, entry->key_len);
}

#endif
