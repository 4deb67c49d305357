#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

/* What each fuzz target has. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* One text to try; always 0. libFuzzer's name, and it calls it. */
/* NOLINTNEXTLINE(readability-identifier-naming) */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the process when a claim does not hold, which libFuzzer then reports
 * with the input. */
static inline void fuzz_require(bool holds, const char *claim)
{
	if (!holds) {
		(void)fprintf(stderr, "fuzz: does not hold: %s\n", claim);
		abort();
	}
}

#endif
