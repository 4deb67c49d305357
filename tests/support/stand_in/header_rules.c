#include "tests/support/stand_in/header_rules.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include <event2/http.h>

#include "common/base/attr.h"
#include "common/base/slice.h"

#define BASIC "Basic "

/* Cuts the part before the next `mark` off *text, blanks around it taken. */
static struct slice cut(struct slice *text, char mark)
{
	const char *end =
	    text->len == 0 ? NULL : memchr(text->data, mark, text->len);
	size_t len = end == NULL ? text->len : (size_t)(end - text->data);
	struct slice part = slice_make(text->data, len);

	*text = slice_from(*text, end == NULL ? len : len + 1);
	return slice_trim(part);
}

static bool is_word(struct slice text, const char *word)
{
	return slice_equal_ignoring_case(text, slice_of(word));
}

static int base64_value(char c)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "abcdefghijklmnopqrstuvwxyz0123456789+/";
	const char *at = c == '\0' ? NULL : strchr(digits, c);

	return at == NULL ? -1 : (int)(at - digits);
}

/* user:password in base64, the user empty or not, the password not. */
static bool is_credentials(const char *text)
{
	size_t len = strlen(text);
	size_t digits = strcspn(text, "=");
	bool has_colon = false;
	bool has_password = false;
	unsigned bits = 0;
	size_t i;

	if (len == 0 || len % 4 != 0 || len - digits > 2 ||
	    strspn(text + digits, "=") != len - digits) {
		return false;
	}
	for (i = 0; i < digits; i++) {
		int value = base64_value(text[i]);

		if (value < 0) {
			return false;
		}
		bits = (bits << 6) | (unsigned)value;
		/* Each digit but the first of four ends an octet. */
		if (i % 4 != 0) {
			unsigned octet = (bits >> (6 - 2 * (i % 4))) & 0xff;

			has_password = has_password || has_colon;
			has_colon = has_colon || octet == ':';
		}
	}
	return has_password;
}

bool header_check_api(const struct evkeyvalq *headers,
    const struct header_secrets *secrets, struct refusal *refusal)
{
	const char *value = evhttp_find_header(headers, "Authorization");

	if (value == NULL ||
	    strncasecmp(value, BASIC, sizeof(BASIC) - 1) != 0 ||
	    !is_credentials(value + sizeof(BASIC) - 1)) {
		return refuse(
		    refusal, 401, "", "Basic authorization is required");
	}
	if (secrets->authorization != NULL &&
	    strcmp(value, secrets->authorization) != 0) {
		return refuse(refusal, 401, "", "the API key is not known");
	}
	return true;
}

bool header_check_mobile(const struct evkeyvalq *headers,
    const struct header_secrets *secrets, struct refusal *refusal)
{
	const char *key = evhttp_find_header(headers, "X-Reteno-Access-Key");
	const char *version =
	    evhttp_find_header(headers, "X-Reteno-SDK-Version");

	if (key == NULL || key[0] == '\0') {
		return refuse(
		    refusal, 401, "", "X-Reteno-Access-Key is required");
	}
	if (secrets->access_key != NULL &&
	    strcmp(key, secrets->access_key) != 0) {
		return refuse(refusal, 401, "", "the access key is not known");
	}
	if (version == NULL || version[0] == '\0') {
		return refuse(
		    refusal, 400, "", "X-Reteno-SDK-Version is required");
	}
	return true;
}

/* application/json, with no other parameter than charset=utf-8. */
static bool is_json_type(const char *value)
{
	struct slice rest = slice_of(value);

	if (!is_word(cut(&rest, ';'), "application/json")) {
		return false;
	}
	while (rest.len > 0) {
		struct slice parameter = cut(&rest, ';');

		if (!is_word(parameter, "charset=utf-8") &&
		    !is_word(parameter, "charset=\"utf-8\"")) {
			return false;
		}
	}
	return true;
}

static bool accepts_json(const char *value)
{
	struct slice rest = slice_of(value);

	while (rest.len > 0) {
		struct slice range = cut(&rest, ',');
		struct slice type = cut(&range, ';');

		if (is_word(type, "*/*") || is_word(type, "application/*") ||
		    is_word(type, "application/json")) {
			return true;
		}
	}
	return false;
}

bool header_check_media(
    const struct evkeyvalq *headers, struct refusal *refusal)
{
	const char *type = evhttp_find_header(headers, "Content-Type");
	const char *encoding = evhttp_find_header(headers, "Content-Encoding");
	const char *accept = evhttp_find_header(headers, "Accept");

	if (type == NULL || !is_json_type(type)) {
		return refuse(refusal, 415, "",
		    "the content type must be application/json in UTF-8");
	}
	if (encoding != NULL && strcasecmp(encoding, "identity") != 0) {
		return refuse(
		    refusal, 415, "", "the content must not be encoded");
	}
	if (accept != NULL && !accepts_json(accept)) {
		return refuse(
		    refusal, 406, "", "Accept must allow application/json");
	}
	return true;
}

static void describe(json_t *into, const struct evkeyvalq *headers,
    const char *name, const char *mask)
{
	const char *value = evhttp_find_header(headers, name);

	if (value != NULL) {
		/* A header that is no UTF-8 is left out by jansson. */
		(void)json_object_set_new(
		    into, name, json_string(mask != NULL ? mask : value));
	}
}

json_t *header_describe(const struct evkeyvalq *headers)
{
	static const char *const names[] = {"host", "content-type",
	    "content-length", "content-encoding", "transfer-encoding", "accept",
	    "user-agent", "x-reteno-sdk-version", "x-reteno-device-id",
	    "x-reteno-debug", "x-request-id"};
	json_t *into = json_object();
	const char *authorization =
	    evhttp_find_header(headers, "authorization");
	bool is_basic = authorization != NULL &&
	    strncasecmp(authorization, BASIC, sizeof(BASIC) - 1) == 0;
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		describe(into, headers, names[i], NULL);
	}
	describe(
	    into, headers, "authorization", is_basic ? "Basic ***" : "***");
	describe(into, headers, "x-reteno-access-key", "***");
	return into;
}
