#include "dispatcher/ctl/ctl_test.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/mem.h"
#include "dispatcher/ctl/ctl_offline.h"

#define INPUT_SUFFIX ".json"
#define EXPECTED_BODY_SUFFIX ".expected.json"
#define EXPECTED_WORDS_SUFFIX ".expected.txt"

struct testing {
	struct ctl *ctl;
	const char *folder; /* DIR */
	struct ctl_test_tally tally;
	bool is_over; /* the configuration is wrong: that is said once */
};

/* ---- names of files ---- */

static bool has_suffix(const char *name, const char *suffix)
{
	size_t len = strlen(name);
	size_t suffix_len = strlen(suffix);

	return len > suffix_len && strcmp(name + len - suffix_len, suffix) == 0;
}

static int is_not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static bool is_folder(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* In their order; none, with the complaint made, of what cannot be read. Caller
 * frees by free_names. */
static struct dirent **list(
    struct testing *testing, const char *path, int *count)
{
	struct dirent **names = NULL;

	*count = scandir(path, &names, is_not_hidden, alphasort);
	if (*count < 0) {
		(void)ctl_fail(
		    CTL_WRONG, "cannot read %s: %s", path, strerror(errno));
		testing->tally.broken++;
		*count = 0;
	}
	return names;
}

static void free_names(struct dirent **names, int count)
{
	for (int i = 0; i < count; i++) {
		free(names[i]);
	}
	free(names);
}

/* ---- a subject ---- */

/* What is expected of a body that is not there. */
static void check_orphan(
    struct testing *testing, const char *folder, const char *name)
{
	const char *suffix = has_suffix(name, EXPECTED_BODY_SUFFIX)
	    ? EXPECTED_BODY_SUFFIX
	    : EXPECTED_WORDS_SUFFIX;
	char *input = xasprintf("%s/%.*s" INPUT_SUFFIX, folder,
	    (int)(strlen(name) - strlen(suffix)), name);

	if (access(input, F_OK) != 0) {
		(void)ctl_fail(CTL_WRONG, "%s/%s: there is no %s for it",
		    folder, name, strrchr(input, '/') + 1);
		testing->tally.broken++;
	}
	free(input);
}

static void run_tests(struct testing *testing, struct ctl_subject *subject,
    const char *folder, const char *subject_name)
{
	int count;
	struct dirent **names = list(testing, folder, &count);

	for (int i = 0; i < count; i++) {
		char *name = names[i]->d_name;
		struct ctl_test test = {
		    .subject = subject,
		    .folder = folder,
		    .subject_name = subject_name,
		    .name = name,
		    .is_update = testing->ctl->options.wants_update,
		};

		if (has_suffix(name, EXPECTED_BODY_SUFFIX) ||
		    has_suffix(name, EXPECTED_WORDS_SUFFIX)) {
			check_orphan(testing, folder, name);
		} else if (has_suffix(name, INPUT_SUFFIX)) {
			name[strlen(name) - strlen(INPUT_SUFFIX)] = '\0';
			ctl_test_run(&test, &testing->tally);
		}
	}
	free_names(names, count);
}

/* The destination of that name, if there is a configuration with it. False with
 * the complaint made when there must be one. */
static bool find_destination(struct testing *testing, const char *folder,
    const char *name, bool has_template, const char **destination)
{
	struct ctl *ctl = testing->ctl;
	bool is_given = ctl->cli.is_path_given || ctl->cli.override_count > 0;

	*destination = NULL;
	if ((is_given || !has_template) && !ctl_load_offline(ctl)) {
		testing->is_over = true;
		if (!is_given) {
			(void)ctl_fail(CTL_WRONG,
			    "%s wants %s.ftl beside it, or --config and a "
			    "destination %s there",
			    folder, name, name);
		}
		return false;
	}
	if (ctl->cli.config != NULL &&
	    config_find_destination(ctl->cli.config, name) != NULL) {
		*destination = name;
	} else if (!has_template) {
		(void)ctl_fail(CTL_WRONG,
		    "%s: there is neither %s.ftl beside it, nor a destination "
		    "%s in %s",
		    folder, name, name, ctl->cli.path);
		return false;
	}
	return true;
}

static void run_subject(
    struct testing *testing, const char *folder, const char *name)
{
	char *template_path = xasprintf("%s.ftl", folder);
	bool has_template = access(template_path, F_OK) == 0;
	struct ctl_subject subject = {.route = NULL};
	const char *destination;

	if (find_destination(
		testing, folder, name, has_template, &destination) &&
	    ctl_subject_init(&subject, testing->ctl->cli.config, destination,
		has_template ? template_path : NULL) == CTL_OK) {
		run_tests(testing, &subject, folder, name);
	} else {
		testing->tally.broken++;
	}
	ctl_subject_finish(&subject);
	free(template_path);
}

/* ---- all ---- */

static bool is_wanted(const struct testing *testing, const char *name)
{
	const char *only = testing->ctl->options.destination;

	return only == NULL || strcmp(only, name) == 0;
}

static void run_all(struct testing *testing)
{
	int count;
	struct dirent **names = list(testing, testing->folder, &count);

	for (int i = 0; i < count && !testing->is_over; i++) {
		const char *name = names[i]->d_name;
		char *folder = xasprintf("%s/%s", testing->folder, name);

		if (is_wanted(testing, name) && is_folder(folder)) {
			run_subject(testing, folder, name);
		}
		free(folder);
	}
	free_names(names, count);
}

static void tell_count(size_t count, const char *what)
{
	if (count > 0) {
		(void)printf(", %zu %s", count, what);
	}
}

static enum ctl_exit sum_up(const struct testing *testing)
{
	const struct ctl_test_tally *tally = &testing->tally;
	size_t run =
	    tally->passed + tally->different + tally->unknown + tally->written;

	if (run == 0 && tally->broken > 0) {
		return CTL_WRONG;
	}
	if (run == 0) {
		return ctl_fail(CTL_TROUBLE,
		    "%s: there are no tests in it, such as %s/NAME/CASE.json",
		    testing->folder, testing->folder);
	}
	(void)printf("%s: %zu as expected", testing->folder, tally->passed);
	tell_count(tally->different, "different");
	tell_count(tally->unknown, "with nothing expected yet");
	tell_count(tally->written, "written");
	tell_count(tally->broken, "broken");
	(void)putchar('\n');
	if (tally->broken > 0) {
		return CTL_WRONG;
	}
	return tally->different + tally->unknown > 0 ? CTL_TROUBLE : CTL_OK;
}

enum ctl_exit ctl_test(struct ctl *ctl)
{
	char *folder = xstrdup(ctl->options.words[0]);
	struct testing testing = {.ctl = ctl, .folder = folder};
	enum ctl_exit exit_code;
	size_t len = strlen(folder);

	while (len > 1 && folder[len - 1] == '/') {
		folder[--len] = '\0';
	}
	run_all(&testing);
	exit_code = sum_up(&testing);
	free(folder);
	return exit_code;
}
