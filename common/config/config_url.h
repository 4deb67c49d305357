#ifndef COMMON_CONFIG_CONFIG_URL_H
#define COMMON_CONFIG_CONFIG_URL_H

/* A destination's URL: whether it is one, and how to show it. Pure. */

#include <stdbool.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

/* http:// or https://, a host, and nothing that a URL has to escape. */
bool config_url_is_valid(struct slice url);

/* Appends it with "***" for what nobody should see: a password before the host,
 * and what a query gives to names such as token or api_key. */
void config_url_append_masked(struct strbuf *out, struct slice url);

#endif
