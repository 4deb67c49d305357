/*
 *	https://user:password@host:443/path?a=1&token=t
 *	        \___________/              \__________/
 *	          user info                   query
 *	        \____________________/
 *	              authority
 */
#include "common/config/config_url.h"

#include "common/config/config_syntax.h"

/* How many bytes come before the first of these signs, or all. */
static size_t span_before(struct slice text, const char *signs)
{
	size_t len = 0;

	while (len < text.len && strchr(signs, text.data[len]) == NULL) {
		len++;
	}
	return len;
}

/* Behind "://"; empty when it is no URL of ours. */
static struct slice after_scheme(struct slice url)
{
	if (slice_starts_with(url, "https://")) {
		return slice_from(url, strlen("https://"));
	}
	if (slice_starts_with(url, "http://")) {
		return slice_from(url, strlen("http://"));
	}
	return slice_from(url, url.len);
}

bool config_url_is_valid(struct slice url)
{
	struct slice rest = after_scheme(url);

	if (rest.len == 0 || span_before(rest, "/?#:@") == 0) {
		return false;
	}
	for (size_t i = 0; i < rest.len; i++) {
		if (rest.data[i] <= ' ' || rest.data[i] > '~' ||
		    rest.data[i] == '#') {
			return false;
		}
	}
	return true;
}

/* Takes the first `len` bytes off `rest`. */
static struct slice take(struct slice *rest, size_t len)
{
	struct slice taken = slice_make(rest->data, len);

	*rest = slice_from(*rest, len);
	return taken;
}

static void append_authority(struct strbuf *out, struct slice authority)
{
	size_t end = authority.len;

	while (end > 0 && authority.data[end - 1] != '@') {
		end--;
	}
	if (end > 0) {
		struct slice info = take(&authority, end - 1);
		size_t user_len = span_before(info, ":");

		if (user_len < info.len) {
			strbuf_append(out, info.data, user_len + 1);
		}
		strbuf_append_text(out, "***");
	}
	strbuf_append_slice(out, authority);
}

static void append_query(struct strbuf *out, struct slice query)
{
	while (query.len > 0) {
		size_t name_len = span_before(query, "=&");
		struct slice name = take(&query, name_len);
		struct slice value = take(&query, span_before(query, "&"));

		strbuf_append_slice(out, name);
		if (value.len > 1 && config_syntax_is_secret_name(name)) {
			strbuf_append_text(out, "=***");
		} else {
			strbuf_append_slice(out, value);
		}
		strbuf_append_slice(out, take(&query, query.len > 0 ? 1 : 0));
	}
}

void config_url_append_masked(struct strbuf *out, struct slice url)
{
	struct slice rest = after_scheme(url);

	strbuf_append_slice(out, take(&url, url.len - rest.len));
	append_authority(out, take(&rest, span_before(rest, "/?")));
	strbuf_append_slice(out, take(&rest, span_before(rest, "?")));
	strbuf_append_slice(out, take(&rest, rest.len > 0 ? 1 : 0));
	append_query(out, rest);
}
