#include "common/loop/descriptors.h"

#include <sys/resource.h>

size_t descriptors_raise(size_t wanted)
{
	struct rlimit limit;
	struct rlimit more;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
		return 0;
	}
	if (limit.rlim_cur >= wanted) {
		return limit.rlim_cur;
	}
	more = limit;
	more.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	return setrlimit(RLIMIT_NOFILE, &more) == 0 ? more.rlim_cur
						    : limit.rlim_cur;
}
