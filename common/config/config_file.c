#include "common/config/config_file.h"

#include <jansson.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	READ_BYTES = 16 * 1024,
};

/* jansson takes nothing but UTF-8 into its strings. */
bool config_file_is_text(struct slice bytes)
{
	json_t *string;

	if (bytes.len == 0) {
		return true;
	}
	if (memchr(bytes.data, '\0', bytes.len) != NULL) {
		return false;
	}
	string = json_stringn(bytes.data, bytes.len);
	json_decref(string);
	return string != NULL;
}

static bool fail_errno(const char *path, struct err *err)
{
	err_set(err, "cannot read %s: %s", path, strerror(errno));
	return false;
}

static bool read_all(
    int fd, const char *path, struct strbuf *out, struct err *err)
{
	for (;;) {
		ssize_t count;

		if (out->len == out->max) {
			err_set(err, "cannot read %s: too large", path);
			return false;
		}
		count = out->max - out->len < READ_BYTES
		    ? (ssize_t)(out->max - out->len)
		    : READ_BYTES;
		if (!strbuf_reserve(out, (size_t)count)) {
			err_set(err, "cannot read %s: no memory", path);
			return false;
		}
		count = read(fd, out->data + out->len, (size_t)count);
		if (count < 0 && errno == EINTR) {
			continue;
		}
		if (count < 0) {
			return fail_errno(path, err);
		}
		if (count == 0) {
			out->data[out->len] = '\0';
			return true;
		}
		out->len += (size_t)count;
	}
}

static bool read_text(
    int fd, const char *path, struct strbuf *out, struct err *err)
{
	size_t start = out->len;

	if (!read_all(fd, path, out, err)) {
		return false;
	}
	if (!config_file_is_text(slice_from(strbuf_slice(out), start))) {
		err_set(err, "cannot read %s: not UTF-8 text", path);
		return false;
	}
	return true;
}

bool config_file_read(const char *path, enum config_file_kind kind,
    struct strbuf *out, struct err *err)
{
	int flags = O_RDONLY | O_CLOEXEC | O_NOCTTY;
	struct stat info;
	bool ok;
	int fd;

	if (kind == CONFIG_FILE_REGULAR) {
		flags |= O_NONBLOCK;
	}
	fd = open(path, flags);
	if (fd < 0) {
		return fail_errno(path, err);
	}
	if (kind == CONFIG_FILE_REGULAR &&
	    (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))) {
		err_set(err, "cannot read %s: not a regular file", path);
		ok = false;
	} else {
		ok = read_text(fd, path, out, err);
	}
	(void)close(fd);
	return ok;
}
