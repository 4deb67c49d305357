"""The queue as it should be, in plain Python: one shard, all in memory.

It does what common/queue/README.md says, in the order in which that matters to
who is served first, and nothing else: no keys, no bytes, no care for being
stopped half-way. Times are milliseconds of the clock that is passed in.
"""

import dataclasses

SEEN_SLOTS = 7
SENT_SLOTS = 2
PARTIAL, AS_SENT = 1, 2
RESCORED = 100
LAPSED = 100


@dataclasses.dataclass
class Settings:
    """A destination's, as its scripts get them."""

    order: str = "user"  # or "latest", "none"
    dedupe_for: int = 0
    max_depth: int = 0
    max_group: int = 0
    after: tuple = ()
    after_limit: int = 0
    max_losses: int = 0
    dead_limit: int = 0
    sent_for: int = 0
    history: int = 0
    lease: int = 1000
    retry_limit: int = 5000


@dataclasses.dataclass
class Job:
    id: int
    flags: int
    order: int
    accepted: int

    @property
    def name(self):
        return f"0-{self.id}"


@dataclasses.dataclass
class Record:
    """What was tried with a head."""

    id: str
    count: int = 0
    first: int = 0
    losses: int = 0
    tries: int = 0
    suspect: bool = False
    lost: str = None
    refused: int = None
    sent: bytes = None


@dataclasses.dataclass
class Letter:
    group: str
    outcome: str
    body: str
    job: Job


class Windows:
    """A memory that forgets by windows of time."""

    def __init__(self, slots):
        self.slots = [{} for _ in range(slots)]
        self.newest = None
        self.width = None

    def open(self, now, width):
        """(window, slots whose content counts no more)."""
        window = now // width
        expired = set()
        if self.newest is not None and self.width == width:
            if window == self.newest - 1:
                window = self.newest
            last = min(window, self.newest + len(self.slots))
            expired = {number % len(self.slots)
                       for number in range(self.newest + 1, last + 1)}
        return window, expired

    def turn(self, now, width):
        """The slot to write to."""
        window, expired = self.open(now, width)
        for slot in expired:
            self.slots[slot] = {}
        self.newest, self.width = window, width
        return self.slots[window % len(self.slots)]

    def find(self, key, now, width):
        _, expired = self.open(now, width)
        for number, slot in enumerate(self.slots):
            if number not in expired and key in slot:
                return True
        return False


class Destination:
    def __init__(self, name, settings):
        self.name = name
        self.settings = settings
        self.jobs = {}  # group -> [Job]
        self.ready = []
        self.leased = {}  # group -> end
        self.tokens = {}  # group -> (token, sent)
        self.waiting = {}  # group -> due
        self.heads = {}  # group -> accepted, the first at this place
        self.attempts = {}  # group -> Record
        self.dead = {}  # id -> Letter
        self.counts = {}
        self.seen = Windows(SEEN_SLOTS)
        self.sent = Windows(SENT_SLOTS)
        self.history = 0
        self.turn = None
        self.has_wake = False
        self.after = []  # Destinations
        self.dependents = []

    # -- small things

    def count(self, **by):
        for name, number in by.items():
            if number:
                self.counts[name] = self.counts.get(name, 0) + number

    @property
    def pending(self):
        return sum(map(len, self.jobs.values()))

    def head(self, group):
        return self.jobs[group][0] if self.jobs.get(group) else None

    def record(self, group):
        """(record, whether there was one of this head)."""
        record = self.attempts.get(group)
        name = self.head(group).name
        if record is not None and record.id == name:
            return record, True
        return Record(name), False

    def end_lease(self, group):
        self.leased.pop(group, None)
        self.tokens.pop(group, None)

    def by_score(self, scores, most=None):
        """Groups whose score is reached, in Redis's order."""
        found = sorted((score, group.encode()) for group, score in
                       scores.items() if most is None or score <= most)
        return [group.decode() for _, group in found]

    # -- heads

    def pop_head(self, group):
        """True when there is a next one."""
        jobs = self.jobs[group]
        jobs.pop(0)
        self.attempts.pop(group, None)
        if jobs:
            self.heads[group] = jobs[0].accepted
            return True
        del self.jobs[group]
        self.heads.pop(group, None)
        return False

    def is_behind(self, group, order):
        """Whether a job of this order must wait for the head here."""
        head = self.head(group)
        return head is not None and head.order < order

    def free_dependents(self, groups):
        for dependent in self.dependents:
            dependent.free(self, groups)

    def free(self, other, groups):
        freed = []
        for group in groups:
            head = self.head(group)
            if group in self.waiting and head is not None and \
                    not self.record(group)[1] and \
                    not other.is_behind(group, head.order):
                freed.append(group)
        for group in freed:
            self.ready.append(group)
            self.waiting.pop(group, None)
        if freed:
            self.has_wake = True

    # -- enqueue

    def may_supersede(self, group, new):
        """Whether the last job of a group may be taken the place of."""
        jobs = self.jobs.get(group)
        if self.settings.order != "latest" or not jobs or new.flags:
            return False
        if jobs[-1].flags:
            return False
        if len(jobs) == 1 and jobs[0].id not in self.fresh:
            return group not in self.leased and group not in self.attempts
        return True

    def accept(self, group, job, now):
        """True when there was room. `fresh` has the ids of this call."""
        settings = self.settings
        if settings.order == "none":
            group = f"{group}~{job.id:016x}"
        if self.may_supersede(group, job):
            old = self.jobs[group][-1]
            self.jobs[group][-1] = job
            self.fresh.discard(old.id)
            self.fresh.add(job.id)
            self.count(accepted=1, superseded=1)
            return True
        length = len(self.jobs.get(group, ()))
        if (settings.max_depth and self.pending >= settings.max_depth) or \
                (settings.max_group and length >= settings.max_group):
            return False
        self.jobs.setdefault(group, []).append(job)
        self.fresh.add(job.id)
        if length == 0:
            self.heads[group] = now
            if group not in self.leased:
                self.new.append(group)
        self.count(accepted=1)
        return True

    # -- claim

    def mend_times(self, now):
        def mend(scores, limit, mended):
            late = [group for group in self.by_score(scores)
                    if scores[group] > now + limit]
            for group in late[:RESCORED]:
                scores[group] = mended
        limit = max(self.settings.retry_limit, self.settings.after_limit)
        mend(self.waiting, limit, now)
        mend(self.leased, 2 * self.settings.lease,
             now + self.settings.lease)

    def take_sent(self, group, record, now):
        sent = record.sent or b""
        width = self.settings.sent_for
        if width:
            _, expired = self.sent.open(now, width)
            for number, slot in enumerate(self.sent.slots):
                if number not in expired and group in slot:
                    sent = slot.pop(group)
        return sent

    def lease(self, group, record, token, now):
        sent = self.take_sent(group, record, now)
        self.leased[group] = now + self.settings.lease
        self.tokens[group] = (token, sent)
        return group, record, sent

    def note_loss(self, group, record):
        lost = self.tokens.get(group)
        if lost is None or record.lost == lost:
            return
        record.losses += record.suspect
        record.suspect, record.lost, record.sent = True, lost, None
        self.attempts[group] = record
        self.count(lease_losses=1)

    def is_poison(self, record):
        settings = self.settings
        return settings.max_losses and \
            record.losses >= settings.max_losses and \
            (not settings.dead_limit or
             len(self.dead) < settings.dead_limit)

    def bury_poison(self, group):
        self.add_letter(group, "lease_lost", "")
        if self.pop_head(group):
            self.ready.append(group)
        self.count(dead=1)
        self.note_history(1)
        self.free_dependents([group])
        self.end_lease(group)

    def claim_suspect(self, token, now):
        for group in self.by_score(self.leased, now)[:LAPSED]:
            if self.head(group) is None:
                self.heads.pop(group, None)
                self.end_lease(group)
                continue
            record, _ = self.record(group)
            self.note_loss(group, record)
            if self.is_poison(record):
                self.bury_poison(group)
                continue
            return [self.lease(group, record, token, now)]
        return []

    def blocked_until(self, group, now):
        head = self.head(group)
        until = min(self.heads[group], now) + self.settings.after_limit
        if until > now and any(other.is_behind(group, head.order)
                               for other in self.after):
            return until
        return None

    def claim_in_turn(self, token, most, now):
        """Due and ready in turn, the older first."""
        due = self.by_score(self.waiting, now)
        ready = list(self.ready)
        chosen, blocked, empty, suspects, due_left = set(), {}, [], [], []
        passed = 0
        taken = []

        def next_of(groups, is_ready):
            nonlocal passed
            while groups:
                group = groups.pop(0)
                passed += is_ready
                if group in self.leased or group in chosen or \
                        (is_ready and group in self.waiting):
                    if not is_ready:
                        due_left.append(group)
                    continue
                if self.head(group) is None:
                    empty.append(group)
                    if not is_ready:
                        due_left.append(group)
                    continue
                record, was_tried = self.record(group)
                chosen.add(group)
                if record.suspect:
                    suspects.append(group)
                    if not is_ready:
                        due_left.append(group)
                    continue
                until = self.blocked_until(group, now) \
                    if self.after and (is_ready or not was_tried) else None
                if until is not None:
                    blocked[group] = until
                    continue
                return group, record
            return None

        next_due = next_ready = None
        turn = None
        while len(taken) < most:
            next_due = next_due or next_of(due, False)
            next_ready = next_ready or next_of(ready, True)
            is_due = next_ready is None
            if next_due and next_ready:
                turn = turn or self.turn
                is_due = turn == "ready" or (turn != "due" and
                                             self.is_older(next_due[0],
                                                           next_ready[0]))
                turn = "due" if is_due else "ready"
            if not next_due and not next_ready:
                break
            if is_due:
                taken.append(next_due)
                due_left.append(next_due[0])
                next_due = None
            else:
                taken.append(next_ready)
                next_ready = None
        if next_ready:
            passed -= 1
        self.waiting.update(blocked)
        for group in suspects:
            self.leased[group] = now
        leases = [self.lease(group, record, token, now)
                  for group, record in taken]
        del self.ready[:passed]
        for group in due_left:
            self.waiting.pop(group, None)
        for group in empty:
            self.heads.pop(group, None)
        self.turn = turn or self.turn
        return leases

    def is_older(self, group, other):
        return self.heads.get(group, 0) <= self.heads.get(other, 0)

    def claim(self, token, now, most, reap_in, takes_suspect):
        """The leases; each (group, record, sent)."""
        first = min(self.leased.values(), default=None)
        leases = []
        self.mend_times(now)
        if takes_suspect and reap_in == 0 and first is not None and \
                first <= now:
            leases = self.claim_suspect(token, now)
        if not leases:
            leases = self.claim_in_turn(token, most, now)
        if self.has_more(now, reap_in, takes_suspect) or \
                (leases and first is None):
            self.has_wake = True
        return leases

    def next_ms(self, now, reap_in, takes_suspect):
        due = lapse = None
        if self.waiting:
            due = max(0, min(self.waiting.values()) - now)
        if self.leased:
            first = min(self.leased.values())
            lapse = max(0, reap_in, first - now)
            if first <= now and not takes_suspect:
                lapse = max(lapse, 200)
        return min((ms for ms in (due, lapse) if ms is not None), default=-1)

    def has_more(self, now, reap_in, takes_suspect):
        return bool(self.ready) or \
            self.next_ms(now, reap_in, takes_suspect) == 0

    # -- finish

    def add_letter(self, group, outcome, body):
        job = self.jobs[group][0]
        self.dead[job.name] = Letter(group, outcome, body, job)

    def note_history(self, count):
        if self.settings.history and count:
            self.history = min(self.history + count, self.settings.history)

    def finish(self, items, now):
        """The verdicts. An item is a dict: group, token, id, settle, outcome,
        spends, delay, started, took, sent, body."""
        ended, moved, behind, front, kept = [], [], [], [], []
        gone, verdicts, sent = [], [], []
        has_ready = False
        for item in items:
            group = item["group"]
            token = self.tokens.get(group)
            if group in ended or token is None or token[0] != item["token"]:
                verdicts.append(0)
                continue
            ended.append(group)
            head = self.head(group)
            if head is None or head.name != item["id"]:
                (behind if head else gone).append(group)
                verdicts.append(0)
                continue
            record, _ = self.record(group)
            if item["sent"]:
                if item["sent"][16:24] == bytes(8):
                    item["sent"] = item["sent"][:16] + \
                        now.to_bytes(8, "big") + item["sent"][24:]
                sent.append((group, item["sent"]))
            verdict = 1
            settle = item["settle"]
            if settle == "bury" and self.settings.dead_limit and \
                    len(self.dead) >= self.settings.dead_limit:
                settle, verdict = "requeue", 2
            if settle in ("pop", "bury"):
                if settle == "bury":
                    self.add_letter(group, item["outcome"], item["body"])
                moved.append(group)
                word = item["outcome"] if settle == "pop" else "dead"
                self.count(**{word: 1})
            elif settle == "retry":
                self.add_try(record, item, item["spends"], now)
                self.attempts[group] = record
                self.waiting[group] = now + item["delay"]
                has_ready = has_ready or item["delay"] <= 0
            else:
                if settle == "requeue" and item["started"] > 0:
                    self.add_try(record, item, False, now)
                    self.attempts[group] = record
                place = front if settle == "release" else behind
                (kept if record.suspect else place).append(group)
            verdicts.append(verdict)
        if sent and self.settings.sent_for:
            self.sent.turn(now, self.settings.sent_for).update(sent)
        left = [group for group in moved if self.pop_head(group)]
        for group in gone:
            self.heads.pop(group, None)
        self.ready = front + self.ready + behind + left
        for group in ended:
            self.end_lease(group)
        for group in kept:
            self.leased[group] = now
        self.note_history(len(moved))
        self.free_dependents(moved)
        if has_ready or left or behind or front or kept:
            self.has_wake = True
        return verdicts

    @staticmethod
    def add_try(record, item, is_spent, now):
        was_tried = item["started"] > 0
        if was_tried:
            record.tries = min(record.tries + 1, 10)
            record.suspect, record.lost, record.losses = False, None, 0
        if record.first == 0 and (was_tried or is_spent):
            record.first = now - item["took"]
        record.count += bool(is_spent)
        if item["outcome"] == "unauthorized":
            record.refused = now
        record.sent = item["sent"] or None

    # -- the operator's verbs

    def append(self, group, job, now):
        """True when that made the group ready."""
        is_first = group not in self.jobs
        if is_first:
            self.heads[group] = now
        self.jobs.setdefault(group, []).append(job)
        if is_first and group not in self.leased:
            self.ready.append(group)
            return True
        return False

    def remove_jobs(self, group, word):
        """All of a group, but its place in `ready` and its lease."""
        count = len(self.jobs.pop(group, ()))
        self.heads.pop(group, None)
        self.waiting.pop(group, None)
        self.attempts.pop(group, None)
        self.count(**{word: count})
        return count

    def purge(self, limit):
        """(removed, groups left)."""
        removed, groups = 0, []
        while self.ready and removed < limit:
            group = self.ready.pop(0)
            removed += self.remove_jobs(group, "purged")
            groups.append(group)
        for group in self.by_score(self.heads):
            if removed >= limit:
                break
            removed += self.remove_jobs(group, "purged")
            groups.append(group)
        self.free_dependents(groups)
        return removed, len(self.heads)

    def forget(self, group):
        """How many jobs it had, those that are groups of their own, too."""
        own = [other for other in self.jobs
               if other == group or other.startswith(group + "~")]
        removed = 0
        for name in dict.fromkeys([group, *own]):
            removed += self.remove_jobs(name, "forgotten")
            for slot in self.sent.slots:
                slot.pop(name, None)
        if group in self.ready:
            self.ready.remove(group)
        self.free_dependents([group])
        return removed

    def remove_dead(self, ids, word):
        there = [name for name in ids if name in self.dead]
        for name in there:
            del self.dead[name]
        self.count(**{word: len(there)})
        return len(there)


class Queue:
    """All destinations of a shard."""

    def __init__(self, settings, first_id):
        self.seq = first_id
        self.all = {name: Destination(name, its)
                    for name, its in settings.items()}
        for destination in self.all.values():
            destination.after = [self.all[name]
                                 for name in destination.settings.after]
            for other in destination.after:
                other.dependents.append(destination)

    def enqueue(self, entries, now):
        """Entries are (group, digest, destinations, flags); a verdict for each
        and destination, flat."""
        names = list(dict.fromkeys(
            name for entry in entries for name in entry[2]))
        base, verdicts = self.seq, []
        marks = {name: [] for name in names}
        for name in names:
            self.all[name].fresh, self.all[name].new = set(), []
        for group, digest, to, flags in entries:
            for name in to:
                verdicts.append(self.offer(
                    self.all[name], group, digest, flags, now, marks[name]))
        for name in names if self.seq > base else ():
            destination = self.all[name]
            if destination.settings.dedupe_for:
                slot = destination.seen.turn(
                    now, self.width_of(destination))
                slot.update(dict.fromkeys(marks[name]))
            destination.ready += destination.new
            if destination.new:
                destination.has_wake = True
        return verdicts

    @staticmethod
    def width_of(destination):
        return max(1, destination.settings.dedupe_for // (SEEN_SLOTS - 1))

    def offer(self, destination, group, digest, flags, now, marks):
        is_deduped = digest and destination.settings.dedupe_for
        if is_deduped and (digest in marks or destination.seen.find(
                digest, now, self.width_of(destination))):
            destination.count(duplicates=1)
            return "duplicate"
        number = self.seq + 1
        if not destination.accept(group, Job(number, flags, number, now), now):
            return "full"
        self.seq = number
        if is_deduped:
            marks.append(digest)
        return f"0-{number}"

    def replay(self, destination, ids, as_sent, now):
        letters = {name: destination.dead[name] for name in ids
                   if name in destination.dead and
                   (not as_sent or destination.dead[name].body)}
        base = self.seq
        self.seq += len(letters)
        for place, (name, letter) in enumerate(letters.items()):
            flags = letter.job.flags & PARTIAL | (AS_SENT if as_sent else 0)
            job = Job(letter.job.id, flags, base + place + 1, now)
            if destination.append(letter.group, job, now):
                destination.has_wake = True
            destination.count(replayed=1)
            del destination.dead[name]
        return len(letters)
