/*
 * Any bytes as a configuration: loaded, or refused with one line that says
 * where. What loads is printed, and what is printed loads as the same.
 *
 * It is read as if it stood in a folder that has the template t.ftl.
 */
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_loader.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_BYTES = 64 * 1024,
	PATH_BYTES = 64,
};

/* NOLINTNEXTLINE(readability-identifier-naming): the name is libFuzzer's */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char secret[] = "fuzz-secret";
static char folder[] = "/tmp/relay-fuzz-config-XXXXXX";
static char path[PATH_BYTES];
static char template_path[PATH_BYTES];

static void require(bool condition, const char *claim)
{
	if (!condition) {
		(void)fprintf(stderr, "not so: %s\n", claim);
		abort();
	}
}

static void remove_folder(void)
{
	(void)remove(template_path);
	(void)remove(folder);
}

static void make_folder(void)
{
	FILE *file;

	require(mkdtemp(folder) != NULL, "there is a folder");
	(void)snprintf(path, sizeof(path), "%s/r.yaml", folder);
	(void)snprintf(
	    template_path, sizeof(template_path), "%s/t.ftl", folder);
	file = fopen(template_path, "w");
	require(file != NULL, "there is a template");
	require(fputs("{}", file) != EOF && fclose(file) == 0,
	    "there is text in it");
	require(setenv("SECRET", secret, 1) == 0 && atexit(remove_folder) == 0,
	    "the process is set up");
}

static struct strbuf print(const struct config *config)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	config_print(config, &out);
	require(!strbuf_failed(&out), "there is memory");
	return out;
}

static void check_print(const struct config *config)
{
	struct strbuf once = print(config);
	struct strbuf twice;
	struct config *again;
	struct err err;

	again = config_load_text(path, strbuf_slice(&once), NULL, 0, &err);
	if (again == NULL) {
		(void)fprintf(stderr, "%s\n", err.text);
	}
	require(again != NULL, "what is printed loads");
	twice = print(again);
	require(slice_equal(strbuf_slice(&once), strbuf_slice(&twice)),
	    "what is printed prints as the same");
	config_destroy(again);
	strbuf_finish(&once);
	strbuf_finish(&twice);
}

static bool contains(struct slice text, const char *part)
{
	size_t start = 0;

	while (start < text.len &&
	    !slice_starts_with(slice_from(text, start), part)) {
		start++;
	}
	return start < text.len;
}

static void check_refusal(struct slice text, const struct err *err)
{
	require(err->line > 0 && strncmp(err->text, path, strlen(path)) == 0,
	    "a refusal says where");
	/* The path of a template may be said, whatever it is; and so may what
	 * stands in the file itself. */
	require(strstr(err->text, secret) == NULL ||
		strstr(err->text, "cannot read") != NULL ||
		contains(text, secret),
	    "no secret is in a refusal");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config *config;
	struct err err;

	if (*path == '\0') {
		make_folder();
	}
	if (size > MAX_BYTES) {
		return 0;
	}
	config = config_load_text(path, slice_make(data, size), NULL, 0, &err);
	if (config != NULL) {
		check_print(config);
	} else {
		check_refusal(slice_make(data, size), &err);
	}
	config_destroy(config);
	return 0;
}
