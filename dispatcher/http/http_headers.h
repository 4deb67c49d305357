#ifndef DISPATCHER_HTTP_HTTP_HEADERS_H
#define DISPATCHER_HTTP_HTTP_HEADERS_H

/* The header lines of a destination's requests, made once. */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"

struct curl_slist;
struct http_header;

/* The headers given, and ours where they have none of the name. False when a
 * name or value could not stand in a request, with the name. Caller frees with
 * curl_slist_free_all. */
MUST_USE bool http_headers_build(const struct http_header *headers,
    size_t count, struct curl_slist **list, struct err *err);

#endif
