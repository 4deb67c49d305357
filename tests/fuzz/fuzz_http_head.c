/*
 * Any bytes as a request: its head, and when that says so its chunks. Found in
 * pieces or at once it is the same; what is read lies within the bytes; what is
 * refused says why.
 */
#include "ingest/gate/http_chunks.h"
#include "ingest/gate/http_head.h"
#include "ingest/gate/http_text.h"

#include "tests/fuzz/fuzz.h"

enum {
	BODY_MAX = 1000,
};

static bool is_within(struct slice part, struct slice whole)
{
	return part.data >= whole.data && part.len <= whole.len &&
	    (size_t)(part.data - whole.data) <= whole.len - part.len;
}

static void check_fault(const struct http_fault *fault)
{
	fuzz_require(fault->status >= 400 && fault->status <= 505,
	    "a fault has a status");
	fuzz_require(fault->reason.text[0] != '\0', "a fault has a reason");
}

static void check_head(const struct http_head *head, struct slice bytes)
{
	fuzz_require(http_is_token(head->method), "a method is a token");
	fuzz_require(head->path.len > 0, "there is a path");
	fuzz_require(head->minor == 0 || head->minor == 1, "HTTP/1.0 or 1.1");
	fuzz_require(head->length >= 0, "a length is not negative");
	fuzz_require(
	    head->field_count <= HTTP_FIELDS_MAX, "fields are bounded");
	for (size_t i = 0; i < head->field_count; i++) {
		const struct http_field *field = &head->fields[i];

		fuzz_require(is_within(field->name, bytes) &&
			is_within(field->value, bytes),
		    "fields are in the head");
		fuzz_require(http_is_token(field->name) &&
			http_is_field_value(field->value),
		    "fields are clean");
		fuzz_require(http_head_field(head, field->name).data != NULL,
		    "each field is found");
	}
}

/* Byte by byte, the end must be where it is when all is there. */
static void check_pieces(
    struct slice bytes, enum http_head_found wanted, size_t len)
{
	struct http_head_search search = {0};
	struct http_fault fault;
	enum http_head_found found = HTTP_HEAD_PART;

	for (size_t i = 1; i <= bytes.len && found == HTTP_HEAD_PART; i++) {
		found =
		    http_head_find(slice_make(bytes.data, i), &search, &fault);
	}
	if (wanted == HTTP_HEAD_WHOLE) {
		/* In pieces, what cannot become a head is told early. */
		fuzz_require(found == HTTP_HEAD_BAD ||
			(found == HTTP_HEAD_WHOLE && search.len == len),
		    "the end does not depend on the pieces");
	}
	if (wanted == HTTP_HEAD_PART) {
		fuzz_require(found == HTTP_HEAD_PART || found == HTTP_HEAD_BAD,
		    "no end comes from pieces");
	}
}

static enum http_chunks_read take_all(
    struct slice bytes, size_t size, struct strbuf *body, size_t *taken)
{
	enum http_chunks_read read = HTTP_CHUNKS_MORE;
	struct http_chunks chunks;
	struct http_fault fault;

	http_chunks_init(&chunks);
	*taken = 0;
	while (read == HTTP_CHUNKS_MORE && *taken < bytes.len) {
		struct slice piece = slice_from(bytes, *taken);
		size_t used;

		piece.len = piece.len < size ? piece.len : size;
		read = http_chunks_take(&chunks, piece, body, &used, &fault);
		fuzz_require(used <= piece.len, "no more is used than given");
		*taken += used;
	}
	if (read == HTTP_CHUNKS_BAD) {
		check_fault(&fault);
	}
	return read;
}

static void check_chunks(struct slice bytes)
{
	struct strbuf whole;
	struct strbuf pieces;
	size_t whole_taken;
	size_t pieces_taken;

	strbuf_init(&whole, BODY_MAX);
	strbuf_init(&pieces, BODY_MAX);
	fuzz_require(take_all(bytes, bytes.len, &whole, &whole_taken) ==
		take_all(bytes, 1, &pieces, &pieces_taken),
	    "chunks do not depend on the pieces");
	fuzz_require(whole_taken == pieces_taken &&
		slice_equal(strbuf_slice(&whole), strbuf_slice(&pieces)),
	    "nor does the body");
	fuzz_require(whole.len <= BODY_MAX, "the body is bounded");
	strbuf_finish(&whole);
	strbuf_finish(&pieces);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct http_head head;
	struct slice bytes = slice_make(data, size);
	struct http_head_search search = {0};
	struct http_fault fault;
	enum http_head_found found;

	if (size > HTTP_HEAD_BYTES) {
		return 0;
	}
	found = http_head_find(bytes, &search, &fault);
	check_pieces(bytes, found, search.len);
	if (found == HTTP_HEAD_BAD) {
		check_fault(&fault);
	}
	if (found != HTTP_HEAD_WHOLE) {
		check_chunks(bytes);
		return 0;
	}
	fuzz_require(search.len <= size, "a head is within its bytes");
	bytes.len = search.len;
	if (!http_head_read(bytes, &head, &fault)) {
		check_fault(&fault);
		return 0;
	}
	check_head(&head, bytes);
	if (head.framing == HTTP_CHUNKED) {
		check_chunks(slice_make(data + search.len, size - search.len));
	}
	return 0;
}
