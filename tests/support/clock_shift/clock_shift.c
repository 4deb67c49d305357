/*
 * Preloaded into a program, it shifts its wall clock by as many seconds as the
 * file RELAY_CLOCK_SHIFT says: a signed 64-bit number in the machine's order,
 * which may be changed while the program runs. Its monotonic clock goes on. For
 * tests of what a clock that jumps does to Redis.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *shift;

static void __attribute__((constructor)) map_shift(void)
{
	const char *path = getenv("RELAY_CLOCK_SHIFT");
	int fd = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	void *map;

	if (fd < 0) {
		return;
	}
	map = mmap(NULL, sizeof(*shift), PROT_READ, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (map != MAP_FAILED) {
		shift = map;
	}
}

/* The names in the system's headers are reserved ones.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */
int clock_gettime(clockid_t id, struct timespec *time)
{
	long status = syscall(SYS_clock_gettime, id, time);

	if (status == 0 && shift != NULL &&
	    (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) {
		time->tv_sec += (time_t)*shift;
	}
	return (int)status;
}

/* The zone is obsolete, and left alone. */
int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
	struct timespec now;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
		return -1;
	}
	time->tv_sec = now.tv_sec;
	time->tv_usec = (suseconds_t)(now.tv_nsec / 1000);
	return 0;
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */
