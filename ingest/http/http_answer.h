#ifndef INGEST_HTTP_HTTP_ANSWER_H
#define INGEST_HTTP_HTTP_ANSWER_H

/* An answer as it goes over the wire. Pure: the time is passed in. */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/slice.h"
#include "common/base/strbuf.h"

enum {
	HTTP_DATE_MAX = 32, /* "Sun, 06 Nov 1994 08:49:37 GMT" and a NUL */
};

struct http_answer {
	int status;
	struct slice headers; /* more of them, as whole lines with CR LF */
	struct slice body;
	bool closes; /* the connection, after it */
};

/* The value of Date, kept as long as its second lasts. Zeroed at first. */
struct http_date {
	int64_t second;
	char text[HTTP_DATE_MAX];
};

const char *http_date_text(struct http_date *date, int64_t wall_ms);

/* How an answer is to be written for the request it is for. */
struct http_answer_form {
	const char *date;
	bool has_body;	      /* false for HEAD: the length is said all the
			       * same */
	bool says_keep_alive; /* to a client of HTTP/1.0 that wants it */
};

/* Appends the answer. */
void http_answer_write(struct strbuf *out, const struct http_answer *answer,
    const struct http_answer_form *form);

#endif
