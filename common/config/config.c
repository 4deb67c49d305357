#include "common/config/config.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/mem.h"
#include "common/config/config_file.h"
#include "common/config/config_loader.h"
#include "common/config/config_value.h"

/* The folder that relative paths are meant from. False with the reason. */
static bool find_folder(struct config_loader *loader)
{
	const char *path = loader->config->path;
	const char *slash = strrchr(path, '/');
	char *folder;

	if (slash == NULL) {
		folder = xstrdup(".");
	} else if (slash == path) {
		folder = xstrdup("/");
	} else {
		folder = xstrndup(path, (size_t)(slash - path));
	}
	loader->folder = realpath(folder, NULL);
	free(folder);
	if (loader->folder == NULL) {
		err_set(loader->err, "%s: its folder cannot be found", path);
		return false;
	}
	return true;
}

static bool parse(struct config_loader *loader, struct slice text)
{
	struct err err;

	loader->root = config_yaml_parse(text, &loader->arena, &err);
	if (loader->root == NULL) {
		return config_fail(loader, err.line, "", "%s", err.text);
	}
	return true;
}

static bool load(struct config_loader *loader, struct slice text,
    const struct config_override *overrides, size_t override_count)
{
	if (!find_folder(loader) || !parse(loader, text)) {
		return false;
	}
	for (size_t i = 0; i < override_count; i++) {
		if (!config_override(loader, &overrides[i])) {
			return false;
		}
	}
	return config_assign(loader) && config_check(loader);
}

struct config *config_load_text(const char *path, struct slice text,
    const struct config_override *overrides, size_t override_count,
    struct err *err)
{
	struct config_loader loader = {.err = err};
	struct err unread;

	if (err == NULL) {
		loader.err = &unread;
	}
	loader.config = xcalloc(1, sizeof(*loader.config));
	loader.config->path = xstrdup(path);
	loader.config->vars_json = xstrdup("{}");
	loader.config->vars_shown_json = xstrdup("{}");
	arena_init(&loader.arena, CONFIG_YAML_ARENA_BYTES);
	if (!load(&loader, text, overrides, override_count)) {
		config_destroy(loader.config);
		loader.config = NULL;
	}
	free(loader.folder);
	arena_finish(&loader.arena);
	return loader.config;
}

struct config *config_load(const char *path,
    const struct config_override *overrides, size_t override_count,
    struct err *err)
{
	struct config *config = NULL;
	struct strbuf text;
	struct err reason;

	strbuf_init(&text, CONFIG_YAML_BYTES_MAX + 1);
	if (config_file_read(path, CONFIG_FILE_ANY, &text, &reason)) {
		config = config_load_text(
		    path, strbuf_slice(&text), overrides, override_count, err);
	} else {
		err_set(err, "%s", reason.text);
	}
	strbuf_finish(&text);
	return config;
}

static void free_fields(enum config_scope scope, void *base)
{
	for (size_t i = 0; i < config_key_count; i++) {
		if (config_table_scope(&config_keys[i]) == scope) {
			config_value_free(&config_keys[i], base);
		}
	}
}

void config_destroy(struct config *config)
{
	if (config == NULL) {
		return;
	}
	for (size_t i = 0; i < config->route_count; i++) {
		free_fields(CONFIG_SCOPE_ROUTE, &config->routes[i]);
	}
	for (size_t i = 0; i < config->destination_count; i++) {
		free_fields(CONFIG_SCOPE_DESTINATION, &config->destinations[i]);
		free(config->destinations[i].name);
		free(config->destinations[i].template_source);
	}
	free_fields(CONFIG_SCOPE_ROOT, config);
	free(config->routes);
	free(config->destinations);
	free(config->vars_shown_json);
	free(config->path);
	free(config);
}

const struct config_destination *config_find_destination(
    const struct config *config, const char *name)
{
	for (size_t i = 0; i < config->destination_count; i++) {
		if (strcmp(config->destinations[i].name, name) == 0) {
			return &config->destinations[i];
		}
	}
	return NULL;
}
