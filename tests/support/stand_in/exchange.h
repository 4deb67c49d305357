#ifndef TESTS_SUPPORT_STAND_IN_EXCHANGE_H
#define TESTS_SUPPORT_STAND_IN_EXCHANGE_H

/*
 * One request to one of Reteno's endpoints, from its arrival to its answer or
 * to what is done to the connection instead.
 */

struct evhttp_request;
struct stand_in;

/* Takes the request over: it is recorded, judged and answered, at once or
 * later. */
void exchange_begin(struct stand_in *stand_in, struct evhttp_request *request);

/* Forgets all that are not over. Their connections stay evhttp's. */
void exchange_abandon_all(struct stand_in *stand_in);

#endif
