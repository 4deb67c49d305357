"""What was promised, what arrived, and whether the two agree.

A promise is a webhook that was answered with 200. Each webhook has a delivery id
of its own, "user/number", with a user's numbers in the order posted; what a
destination gets carries it, and the id of the job. So every arrival can be held
against the promises, and against the log lines of the dispatchers that tell what
they sent and what they heard of it.
"""

import re
import threading

SENT = re.compile(r"event=attempt_state job=(\S+) .* to=send\b")
ENDED = re.compile(r"event=job_\w+ job=(\S+) .*\boutcome=(\w+)")
# What an answer said, or that nothing was sent. Others are not known.
KNOWN = {"delivered", "throttled", "server_error", "unauthorized", "conflict",
         "rejected", "network_error"}
DELIVERED = "delivered"


def number_of(delivery):
    return int(delivery.rpartition("/")[2])


def user_of(delivery):
    return delivery.rpartition("/")[0]


class Promises:
    """Written by the senders' threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.posted = {}  # delivery id -> route
        self.kept = set()  # those answered with 200
        self.refused = 0  # posts that came to nothing, or to 503
        self.waiting = 0  # posts without an answer yet

    def begin(self, delivery, route):
        with self.lock:
            self.posted[delivery] = route
            self.waiting += 1

    def end(self, delivery, is_taken):
        with self.lock:
            self.waiting -= 1
            self.refused += not is_taken
            if is_taken:
                self.kept.add(delivery)

    def posted_to(self, route):
        return {delivery for delivery, to in self.posted.items() if to == route}

    def kept_of(self, route):
        return self.kept & self.posted_to(route)


class Arrivals:
    """What one destination accepted, in order."""

    def __init__(self):
        self.all = []  # (sequence number of the stand-in, delivery id, job id)

    def add(self, sequence, delivery, job):
        self.all.append((sequence, delivery, job))

    def firsts(self):
        """The first arrival of each delivery id, in order."""
        firsts = {}
        for sequence, delivery, _ in self.all:
            firsts.setdefault(delivery, sequence)
        return firsts

    def deliveries_of(self, jobs):
        return {delivery for _, delivery, job in self.all if job in jobs}

    def counts(self):
        """How often each job arrived."""
        counts = {}
        for _, _, job in self.all:
            counts[job] = counts.get(job, 0) + 1
        return counts


class Sends:
    """What the dispatchers' logs tell of each job."""

    def __init__(self, logs):
        self.sent = {}
        self.known = {}
        self.delivered = {}
        for log in logs:
            for line in log.splitlines():
                self.read(line)

    def read(self, line):
        found = SENT.search(line)
        if found:
            self.count(self.sent, found[1])
            return
        found = ENDED.search(line)
        if found and found[2] in KNOWN:
            self.count(self.known, found[1])
            if found[2] == DELIVERED:
                self.count(self.delivered, found[1])

    @staticmethod
    def count(counts, job):
        counts[job] = counts.get(job, 0) + 1

    def unknown_of(self, job):
        """Attempts of which nobody heard what became."""
        return max(0, self.sent.get(job, 0) - self.known.get(job, 0))

    def may_arrive(self, job):
        return self.delivered.get(job, 0) + self.unknown_of(job)


def lost(promised, arrivals):
    return sorted(promised - set(arrivals.firsts()))


def made_up(posted, arrivals):
    return sorted(set(arrivals.firsts()) - set(posted))


def overtaken(arrivals, replayed):
    """Deliveries whose first arrival comes after a later one's of the user; not
    those of jobs that were dead and replayed."""
    last = {}
    found = []
    excused = arrivals.deliveries_of(replayed)
    for delivery in arrivals.firsts():
        if delivery in excused:
            continue
        user, number = user_of(delivery), number_of(delivery)
        if number < last.get(user, -1):
            found.append(delivery)
        last[user] = max(number, last.get(user, -1))
    return found


def made_twice(arrivals):
    """Deliveries that more than one job was made of."""
    jobs = {}
    for _, delivery, job in arrivals.all:
        jobs.setdefault(delivery, set()).add(job)
    return sorted(delivery for delivery, made in jobs.items() if len(made) > 1)


def repeats(arrivals, sends):
    """How many arrivals were repeats, and which jobs arrived more often than
    what is unknown of their attempts explains."""
    count = 0
    unexplained = []
    for job, times in arrivals.counts().items():
        count += times - 1
        if times > 1 and times > sends.may_arrive(job):
            unexplained.append(job)
    return count, unexplained


def too_early(first, second, replayed):
    """Deliveries that `second` had before `first` had them, unless that one was
    dead and replayed."""
    before = first.firsts()
    excused = first.deliveries_of(replayed)
    return [delivery for delivery, sequence in second.firsts().items()
            if sequence < before.get(delivery, -1) and delivery not in excused]
