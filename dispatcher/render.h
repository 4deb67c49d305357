#ifndef DISPATCHER_RENDER_H
#define DISPATCHER_RENDER_H

/*
 * From a job to the body of its request: the destination's `when:` decides
 * whether there is to be one, its template makes it (`escape:`), `omit_empty:`
 * takes out what says nothing, and it must be JSON within the endpoint's
 * published limits. Pure but for its scratch memory; the dispatcher and
 * relayctl use it alike.
 *
 * What a template sees:
 *
 *	input     the object as Amplitude sent it
 *	vars      `vars:` of the configuration
 *	identity  the member of input that Reteno knows the user by: "user_id"
 *	relay     id, destination, route, received_at, accepted_at (ms since the
 *	          epoch), attempt (from 1), delivery_id ("" when there is none)
 */

#include <stdbool.h>
#include <stdint.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/strbuf.h"
#include "dispatcher/template/template.h"

struct config;
struct job;
struct render;

struct render_job {
	const struct job *job;
	const char *id;	 /* with its shard */
	int64_t attempt; /* from 1 */
};

enum render_status {
	RENDER_DONE,
	RENDER_DECLINED, /* `when:` says no */
	RENDER_FAILED,
};

/* Whether a template, or a condition, compiles. False with name:line:column and
 * what is wrong in the text of *err. For relayctl. */
MUST_USE bool render_compiles(
    const char *name, const char *source, bool is_condition, struct err *err);

/* Compiles all templates and conditions. NULL with file, line and key of the
 * first that is wrong. The configuration is borrowed until render_destroy. */
MUST_USE struct render *render_create(
    const struct config *config, struct err *err);
void render_destroy(struct render *render);

/* From now on the observer is told of each ${} that a template prints, before
 * anything is made of the whole: for relayctl. NULL ends it. */
void render_observe(
    struct render *render, template_observer *observer, void *arg);

/* Writes the body over what `body` holds. RENDER_FAILED: why and where (such as
 * "event.ftl:12:5: ...", never a value of the job) in *err, and `body` is
 * what the template printed, if it got that far: for relayctl to show. */
MUST_USE enum render_status render_body(struct render *render, int destination,
    const struct render_job *job, struct strbuf *body, struct err *err);

#endif
