#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "common/config/config_file.h"
#include "dispatcher/ctl/ctl_diff.h"
#include "dispatcher/ctl/ctl_json.h"
#include "dispatcher/ctl/ctl_test.h"
#include "dispatcher/ctl/ctl_text.h"

enum {
	EXPECTED_BYTES_MAX = 64 * 1024 * 1024,
};

/* 2026-01-01T00:00:00Z */
static const int64_t test_now_ms = 1767225600000;

enum result_kind {
	RESULT_NONE, /* nothing is expected yet */
	RESULT_BODY,
	RESULT_WORDS,
};

/* Of a render, or expected of it. */
struct test_result {
	enum result_kind kind;
	struct strbuf text; /* JSON with a line for each member; or words */
};

static void result_init(struct test_result *result)
{
	result->kind = RESULT_NONE;
	strbuf_init(&result->text, STRBUF_NO_LIMIT);
}

static void result_finish(struct test_result *result)
{
	strbuf_finish(&result->text);
}

/* JSON, always written in the same way. */
static bool set_body(
    struct test_result *result, struct slice json, struct err *err)
{
	struct strbuf msgpack;
	bool is_json;

	strbuf_init(&msgpack, STRBUF_NO_LIMIT);
	is_json = json_read(json, JSON_DEPTH_LIMIT, &msgpack, err);
	if (is_json) {
		result->kind = RESULT_BODY;
		ctl_append_json(&result->text, strbuf_slice(&msgpack));
		strbuf_append_char(&result->text, '\n');
	}
	strbuf_finish(&msgpack);
	return is_json;
}

static void set_words(
    struct test_result *result, const char *start, const char *words)
{
	result->kind = RESULT_WORDS;
	strbuf_append_text(&result->text, start);
	strbuf_append_text(&result->text, words);
	strbuf_append_char(&result->text, '\n');
}

/* ---- what comes out ---- */

/* The same wherever the files lie: "dir/event.ftl:1:2: ..." without "dir/". */
static const char *without_folder(const char *error, const char *path)
{
	const char *base = strrchr(path, '/');

	return base != NULL && strncmp(error, path, strlen(path)) == 0
	    ? error + (base + 1 - path)
	    : error;
}

static void render(struct ctl_subject *subject,
    const struct json_object *object, struct test_result *got)
{
	struct err err;

	switch (ctl_subject_render(subject, object, test_now_ms, &err)) {
	case RENDER_DONE:
		if (!set_body(
			got, strbuf_slice(&subject->preview.body), &err)) {
			set_words(got, "error: ", err.text);
		}
		return;
	case RENDER_DECLINED:
		set_words(got, "", "skipped");
		return;
	case RENDER_FAILED:
		set_words(got, "error: ",
		    without_folder(
			err.text, subject->destination.template_path));
		return;
	}
}

/* False with the complaint made. */
static bool find_result(const struct ctl_test *test, struct test_result *got)
{
	char *path = xasprintf("%s/%s.json", test->folder, test->name);
	struct ctl_input input;
	bool is_read = ctl_subject_read(test->subject, path, &input) == CTL_OK;

	if (is_read && input.count != 1) {
		(void)ctl_fail(CTL_WRONG,
		    "%s: a test has one object, not an array of %zu", path,
		    input.count);
		is_read = false;
	}
	if (is_read) {
		render(test->subject, &input.objects[0], got);
	}
	ctl_input_finish(&input);
	free(path);
	return is_read;
}

/* ---- what is expected ---- */

static char *expected_path(const struct ctl_test *test, enum result_kind kind)
{
	return xasprintf("%s/%s.expected.%s", test->folder, test->name,
	    kind == RESULT_BODY ? "json" : "txt");
}

static bool is_there(const struct ctl_test *test, enum result_kind kind)
{
	char *path = expected_path(test, kind);
	bool exists = access(path, F_OK) == 0;

	free(path);
	return exists;
}

static bool read_expected(const struct ctl_test *test, enum result_kind kind,
    struct test_result *expected)
{
	char *path = expected_path(test, kind);
	struct strbuf text;
	struct err err;
	bool is_ok;

	strbuf_init(&text, EXPECTED_BYTES_MAX);
	is_ok = config_file_read(path, CONFIG_FILE_ANY, &text, &err);
	if (!is_ok) {
		(void)ctl_fail(CTL_WRONG, "%s", err.text);
	} else if (kind == RESULT_WORDS) {
		expected->kind = kind;
		strbuf_append_slice(
		    &expected->text, slice_trim(strbuf_slice(&text)));
		strbuf_append_char(&expected->text, '\n');
	} else if (!set_body(expected, strbuf_slice(&text), &err)) {
		(void)ctl_fail(CTL_WRONG, "%s:%d:%d: not JSON: %s", path,
		    err.line, err.column, err.text);
		is_ok = false;
	}
	strbuf_finish(&text);
	free(path);
	return is_ok;
}

/* False with the complaint made. */
static bool find_expected(
    const struct ctl_test *test, struct test_result *expected)
{
	bool has_body = is_there(test, RESULT_BODY);
	bool has_words = is_there(test, RESULT_WORDS);

	if (has_body && has_words) {
		(void)ctl_fail(CTL_WRONG,
		    "%s: both %s.expected.json and %s.expected.txt are there",
		    test->folder, test->name, test->name);
		return false;
	}
	if (has_body) {
		return read_expected(test, RESULT_BODY, expected);
	}
	return !has_words || read_expected(test, RESULT_WORDS, expected);
}

/* False with the complaint made. */
static bool write_expected(
    const struct ctl_test *test, const struct test_result *got)
{
	char *path = expected_path(test, got->kind);
	char *other = expected_path(
	    test, got->kind == RESULT_BODY ? RESULT_WORDS : RESULT_BODY);
	FILE *file = fopen(path, "wb");
	bool is_ok = file != NULL &&
	    fwrite(strbuf_text(&got->text), 1, got->text.len, file) ==
		got->text.len;

	if (file != NULL && fclose(file) != 0) {
		is_ok = false;
	}
	if (is_ok && unlink(other) != 0 && errno != ENOENT) {
		is_ok = false;
	}
	if (is_ok) {
		(void)printf("%s/%s: wrote %s\n", test->subject_name,
		    test->name, strrchr(path, '/') + 1);
	} else {
		(void)ctl_fail(
		    CTL_WRONG, "cannot write %s: %s", path, strerror(errno));
	}
	free(path);
	free(other);
	return is_ok;
}

/* ---- telling ---- */

static void tell(const struct ctl_test *test,
    const struct test_result *expected, const struct test_result *got)
{
	struct strbuf out;

	strbuf_init(&out, STRBUF_NO_LIMIT);
	strbuf_appendf(&out, "%s/%s: ", test->subject_name, test->name);
	if (expected->kind == RESULT_NONE) {
		strbuf_append_text(&out,
		    "nothing is expected yet; --update expects from now on:\n");
	} else {
		strbuf_appendf(&out, "not as %s.expected.%s has it:\n",
		    test->name, expected->kind == RESULT_BODY ? "json" : "txt");
	}
	ctl_diff_append(
	    &out, strbuf_slice(&expected->text), strbuf_slice(&got->text));
	ctl_print(&out);
	strbuf_finish(&out);
}

static void settle(const struct ctl_test *test,
    const struct test_result *expected, const struct test_result *got,
    struct ctl_test_tally *tally)
{
	if (expected->kind == got->kind &&
	    slice_equal(
		strbuf_slice(&expected->text), strbuf_slice(&got->text))) {
		tally->passed++;
	} else if (test->is_update) {
		if (write_expected(test, got)) {
			tally->written++;
		} else {
			tally->broken++;
		}
	} else {
		tell(test, expected, got);
		if (expected->kind == RESULT_NONE) {
			tally->unknown++;
		} else {
			tally->different++;
		}
	}
}

void ctl_test_run(const struct ctl_test *test, struct ctl_test_tally *tally)
{
	struct test_result expected;
	struct test_result got;

	result_init(&expected);
	result_init(&got);
	if (find_result(test, &got) &&
	    (find_expected(test, &expected) || test->is_update)) {
		settle(test, &expected, &got, tally);
	} else {
		tally->broken++;
	}
	result_finish(&expected);
	result_finish(&got);
}
