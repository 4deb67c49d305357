#ifndef COMMON_CONFIG_CONFIG_VALUE_H
#define COMMON_CONFIG_CONFIG_VALUE_H

/*
 * One value of one key: from text into its field, and back. Knows the types of
 * the table, not where a text came from. Lists, headers and trees are read
 * elsewhere (config_list.h, config_vars.h).
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/config/config_table.h"

/* Types that one scalar writes. */
bool config_value_is_scalar(enum config_type type);

/* Sets the field of `key` in the struct at `base`. False when the text is not
 * of the type or out of range; the reason quotes it only if `may_quote`. */
MUST_USE bool config_value_set(const struct config_key *key, void *base,
    struct slice text, bool may_quote, struct err *err);

/* Appends the field as config_value_set and YAML take it; texts in quotes, a
 * secret one as "***". Scalar types only. */
void config_value_append(
    struct strbuf *out, const struct config_key *key, const void *base);

/* Frees what the field holds, of any type. */
void config_value_free(const struct config_key *key, void *base);

#endif
