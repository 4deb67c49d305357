#ifndef TESTS_SUPPORT_STAND_IN_SIDE_H
#define TESTS_SUPPORT_STAND_IN_SIDE_H

/*
 * The side endpoints, for whoever runs the stand-in. Not part of Reteno; no
 * authentication. All speak JSON.
 *
 *	GET    /_stand-in/healthz	{"ok":true}
 *	GET    /_stand-in/arrived	what arrived, as an array, in order
 *	         ?since=SEQ ?accepted=1 ?limit=N
 *	DELETE /_stand-in/arrived	forgets it; the contacts of the last
 *					minute stay remembered
 *	GET    /_stand-in/stats		counts by endpoint and status, how many
 *					were in hand at most
 *	DELETE /_stand-in/stats		counts from 0
 *	GET    /_stand-in/faults	the rules, each with its hits
 *	POST   /_stand-in/faults	puts an array of rules (faults.h) in
 *					place of those there are
 *	DELETE /_stand-in/faults	no more faults
 */

#include <stdbool.h>

struct evhttp_request;
struct stand_in;

/* Whether the path is one of the stand-in's own. */
bool side_is_path(const char *path);

/* Answers. */
void side_answer(struct stand_in *stand_in, struct evhttp_request *request);

#endif
