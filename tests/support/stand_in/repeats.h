#ifndef TESTS_SUPPORT_STAND_IN_REPEATS_H
#define TESTS_SUPPORT_STAND_IN_REPEATS_H

/*
 * Remembers for a while which bodies were taken, to refuse the same one again.
 * Two bodies are the same when they are the same JSON, however written. Its
 * memory is bounded by what arrives within the window.
 */

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct repeats;

/* Never NULL. Caller frees with repeats_destroy. */
struct repeats *repeats_create(int64_t window_ms);

/* NULL is fine. */
void repeats_destroy(struct repeats *repeats);

/* Whether the body was taken less than the window ago. If not, it is taken
 * now. */
bool repeats_take(struct repeats *repeats, const json_t *body, int64_t now_ms);

#endif
