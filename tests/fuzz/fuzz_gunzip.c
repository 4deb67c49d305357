/* Any bytes as a body of gzip: expanded within the limit, or refused with a
 * reason; what comes after is not touched by it. */
#include "ingest/gunzip.h"

#include "tests/fuzz/fuzz.h"

enum {
	MAX_BYTES = 100000,
};

/* {} */
static const unsigned char sane[] = {0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 0x03,
    0xab, 0xae, 0x05, 0, 0x43, 0xbf, 0xa6, 0xa3, 0x02, 0, 0, 0};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gunzip *gunzip;
	struct err err = {.text = ""};
	struct slice expanded;
	enum gunzip_status status;

	if (gunzip == NULL) {
		gunzip = gunzip_create(MAX_BYTES);
	}
	status = gunzip_expand(gunzip, slice_make(data, size), &expanded, &err);
	if (status == GUNZIP_OK) {
		fuzz_require(expanded.len <= MAX_BYTES, "the limit holds");
	} else {
		fuzz_require(err.text[0] != '\0', "a refusal has a reason");
	}
	status = gunzip_expand(
	    gunzip, slice_make(sane, sizeof(sane)), &expanded, &err);
	fuzz_require(status == GUNZIP_OK && slice_is(expanded, "{}"),
	    "the next body is expanded");
	gunzip_clear(gunzip);
	return 0;
}
