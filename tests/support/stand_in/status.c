#include "tests/support/stand_in/status.h"

#include <stddef.h>

#include "common/base/attr.h"

const char *status_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
	    {200, "OK"},
	    {400, "Bad Request"},
	    {401, "Unauthorized"},
	    {404, "Not Found"},
	    {405, "Method Not Allowed"},
	    {406, "Not Acceptable"},
	    {409, "Conflict"},
	    {415, "Unsupported Media Type"},
	    {429, "Too Many Requests"},
	};

	size_t i;

	for (i = 0; i < ARRAY_LEN(phrases); i++) {
		if (phrases[i].status == status) {
			return phrases[i].phrase;
		}
	}
	return "As Asked";
}
