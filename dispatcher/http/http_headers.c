#include "dispatcher/http/http_headers.h"

#include "common/base/mem.h"
#include "common/base/slice.h"
#include "dispatcher/http/http_client.h"

#include <curl/curl.h>

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

/* Expect: none, or libcurl asks before it sends a body over 1 MiB and waits a
 * second for the answer. */
static const struct http_header defaults[] = {
    {"Content-Type", "application/json; charset=UTF-8"},
    {"Accept", "application/json"},
    {"User-Agent", "amplitude-reteno-relay/" RELAY_VERSION},
    {"Expect", NULL},
};

/* RFC 9110, 5.6.2. */
static bool is_token(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (!isalnum((unsigned char)*c) &&
		    strchr("!#$%&'*+-.^_`|~", *c) == NULL) {
			return false;
		}
	}
	return text[0] != '\0';
}

static bool is_one_line(const char *text)
{
	for (const char *c = text; *c != '\0'; c++) {
		if (((unsigned char)*c < ' ' && *c != '\t') || *c == '\x7f') {
			return false;
		}
	}
	return true;
}

/* libcurl's spelling: "Name: value", "Name;" for an empty value, "Name:" for a
 * header that it is not to send. */
static void append(struct curl_slist **list, const struct http_header *header)
{
	struct curl_slist *longer;
	char *line;

	if (header->value == NULL) {
		line = xasprintf("%s:", header->name);
	} else if (header->value[0] == '\0') {
		line = xasprintf("%s;", header->name);
	} else {
		line = xasprintf("%s: %s", header->name, header->value);
	}
	longer = curl_slist_append(*list, line);
	free(line);
	if (longer == NULL) {
		abort();
	}
	*list = longer;
}

static bool has_name(
    const struct http_header *headers, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(headers[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

bool http_headers_build(const struct http_header *headers, size_t count,
    struct curl_slist **list, struct err *err)
{
	*list = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!is_token(headers[i].name)) {
			err_set(err, "header %zu has no name that HTTP allows",
			    i + 1);
			return false;
		}
		if (!is_one_line(headers[i].value)) {
			err_set(err,
			    "the value of header %s holds a line break or "
			    "another control character",
			    headers[i].name);
			return false;
		}
	}
	for (size_t i = 0; i < count; i++) {
		append(list, &headers[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(defaults); i++) {
		if (!has_name(headers, count, defaults[i].name)) {
			append(list, &defaults[i]);
		}
	}
	return true;
}
