"""Random sequences of verbs against a small model: after every step the queue
holds what the model says, and at the end nothing is left over.

Two destinations: `event`, and `contact`, which is `after` it. What the scripts
are told of them differs from seed to seed."""

import os
import random
import struct

import pytest

from queue_scripts import Client, Queue, Server

GROUPS = [b"u:%d" % n for n in range(6)]
NAMES = ["event", "contact"]
LEASE = 1000
LIMIT = 3000
MAX_DEPTH = 25
STEPS = int(os.environ.get("QUEUE_MODEL_STEPS", "1500"))


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


class Job:
    """What there is to know of one."""

    def __init__(self, job_id, accepted, is_partial=False):
        self.id = job_id
        # Or the first that had its place in front was.
        self.accepted = accepted
        self.is_partial = is_partial
        self.renew(int(job_id.split(b"-")[1]))

    def renew(self, order):
        self.order = order
        self.attempts = 0
        self.was_tried = False  # there is a record of it
        self.is_suspect = False
        self.losses = 0
        self.refused = 0
        self.sent = b""  # digest of its own last body


class Destination:
    """What the queue should hold for one, in the simplest form there is."""

    def __init__(self, queue, name, settings):
        self.queue = queue
        self.name = name
        self.settings = settings
        self.jobs = {group: [] for group in GROUPS}  # oldest first
        self.held = {}  # group -> (lease or None, ends)
        self.waiting = {}  # group -> due
        self.dead = {}  # id -> (group, job)
        self.sent = {}  # group -> digest of the last body sent
        self.stale = []  # leases that were lost or finished
        self.marked = set()  # digests
        self.gone = []  # ids, in the order in which they were done with
        self.accepted = set()
        self.popped = []
        self.superseded = []
        self.moved = set()  # groups that lost a head in this step
        queue.configure(name, **settings)

    @property
    def pending(self):
        return sum(len(jobs) for jobs in self.jobs.values())

    def head(self, group):
        return self.jobs[group][0] if self.jobs[group] else None

    # -- enqueue

    def may_be_superseded(self, group):
        jobs = self.jobs[group]
        if not jobs or jobs[-1].is_partial:
            return False
        is_in_hand = group in self.held or jobs[-1].was_tried
        return len(jobs) > 1 or not is_in_hand

    def expect(self, group, digest, is_partial):
        """"duplicate", "full", "new" or "latest"."""
        if digest and digest in self.marked:
            return "duplicate"
        if (self.settings["order"] == "latest" and not is_partial and
                self.may_be_superseded(group)):
            return "latest"
        max_group = self.settings["max_group"]
        if self.pending >= MAX_DEPTH or (
                max_group and len(self.jobs[group]) >= max_group):
            return "full"
        return "new"

    def enqueue(self, group, digest, is_partial, verdict):
        expected = self.expect(group, digest, is_partial)
        if expected in ("duplicate", "full"):
            assert verdict == expected.encode()
            return
        job = Job(verdict, self.queue.clock, is_partial)
        if expected == "latest":
            old = self.jobs[group].pop()
            self.superseded.append(old.id)
            if not self.jobs[group]:
                job.accepted = old.accepted
        self.jobs[group].append(job)
        self.accepted.add(verdict)
        if digest:
            self.marked.add(digest)

    # -- claim

    def is_behind(self, group, others):
        """There is an earlier job elsewhere."""
        return any(other.jobs[group] and
                   other.head(group).order < self.head(group).order
                   for other in others)

    def is_free(self, group, others):
        return (self.head(group).accepted + LIMIT <= self.queue.clock or
                not self.is_behind(group, others))

    def due(self, others):
        now = self.queue.clock
        return {group for group in GROUPS
                if self.jobs[group] and group not in self.held and
                self.waiting.get(group, 0) <= now and
                (self.head(group).was_tried and group in self.waiting or
                 self.is_free(group, others))}

    def lapsed(self):
        return {group for group, (_, ends) in self.held.items()
                if ends <= self.queue.clock}

    def bury(self, group):
        job = self.jobs[group].pop(0)
        self.dead[job.id] = (group, job)
        self.gone.append(job.id)
        self.moved.add(group)

    def lose(self):
        """The suspect that a claim must give, or None; the poison on the way
        to it dies."""
        for group in sorted(self.lapsed(),
                            key=lambda one: (self.held[one][1], one)):
            lease = self.held[group][0]
            job = self.head(group)
            if lease:
                self.stale.append(lease)
                job.losses += job.is_suspect
                job.is_suspect = job.was_tried = True
                job.sent = b""
            if (job.losses < self.settings["max_losses"] or
                    len(self.dead) >= self.settings["dead_limit"]):
                return group
            self.bury(group)
            del self.held[group]
        return None

    def block(self, others):
        """Who must wait leaves ready, if the claim has looked at it."""
        for group in GROUPS:
            job = self.head(group)
            if (job and group not in self.held and group not in self.waiting
                    and self.queue.redis(
                        "ZSCORE", self.queue.key(self.name, "waiting"),
                        group)):
                assert not self.is_free(group, others) and not job.was_tried
                self.waiting[group] = job.accepted + LIMIT

    def note_lease(self, lease):
        job = self.head(lease.group)
        assert lease.id == job.id
        assert (lease.attempts, lease.is_suspect, lease.losses,
                lease.refused_ms) == (job.attempts, job.is_suspect,
                                      job.losses, job.refused)
        known = self.sent.pop(lease.group, b"") or job.sent
        assert lease.sent[:16] == known
        self.waiting.pop(lease.group, None)
        self.held[lease.group] = (lease, self.queue.clock + LEASE)

    # -- finish

    def settle(self, lease, how, item):
        """The verdict that finish must give; `item` is what it is told."""
        group = lease.group
        job = self.head(group)
        del self.held[group]
        self.stale.append(lease)
        if item["sent"]:
            self.sent[group] = item["sent"][:16]
        verdict = 1
        if how == "bury" and len(self.dead) >= self.settings["dead_limit"]:
            how, verdict = "requeue", 2
        if how in ("pop", "bury"):
            if how == "bury":
                self.bury(group)
            else:
                self.popped.append(self.jobs[group].pop(0).id)
                self.gone.append(self.popped[-1])
                self.moved.add(group)
            return verdict
        was_suspect = job.is_suspect
        if item["started"] and how != "release":
            job.is_suspect, job.losses, job.was_tried = False, 0, True
            job.sent = item["sent"][:16]
            if item["outcome"] == "unauthorized":
                job.refused = self.queue.clock
        if how == "retry":
            job.attempts += 1
            job.was_tried = True
            job.sent = item["sent"][:16]
            self.waiting[group] = self.queue.clock + item["delay"]
        elif was_suspect and job.is_suspect:
            self.held[group] = (None, self.queue.clock)
        return verdict

    # -- what must be so

    def check(self):
        queue = self.queue
        queue.check_places(self.name, tokenless=sum(
            lease is None for lease, _ in self.held.values()))
        for group in GROUPS:
            elements = queue.redis("LRANGE", queue.jobs(self.name, group), 0,
                                   -1)
            assert [struct.unpack(">QQ", element[2:18])
                    for element in elements] == [
                        (int(job.id.split(b"-")[1]), job.order)
                        for job in self.jobs[group]]
        stats = queue.stats(self.name)
        assert stats["dead_now"] == len(self.dead)
        assert stats["leased"] == len(self.held)
        assert stats["superseded"] == len(self.superseded)
        assert [done[0] for done in queue.done(self.name)] == list(
            reversed(self.gone))[:self.settings["history"]]
        # A group that can be claimed has somebody told of it.
        if stats["ready"]:
            assert queue.redis("LLEN", queue.key(self.name, "wake")) == 1


class Model:
    """Both, and the dice."""

    def __init__(self, queue, seed):
        self.queue = queue
        self.random = random.Random(seed)
        self.all = {name: Destination(queue, name, {
            "order": self.random.choice(["user", "latest"]),
            "max_group": self.random.choice([0, 4]),
            "max_losses": 2,
            "dead_limit": 6,
            "history": 20,
            "sent_for": 10**9,
            "max_depth": MAX_DEPTH,
            "after": [] if name == "event" else ["event"],
            "after_limit": LIMIT,
        }) for name in NAMES}

    def any(self):
        return self.all[self.random.choice(NAMES)]

    def others(self, one):
        return [self.all[name] for name in one.settings["after"]]

    def enqueue(self):
        entries = []
        is_partial = self.random.random() < 0.3
        for _ in range(self.random.randint(1, 3)):
            digest = self.random.choice([b"", b"%d" % self.random.randrange(40)])
            names = self.random.choice([NAMES[:1], NAMES[1:], NAMES])
            entries.append((self.random.choice(GROUPS), digest, names,
                            b"x" * self.random.randrange(20)))
        verdicts = iter(self.queue.enqueue_many(entries,
                                                flags=int(is_partial)))
        for group, digest, names, _ in entries:
            for name in names:
                self.all[name].enqueue(group, digest, is_partial,
                                       next(verdicts))

    def claim(self):
        one, most = self.any(), self.random.randint(1, 4)
        reaps, suspects = (self.random.random() < 0.7 for _ in range(2))
        suspect = one.lose() if reaps and suspects else None
        due = one.due(self.others(one))
        claimed = self.queue.claim(one.name, most=most, lease=LEASE,
                                   reap_in=0 if reaps else 10,
                                   suspects=suspects)
        if suspect:
            assert claimed.groups == [suspect]
        else:
            one.block(self.others(one))
            assert set(claimed.groups) <= due
            assert len(claimed.leases) == min(most, len(due))
        if claimed.leases and self.random.random() < 0.2:
            again = self.queue.claim(one.name, token=claimed.token.decode(),
                                     repeat=True, lease=LEASE)
            assert sorted((lease.group, lease.sent)
                          for lease in again.leases) == sorted(
                              (lease.group, lease.sent)
                              for lease in claimed.leases)
        for lease in claimed.leases:
            one.note_lease(lease)

    def finish(self):
        one = self.any()
        leases = [lease for lease, _ in one.held.values() if lease]
        if not leases:
            return
        items, plan = [], []
        for lease in self.random.sample(leases,
                                        self.random.randint(1, len(leases))):
            how = self.random.choice(["pop", "pop", "bury", "retry", "requeue",
                                      "release"])
            was_sent = how == "retry" or (how != "release" and
                                          self.random.random() < 0.8)
            fields = {
                "outcome": self.random.choice(["delivered", "unauthorized"]),
                "delay": self.random.randrange(0, 800),
                "started": 1000 if was_sent else 0,
                "sent": self.random.choice([b"", b"%016d" % self.random.
                                            randrange(10**9) + bytes(9)]),
            }
            plan.append((lease, how, fields))
            items.append(Queue.item(lease, how, spends=how == "retry",
                                    **fields))
        verdicts = self.queue.finish_many(items, one.name)
        if self.random.random() < 0.3:  # as after a lost reply
            assert self.queue.finish_many(items, one.name) == [0] * len(items)
        assert verdicts == [one.settle(*step) for step in plan]

    def finish_stale(self):
        one = self.any()
        for lease in one.stale[-3:]:
            how = self.random.choice(["pop", "bury", "retry", "requeue",
                                      "release"])
            assert self.queue.finish(lease, how, to=one.name,
                                     sent=b"x" * 25) == 0

    def replay(self):
        one = self.any()
        if not one.dead:
            return
        ids = self.random.sample(sorted(one.dead),
                                 self.random.randint(1, min(3, len(one.dead))))
        assert self.queue.replay(*ids, "0-0", to=one.name) == len(ids)
        assert self.queue.replay(*ids, to=one.name) == 0
        order = int(self.queue.redis("HGET", "{relay:0}:meta", "seq"))
        for place, job_id in enumerate(ids):
            group, job = one.dead.pop(job_id)
            job.renew(order - len(ids) + 1 + place)
            job.accepted = self.queue.clock
            one.jobs[group].append(job)

    def pass_time(self):
        self.queue.pass_time(self.random.choice([1, 50, 300, LEASE]))

    def free(self):
        """Who waited for a head that has moved is ready. (Not who waited for
        one that was superseded: it goes with the successor, or in time.)"""
        for one in self.all.values():
            moved = set().union(*(other.moved for other in self.others(one)))
            for group in moved & set(one.waiting):
                if not (one.head(group).was_tried or
                        one.is_behind(group, self.others(one))):
                    del one.waiting[group]
        for one in self.all.values():
            one.moved.clear()

    def check(self):
        for one in self.all.values():
            one.check()

    def drain(self):
        for _ in range(10_000):
            if not any(one.pending for one in self.all.values()):
                return
            self.queue.pass_time(LEASE)
            for one in self.all.values():
                suspect = one.lose()
                claimed = self.queue.claim(one.name, lease=LEASE)
                assert not suspect or claimed.groups == [suspect]
                for lease in claimed.leases:
                    one.note_lease(lease)
                    assert self.queue.finish(lease, to=one.name) == 1
                    one.settle(lease, "pop", {"sent": b"", "started": 1})
        raise AssertionError("it does not end")


@pytest.mark.parametrize("seed", range(6))
def test_random_verbs_keep_to_the_model(server, seed):
    client = Client(server.path)
    client("FLUSHALL")
    queue = Queue(client)
    queue.open(*NAMES)
    model = Model(queue, seed)
    verbs = [model.enqueue] * 4 + [model.claim] * 5 + [model.finish] * 4 + [
        model.finish_stale, model.replay, model.pass_time, model.pass_time]
    for step in range(STEPS):
        model.random.choice(verbs)()
        model.free()
        if step % 10 == 0:
            model.check()
    model.check()
    model.drain()
    model.check()
    for one in model.all.values():
        ended = one.popped + one.superseded + list(one.dead)
        assert sorted(ended) == sorted(one.accepted)
    client.close()
