/*
 * Date formats: a format, a line break, and a text. The text is read by the
 * format; what comes out is printed by it, and that read again.
 */
#include <string.h>

#include "common/base/strbuf.h"
#include "dispatcher/template/date.h"
#include "tests/fuzz/fuzz.h"

enum {
	TEXT_MAX = 1024 * 1024,
};

static void print(const struct date_context *context, struct slice format,
    enum date_kind kind, int64_t ms)
{
	struct strbuf text;
	int64_t again;

	strbuf_init(&text, TEXT_MAX);
	if (date_to_text(context, format, kind, ms, &text) == DATE_OK) {
		(void)!date_parse(
		    context, format, kind, strbuf_slice(&text), &again);
	}
	strbuf_finish(&text);
}

/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct date_context context = {.now_ms = INT64_C(1709619428123)};
	struct slice format = slice_make(data, size);
	const char *split = size > 0 ? memchr(data, '\n', size) : NULL;
	struct slice text;

	if (split == NULL) {
		return 0;
	}
	text = slice_from(format, (size_t)(split - format.data) + 1);
	format.len = (size_t)(split - format.data);
	if (!time_zone_find(text, &context.zone)) {
		(void)time_zone_find(size % 2 == 0
			? SLICE_LITERAL("Europe/Kiev")
			: SLICE_LITERAL("GMT-3:30"),
		    &context.zone);
	}
	for (int kind = 0; kind <= TIME_ALONE; kind++) {
		int64_t ms;

		if (date_parse(&context, format, (enum date_kind)kind, text,
			&ms) == DATE_OK) {
			print(&context, format, (enum date_kind)kind, ms);
		}
		print(&context, format, (enum date_kind)kind,
		    (int64_t)size * INT64_C(1234567891));
	}
	return 0;
}
