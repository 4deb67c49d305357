/*
 * Our side of tests/bench/render: renders on command. One command a line on
 * standard input, its parts parted by tabs; one line in answer.
 *
 *	load TEMPLATE VARIABLES ESCAPE OUTPUT   compiles, reads the variables (a
 *	        JSON object), renders once into the file OUTPUT, warms up: "ok"
 *	run SECONDS     renders for that long: "RENDERS CPU_NS ALLOCATIONS"
 *	vars CONFIG     the JSON of `vars:` of a configuration
 *
 * ESCAPE is json or off. Time is that of the process's CPU, so others on the
 * machine do not count. An allocation is any call of malloc and its like in the
 * process, libraries included: the program has its own, in front of the C
 * library's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/config/config_file.h"
#include "common/json/json_reader.h"
#include "dispatcher/template/template.h"

enum {
	FILE_BYTES_MAX = 64 * 1024 * 1024,
	VARIABLES_MAX = 8,
	LINE_BYTES_MAX = 4096,
	FIELDS_MAX = 5,
	WARM_RENDERS = 100,
	RENDERS_A_LOOK = 50, /* between looks at the clock */
};

/* ---- counting allocations ---- */

static unsigned long allocations;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,
 * readability-inconsistent-declaration-parameter-name): glibc's names */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *memory, size_t bytes);

void *malloc(size_t bytes)
{
	allocations++;
	return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
	allocations++;
	return __libc_calloc(count, bytes);
}

void *realloc(void *memory, size_t bytes)
{
	allocations++;
	return __libc_realloc(memory, bytes);
}

/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp,
 * readability-inconsistent-declaration-parameter-name) */

/* ---- a template and its variables ---- */

static const char *const names[VARIABLES_MAX] = {
    "input", "vars", "identity", "relay"};

struct work {
	struct template *template;
	struct template_scratch *scratch;
	struct template_variable variables[VARIABLES_MAX];
	size_t variable_count;
	struct strbuf msgpack;
	struct strbuf out;
};

static void unload(struct work *work)
{
	template_destroy(work->template);
	template_scratch_destroy(work->scratch);
	strbuf_finish(&work->msgpack);
	strbuf_finish(&work->out);
	*work = (struct work){.template = NULL};
}

static bool read_variables(struct work *work, const char *path, struct err *err)
{
	struct json_objects_query query = {
	    .max_depth = JSON_DEPTH_LIMIT, .max_objects = 1};
	struct json_object *objects = NULL;
	struct strbuf text;
	size_t count = 0;
	bool is_ok;

	while (names[query.name_count] != NULL) {
		query.names[query.name_count] =
		    slice_of(names[query.name_count]);
		query.name_count++;
	}
	strbuf_init(&text, FILE_BYTES_MAX);
	is_ok = config_file_read(path, CONFIG_FILE_ANY, &text, err) &&
	    json_read_objects(strbuf_slice(&text), &query, &work->msgpack,
		&objects, &count, err);
	for (size_t i = 0; is_ok && i < query.name_count; i++) {
		if (objects[0].members[i].len > 0) {
			work->variables[work->variable_count++] =
			    (struct template_variable){
				names[i], objects[0].members[i]};
		}
	}
	free(objects);
	strbuf_finish(&text);
	return is_ok;
}

static bool compile(
    struct work *work, const char *path, const char *escape, struct err *err)
{
	struct template_options options = {
	    .name = path, .escapes_json = strcmp(escape, "json") == 0};
	struct strbuf source;

	strbuf_init(&source, FILE_BYTES_MAX);
	if (config_file_read(path, CONFIG_FILE_ANY, &source, err)) {
		work->template =
		    template_compile(&options, strbuf_slice(&source), err);
	}
	strbuf_finish(&source);
	return work->template != NULL;
}

static bool render(struct work *work, struct err *err)
{
	strbuf_clear(&work->out);
	return template_render(work->template, work->variables,
	    work->variable_count, work->scratch, &work->out, err);
}

static bool write_output(
    const struct work *work, const char *path, struct err *err)
{
	FILE *file = fopen(path, "wb");
	bool is_ok = file != NULL &&
	    fwrite(work->out.data, 1, work->out.len, file) == work->out.len;

	if (file != NULL && fclose(file) != 0) {
		is_ok = false;
	}
	if (!is_ok) {
		err_set(err, "%s: %s", path, strerror(errno));
	}
	return is_ok;
}

/* ---- commands ---- */

static bool load(struct work *work, char *const *fields, struct err *err)
{
	bool is_ok;

	unload(work);
	strbuf_init(&work->msgpack, STRBUF_NO_LIMIT);
	strbuf_init(&work->out, STRBUF_NO_LIMIT);
	work->scratch = template_scratch_create(NULL);
	is_ok = read_variables(work, fields[2], err) &&
	    compile(work, fields[1], fields[3], err) && render(work, err) &&
	    write_output(work, fields[4], err);
	for (int i = 0; is_ok && i < WARM_RENDERS; i++) {
		is_ok = render(work, err);
	}
	if (is_ok) {
		printf("ok\n");
	}
	return is_ok;
}

static long long cpu_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static bool run(struct work *work, const char *seconds, struct err *err)
{
	long long start = cpu_ns();
	long long end = start + (long long)(strtod(seconds, NULL) * 1e9);
	unsigned long allocations_before = allocations;
	unsigned long allocated;
	long long now = start;
	long renders = 0;

	while (now < end) {
		for (int i = 0; i < RENDERS_A_LOOK; i++) {
			if (!render(work, err)) {
				return false;
			}
		}
		renders += RENDERS_A_LOOK;
		now = cpu_ns();
	}
	allocated = allocations - allocations_before;
	printf("%ld\t%lld\t%lu\n", renders, now - start, allocated);
	return true;
}

static bool print_vars(const char *path, struct err *err)
{
	struct config *config = config_load(path, NULL, 0, err);

	if (config == NULL) {
		return false;
	}
	printf("%s\n", config->vars_json);
	config_destroy(config);
	return true;
}

static bool obey(struct work *work, char *line, struct err *err)
{
	char *fields[FIELDS_MAX] = {NULL};
	size_t count = 0;

	for (char *field = strtok(line, "\t\n");
	     field != NULL && count < FIELDS_MAX;
	     field = strtok(NULL, "\t\n")) {
		fields[count++] = field;
	}
	if (count == 5 && strcmp(fields[0], "load") == 0) {
		return load(work, fields, err);
	}
	if (count == 2 && strcmp(fields[0], "run") == 0 &&
	    work->template != NULL) {
		return run(work, fields[1], err);
	}
	if (count == 2 && strcmp(fields[0], "vars") == 0) {
		return print_vars(fields[1], err);
	}
	err_set(err, "no such command");
	return false;
}

int main(void)
{
	struct work work = {.template = NULL};
	char line[LINE_BYTES_MAX];

	while (fgets(line, sizeof(line), stdin) != NULL) {
		struct err err = {.text = ""};

		if (!obey(&work, line, &err)) {
			printf("error: %s\n", err.text);
		}
		(void)fflush(stdout);
	}
	unload(&work);
	return 0;
}
