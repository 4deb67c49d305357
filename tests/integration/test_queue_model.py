"""Random sequences of verbs against a small model: after every step the queue
holds what the model says, and at the end nothing is left over."""

import os
import random

import pytest

from queue_scripts import Client, Queue, Server

GROUPS = [b"u:%d" % n for n in range(6)]
LEASE = 1000
STEPS = int(os.environ.get("QUEUE_MODEL_STEPS", "1500"))


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


class Model:
    """What the queue should hold, in the simplest form there is."""

    def __init__(self, queue, seed):
        self.queue = queue
        self.random = random.Random(seed)
        self.jobs = {group: [] for group in GROUPS}  # ids, oldest first
        self.held = {}  # group -> (lease, ends)
        self.waiting = {}  # group -> due
        self.dead = {}  # id -> group
        self.attempts = {}  # id -> spent
        self.stale = []  # leases that were lost or finished
        self.delivered = []
        self.accepted = []
        self.marked = {}  # digest -> when

    def enqueue(self):
        entries = []
        for _ in range(self.random.randint(1, 4)):
            digest = self.random.choice([b"", b"%d" % self.random.randrange(40)])
            entries.append((self.random.choice(GROUPS), digest, ["event"],
                            b"x" * self.random.randrange(20)))
        verdicts = self.queue.enqueue_many(entries, max_depth=25)
        for (group, digest, _, _), verdict in zip(entries, verdicts):
            pending = sum(len(ids) for ids in self.jobs.values())
            if digest and digest in self.marked:
                assert verdict == b"duplicate"
            elif pending >= 25:
                assert verdict == b"full"
            else:
                assert b"-" in verdict
                if digest:
                    self.marked[digest] = self.queue.clock
                self.jobs[group].append(verdict)
                self.accepted.append((group, verdict))

    def claimable(self, now, reaps):
        return {group for group in GROUPS if self.jobs[group] and
                (self.held[group][1] <= now and reaps
                 if group in self.held
                 else self.waiting.get(group, 0) <= now)}

    def note_lease(self, lease, now):
        group = lease.group
        if group in self.held:
            self.stale.append(self.held[group][0])
        self.waiting.pop(group, None)
        assert lease.id == self.jobs[group][0]
        assert lease.attempts == self.attempts.get(lease.id, 0)
        self.held[group] = (lease, now + LEASE)

    def claim(self):
        now, most = self.queue.clock, self.random.randint(1, 4)
        reaps = self.random.random() < 0.7
        due = self.claimable(now, reaps)
        claimed = self.queue.claim(most=most, lease=LEASE,
                                   reap_in=0 if reaps else 10)
        lapsed = {group for group in due if group in self.held}
        due -= lapsed
        if lapsed:  # suspects come first, each alone
            assert len(claimed.leases) == 1
            assert set(claimed.groups) <= lapsed
            assert claimed.has_more == int(len(lapsed) > 1 or bool(due))
        else:
            assert set(claimed.groups) <= due
            assert len(claimed.leases) == min(most, len(due))
            assert claimed.has_more == int(len(due) > most)
        if claimed.leases and self.random.random() < 0.2:
            again = self.queue.claim(token=claimed.token.decode(),
                                     repeat=True, lease=LEASE)
            assert sorted(again.groups) == sorted(claimed.groups)
        for lease in claimed.leases:
            self.note_lease(lease, now)

    def settle(self, lease, how, delay):
        group, job_id = lease.group, lease.id
        del self.held[group]
        if how in ("pop", "bury"):
            self.jobs[group].pop(0)
            self.attempts.pop(job_id, None)
        if how == "pop":
            self.delivered.append(job_id)
        elif how == "bury":
            self.dead[job_id] = group
        elif how == "retry":
            self.attempts[job_id] = self.attempts.get(job_id, 0) + 1
            self.waiting[group] = self.queue.clock + delay

    def finish(self):
        if not self.held:
            return
        leases = [lease for lease, _ in self.held.values()]
        items, plan = [], []
        for lease in self.random.sample(leases,
                                        self.random.randint(1, len(leases))):
            how = self.random.choice(["pop", "pop", "bury", "retry",
                                      "release"])
            if lease.is_suspect and how == "release":
                how = "retry"  # else it would be held by nobody
            delay = self.random.randrange(0, 800)
            plan.append((lease, how, delay))
            items.append(Queue.item(lease, how, "delivered",
                                    spends=how == "retry", delay=delay))
        assert self.queue.finish_many(items) == [1] * len(items)
        if self.random.random() < 0.3:  # as after a lost reply
            assert self.queue.finish_many(items) == [0] * len(items)
        for lease, how, delay in plan:
            self.settle(lease, how, delay)
            self.stale.append(lease)

    def finish_stale(self):
        for lease in self.stale[-3:]:
            how = self.random.choice(["pop", "bury", "retry", "release"])
            assert self.queue.finish(lease, how) == 0

    def replay(self):
        if not self.dead:
            return
        ids = self.random.sample(sorted(self.dead),
                                 self.random.randint(1, min(3,
                                                            len(self.dead))))
        assert self.queue.replay(*ids, "0-0") == len(ids)
        assert self.queue.replay(*ids) == 0
        for job_id in ids:
            self.jobs[self.dead.pop(job_id)].append(job_id)

    def pass_time(self):
        self.queue.pass_time(self.random.choice([1, 50, 300, LEASE]))

    def check(self):
        queue = self.queue
        stats = queue.stats()
        queue.check_places()
        for group in GROUPS:
            elements = queue.redis("LRANGE", queue.jobs("event", group), 0, -1)
            assert [b"0-%d" % int.from_bytes(element[2:10], "big")
                    for element in elements] == self.jobs[group]
        assert stats["dead_now"] == len(self.dead)
        assert stats["leased"] == len(self.held)
        assert stats["waiting"] == len(self.waiting)
        # A group that can be claimed has somebody told of it.
        if stats["ready"]:
            assert queue.redis("LLEN", queue.key("event", "wake")) == 1

    def drain(self):
        for _ in range(10_000):
            if not any(self.jobs.values()):
                return
            self.queue.pass_time(LEASE)
            claimed = self.queue.claim(lease=LEASE)
            now = self.queue.clock
            for lease in claimed.leases:
                self.note_lease(lease, now)
                assert self.queue.finish(lease) == 1
                self.settle(lease, "pop", 0)
        raise AssertionError("it does not end")


@pytest.mark.parametrize("seed", range(4))
def test_random_verbs_keep_to_the_model(server, seed):
    client = Client(server.path)
    client("FLUSHALL")
    queue = Queue(client)
    queue.open("event")
    model = Model(queue, seed)
    verbs = [model.enqueue] * 4 + [model.claim] * 4 + [model.finish] * 4 + [
        model.finish_stale, model.replay, model.pass_time, model.pass_time]
    for step in range(STEPS):
        model.random.choice(verbs)()
        if step % 10 == 0:
            model.check()
    model.check()
    model.drain()
    model.check()
    kept = {job_id for _, job_id in model.accepted}
    assert kept == set(model.delivered) | set(model.dead)
    assert len(model.delivered) == len(set(model.delivered))
    client.close()
