#ifndef DISPATCHER_CTL_CTL_SUBJECT_H
#define DISPATCHER_CTL_CTL_SUBJECT_H

/*
 * What render and test render: a destination of a configuration, a template
 * file, or both (that destination with another template), and the webhook
 * bodies that go through it as they would from ingest to Reteno, without a
 * queue.
 */

#include <stddef.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "common/json/json_reader.h"
#include "dispatcher/ctl/ctl.h"
#include "dispatcher/ctl/ctl_preview.h"

struct ctl_subject {
	struct config builtin; /* what there is without a configuration */
	const struct config *config;
	struct config_destination destination;
	struct strbuf template_source;	  /* of the file */
	const struct config_route *route; /* NULL: none leads there */
	struct ctl_preview preview;
};

/* Webhook bodies, read. */
struct ctl_input {
	struct strbuf msgpack;
	struct json_object *objects;
	size_t count;
};

/* `config` may be NULL, and one of the names. All is borrowed until
 * ctl_subject_finish. With the complaint made when it is not CTL_OK. */
enum ctl_exit ctl_subject_init(struct ctl_subject *subject,
    const struct config *config, const char *destination,
    const char *template_path);

/* A zeroed one is fine. */
void ctl_subject_finish(struct ctl_subject *subject);

/* Reads an object or an array of them; "-" is standard input. With the
 * complaint made when it is not CTL_OK. Caller finishes in any case. */
enum ctl_exit ctl_subject_read(const struct ctl_subject *subject,
    const char *path, struct ctl_input *input);
void ctl_input_finish(struct ctl_input *input);

/* As if the object had come in at `now_ms`; into subject->preview.body, and as
 * render_body() says. */
MUST_USE enum render_status ctl_subject_render(struct ctl_subject *subject,
    const struct json_object *object, int64_t now_ms, struct err *err);

#endif
