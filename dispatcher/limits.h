#ifndef DISPATCHER_LIMITS_H
#define DISPATCHER_LIMITS_H

/*
 * Reteno's published limits, held against a body before it is sent: a body that
 * Reteno cannot take is a render error with the rule's name, not a 400 to guess
 * from. Only what is published is checked; what is unknown is Reteno's to say.
 *
 * Where a rule comes from (vendor documents, by page):
 *
 *	event (api/v2/event): docs.reteno.com "Validating event parameters" and
 *	    "Customer identifiers and matching"; eSputnik reference "How to use
 *	    the generate event API resource": eventTypeKey of 1 to 100
 *	    characters without < ; ' (and its curly form) \ / | " ` ^ ? ! , >;
 *	    keyValue, or one of the parameters contactId, externalCustomerId,
 *	    email, phone, pushToken, of at most 300 characters without the same;
 *	    an identifier of "", blanks or "null" does not count; each parameter
 *	    has a name of at most 100 characters and a value, names once each;
 *	    20 KB a request.
 *	contact (api/v1/contact): reference "Add/update a contact": channels,
 *	    their types; fields as id and value; names of at most 40 characters;
 *	    the page on additional fields: values of at most 5,000.
 *	device (mobile-api, api/v1/device) and mobile-events (mobile-api,
 *	    api/v1/events): no page; the vendor's Android and iOS SDKs
 *	    (DeviceRemote.kt, DeviceRequest.swift, event requests).
 *
 * Characters are counted as Unicode code points.
 */

#include <stdbool.h>
#include <stddef.h>

#include "common/base/attr.h"
#include "common/base/err.h"
#include "common/base/slice.h"
#include "common/config/config.h"

enum {
	LIMITS_EVENT_BODY_BYTES = 20 * 1024,
};

/* Whether the endpoint can take a body: its length as JSON, and `msgpack` as
 * json_read makes of it. False with the rule that it breaks and where, such as
 * "params[3]: ..."; never a value. */
MUST_USE bool limits_check(enum config_endpoint endpoint, size_t json_bytes,
    struct slice msgpack, struct err *err);

#endif
