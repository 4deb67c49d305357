#ifndef DISPATCHER_CTL_CTL_PREVIEW_H
#define DISPATCHER_CTL_CTL_PREVIEW_H

/*
 * What a job would be rendered to: the dispatcher's own rendering
 * (dispatcher/render.h) for one destination, so that a template of another one
 * that is broken does not matter.
 */

#include <stdbool.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "common/config/config.h"
#include "dispatcher/render.h"

struct ctl_preview {
	struct config config; /* one destination of it */
	struct config_destination destination;
	struct render *render;
	struct strbuf body; /* of the last job */
};

/* False with why not in *err. The configuration and what the destination points
 * to are borrowed until ctl_preview_finish. The preview must not move. */
MUST_USE bool ctl_preview_init(struct ctl_preview *preview,
    const struct config *config, const struct config_destination *destination,
    struct err *err);

/* A zeroed one is fine. */
void ctl_preview_finish(struct ctl_preview *preview);

/* As render_body(); into preview->body. */
MUST_USE enum render_status ctl_preview_job(
    struct ctl_preview *preview, const struct render_job *job, struct err *err);

#endif
