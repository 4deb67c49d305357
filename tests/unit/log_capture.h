#ifndef TESTS_UNIT_LOG_CAPTURE_H
#define TESTS_UNIT_LOG_CAPTURE_H

/* For tests that read what was logged: standard error, in a file meanwhile. */

#include "tests/unit/cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LOG_CAPTURE_MAX = 16 * 1024,
};

struct log_capture {
	int kept; /* the real standard error */
	int fd;
	char text[LOG_CAPTURE_MAX];
};

static inline void log_capture_start(struct log_capture *capture)
{
	char path[] = "/tmp/relay-log-XXXXXX";

	memset(capture, 0, sizeof(*capture));
	capture->kept = dup(STDERR_FILENO);
	capture->fd = mkstemp(path);
	assert_true(capture->kept >= 0 && capture->fd >= 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(dup2(capture->fd, STDERR_FILENO), STDERR_FILENO);
}

/* What was written is in `text` then, NUL-terminated. */
static inline void log_capture_end(struct log_capture *capture)
{
	ssize_t len;

	assert_int_equal(dup2(capture->kept, STDERR_FILENO), STDERR_FILENO);
	len = pread(capture->fd, capture->text, sizeof(capture->text) - 1, 0);
	assert_true(len >= 0);
	assert_int_equal(close(capture->fd), 0);
	assert_int_equal(close(capture->kept), 0);
}

/* How often `part` is in what was captured. */
static inline int log_capture_count(
    const struct log_capture *capture, const char *part)
{
	int count = 0;

	for (const char *text = strstr(capture->text, part); text != NULL;
	     text = strstr(text + 1, part)) {
		count++;
	}
	return count;
}

#endif
