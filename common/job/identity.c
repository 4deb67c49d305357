#include "common/job/identity.h"

#include "common/job/unpack.h"
#include "common/json/json_reader.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	NUMBER_MAX = 32,
};

/* What a member says, as text. */
struct text {
	struct slice slice; /* empty: absent */
	char number[NUMBER_MAX];
};

/* The shorter of two forms that reads back as the same number. */
static int print_real(double real, char text[NUMBER_MAX])
{
	int len;

	if (real == 0) {
		real = 0; /* -0 is nobody else */
	}
	len = snprintf(text, NUMBER_MAX, "%.15g", real);
	if (strtod(text, NULL) != real) {
		len = snprintf(text, NUMBER_MAX, "%.17g", real);
	}
	return len;
}

static struct slice print_number(
    const struct unpack_value *value, char text[NUMBER_MAX])
{
	int len = 0;

	if (value->type == UNPACK_INT) {
		len = snprintf(text, NUMBER_MAX, "%" PRId64, value->integer);
	} else if (value->type == UNPACK_UINT) {
		len = snprintf(text, NUMBER_MAX, "%" PRIu64, value->natural);
	} else if (isfinite(value->real)) {
		len = print_real(value->real, text);
	}
	return slice_make(text, (size_t)len);
}

static void read_text(struct slice member, struct text *text)
{
	struct unpack_value value;

	text->slice = slice_make(NULL, 0);
	if (!unpack_value(&member, &value)) {
		return;
	}
	switch (value.type) {
	case UNPACK_STR:
		text->slice = value.bytes;
		break;
	case UNPACK_EXT:
		if (value.ext_type == JSON_NUMBER_TEXT) {
			text->slice = value.bytes;
		}
		break;
	case UNPACK_INT:
	case UNPACK_UINT:
	case UNPACK_FLOAT:
		text->slice = print_number(&value, text->number);
		break;
	case UNPACK_NIL:
	case UNPACK_BOOL:
	case UNPACK_BIN:
	case UNPACK_ARRAY:
	case UNPACK_MAP:
		break;
	}
	if (slice_trim(text->slice).len == 0) {
		text->slice = slice_make(NULL, 0);
	}
}

static void append_digest(struct slice text, struct strbuf *out)
{
	uint8_t digest[IDENTITY_DIGEST_BYTES];

	identity_digest(text, digest);
	strbuf_append_char(out, '#');
	for (size_t i = 0; i < sizeof(digest); i++) {
		strbuf_appendf(out, "%02x", digest[i]);
	}
}

static void append_group(
    const char *kind, struct slice value, struct strbuf *out)
{
	strbuf_append_text(out, kind);
	if (value.len + strlen(kind) > IDENTITY_GROUP_MAX ||
	    value.data[0] == '#') {
		append_digest(value, out);
	} else {
		strbuf_append_slice(out, value);
	}
}

void identity_group(const struct identity_members *members, struct slice object,
    struct strbuf *out)
{
	struct text text;

	read_text(members->user, &text);
	if (text.slice.len > 0) {
		append_group("u:", text.slice, out);
		return;
	}
	read_text(members->device, &text);
	if (text.slice.len > 0) {
		append_group("d:", text.slice, out);
		return;
	}
	/* The other kind of delivery id has a device. */
	read_text(members->uuid, &text);
	if (text.slice.len > 0) {
		append_group("i:", text.slice, out);
		return;
	}
	strbuf_append_text(out, "i:");
	append_digest(object, out);
}

void identity_delivery_id(
    const struct identity_members *members, struct strbuf *out)
{
	struct text uuid;
	struct text device;
	struct text insert_id;

	read_text(members->uuid, &uuid);
	if (uuid.slice.len > 0) {
		strbuf_append_slice(out, uuid.slice);
		return;
	}
	read_text(members->device, &device);
	read_text(members->insert_id, &insert_id);
	if (device.slice.len > 0 && insert_id.slice.len > 0) {
		strbuf_append_slice(out, device.slice);
		strbuf_append_char(out, '/');
		strbuf_append_slice(out, insert_id.slice);
	}
}
