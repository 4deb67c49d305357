#include "ingest/gunzip.h"

#include "common/base/mem.h"
#include "common/base/strbuf.h"

#include <zlib.h>

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>

enum {
	GZIP_WINDOW = 15 + 16, /* the largest; gzip's header, not zlib's */
	STEP_MIN = 4096,       /* room for one call of inflate */
	/* A buffer grown past this is freed after the body that grew it. */
	KEPT_BYTES = 256 * 1024,
};

struct gunzip {
	size_t max_bytes;
	bool has_stream;
	z_stream stream;
	struct strbuf out; /* room for one byte over the limit */
};

struct gunzip *gunzip_create(size_t max_bytes)
{
	struct gunzip *gunzip = xcalloc(1, sizeof(*gunzip));

	gunzip->max_bytes = max_bytes;
	strbuf_init(&gunzip->out, max_bytes + 1);
	return gunzip;
}

void gunzip_destroy(struct gunzip *gunzip)
{
	if (gunzip == NULL) {
		return;
	}
	if (gunzip->has_stream) {
		(void)inflateEnd(&gunzip->stream);
	}
	strbuf_finish(&gunzip->out);
	free(gunzip);
}

void gunzip_clear(struct gunzip *gunzip)
{
	if (gunzip->out.cap > KEPT_BYTES) {
		strbuf_finish(&gunzip->out);
		strbuf_init(&gunzip->out, gunzip->max_bytes + 1);
	}
	strbuf_clear(&gunzip->out);
}

/* zlib's own memory, some 40 KiB, is taken with the first body. */
static bool begin(struct gunzip *gunzip, struct slice body)
{
	z_stream *stream = &gunzip->stream;
	int status;

	if (gunzip->has_stream) {
		status = inflateReset(stream);
	} else {
		status = inflateInit2(stream, GZIP_WINDOW);
		gunzip->has_stream = status == Z_OK;
	}
	/* zlib does not write to its input. */
	stream->next_in = (Bytef *)(void *)body.data;
	stream->avail_in = (uInt)body.len;
	return status == Z_OK;
}

/* As much as was expanded already, within the limit: doubling. */
static size_t room(const struct gunzip *gunzip)
{
	size_t left = gunzip->out.max - gunzip->out.len;
	size_t wanted = gunzip->out.len > STEP_MIN ? gunzip->out.len : STEP_MIN;

	return wanted < left ? wanted : left;
}

/* One call of inflate. */
static int step(struct gunzip *gunzip)
{
	z_stream *stream = &gunzip->stream;
	size_t bytes = room(gunzip);
	int status;

	if (!strbuf_reserve(&gunzip->out, bytes)) {
		return Z_MEM_ERROR;
	}
	stream->next_out = (Bytef *)(gunzip->out.data + gunzip->out.len);
	stream->avail_out = (uInt)bytes;
	status = inflate(stream, Z_NO_FLUSH);
	gunzip->out.len += bytes - stream->avail_out;
	return status;
}

/* Several files of gzip one behind the other are one. */
static bool has_more_members(struct gunzip *gunzip)
{
	return gunzip->stream.avail_in > 0 &&
	    inflateReset(&gunzip->stream) == Z_OK;
}

static enum gunzip_status fail(
    enum gunzip_status status, struct err *err, const char *reason)
{
	err_set(err, "%s", reason);
	return status;
}

static enum gunzip_status expand(struct gunzip *gunzip, struct err *err)
{
	for (;;) {
		int status = step(gunzip);

		if (gunzip->out.len > gunzip->max_bytes) {
			err_set(err, "the body expands to more than %zu bytes",
			    gunzip->max_bytes);
			return GUNZIP_TOO_LARGE;
		}
		switch (status) {
		case Z_STREAM_END:
			if (!has_more_members(gunzip)) {
				return GUNZIP_OK;
			}
			break;
		case Z_OK:
			break;
		case Z_BUF_ERROR:
			return fail(GUNZIP_BAD, err,
			    "the body's gzip ends in the middle");
		case Z_MEM_ERROR:
			return fail(GUNZIP_NO_MEMORY, err, "out of memory");
		default:
			return fail(GUNZIP_BAD, err,
			    "the body is not gzip, as its Content-Encoding "
			    "says");
		}
	}
}

enum gunzip_status gunzip_expand(struct gunzip *gunzip, struct slice body,
    struct slice *expanded, struct err *err)
{
	enum gunzip_status status;

	gunzip_clear(gunzip);
	if (body.len > UINT_MAX) {
		return fail(GUNZIP_TOO_LARGE, err, "the body is too large");
	}
	if (!begin(gunzip, body)) {
		return fail(GUNZIP_NO_MEMORY, err, "out of memory");
	}
	status = expand(gunzip, err);
	*expanded = strbuf_slice(&gunzip->out);
	return status;
}
