#ifndef TESTS_UNIT_COMMON_CONFIG_CONFIG_FIXTURE_H
#define TESTS_UNIT_COMMON_CONFIG_CONFIG_FIXTURE_H

/*
 * The smallest good configuration, and that with one part changed. It is
 * loaded as if it were a file in deploy/, so that it can name a template there.
 */

#include <stdlib.h>
#include <string.h>

#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_loader.h"

#include "tests/unit/cmocka_test.h"

#define FIXTURE_PATH SOURCE_DIR "/deploy/fixture.yaml"

/* Must never be seen in an error or in print. */
#define FIXTURE_SECRET "hunter2"

static const char fixture_text[] = "ingest:\n"
				   "  auth:\n"
				   "    secrets: [" FIXTURE_SECRET "]\n"
				   "routes:\n"
				   "  - path: /a\n"
				   "    destinations: [one]\n"
				   "destinations:\n"
				   "  one:\n"
				   "    url: http://127.0.0.1:1/x\n"
				   "    template: templates/device.ftl\n";

/* The text with the first `old` made `new`. Caller frees. */
static inline char *fixture_change(const char *old, const char *new)
{
	const char *place = strstr(fixture_text, old);
	struct strbuf text;

	assert_non_null(place);
	strbuf_init(&text, STRBUF_NO_LIMIT);
	strbuf_append(&text, fixture_text, (size_t)(place - fixture_text));
	strbuf_append_text(&text, new);
	strbuf_append_text(&text, place + strlen(old));
	return strbuf_take(&text);
}

/* Caller destroys. Fails the test when it does not load. */
static inline struct config *fixture_load(const char *text)
{
	struct err err;
	struct config *config =
	    config_load_text(FIXTURE_PATH, slice_of(text), NULL, 0, &err);

	if (config == NULL) {
		fail_msg("%s", err.text);
	}
	return config;
}

/* The reason why the text does not load, without the file's path. */
static inline const char *fixture_reason(
    const char *text, const struct config_override *override, struct err *err)
{
	struct config *config = config_load_text(FIXTURE_PATH, slice_of(text),
	    override, override != NULL ? 1 : 0, err);

	if (config != NULL) {
		config_destroy(config);
		return "it loads";
	}
	assert_null(strstr(err->text, FIXTURE_SECRET));
	assert_null(strchr(err->text, '\n'));
	if (strncmp(err->text, FIXTURE_PATH ":", strlen(FIXTURE_PATH ":")) ==
	    0) {
		return err->text + strlen(FIXTURE_PATH ":");
	}
	return err->text;
}

#endif
