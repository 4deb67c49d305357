"""Scripts that are stopped after each of their writes: what was to be done is
done again, or is found by the audit or the end of a lease; no job is lost, and
none is in two places.

What a stop can leave wrong is counted here, too: `pending` may differ from the
lists, by no more than the jobs of the call that was stopped, and the audit
counts it anew. The ledger balances, but it may lack those jobs: of the jobs
that came it lacks the acceptance, of those that left the outcome."""

import pytest

from queue_scripts import Queue
from queue_stops import stopped_runs

LIMIT = 600_000
KEPT = ("meta", "destinations", "counts", "wake", "history", "dead",
        "dead:jobs", "seen", "sent")
NAMES = ("event", "contact")


def members(queue, name, key):
    key = queue.key(name, key)
    if queue.redis("TYPE", key) == b"list":
        return queue.redis("LRANGE", key, 0, -1)
    return queue.redis("ZRANGE", key, 0, -1)


def audit(queue, name):
    """As the verb does: a group of heads that is in no set becomes ready."""
    placed = {group for key in ("ready", "leased", "waiting")
              for group in members(queue, name, key)}
    for group in members(queue, name, "heads"):
        if not queue.redis("EXISTS", queue.jobs(name, group)):
            queue.redis("ZREM", queue.key(name, "heads"), group)
        elif group not in placed:
            queue.redis("RPUSH", queue.key(name, "ready"), group)


def check_one_place(queue, name):
    """Nobody can get a group twice, and every group with a job is known."""
    groups = [key.decode().split(":jobs:")[1].encode() for key in
              queue.redis("KEYS", queue.key(name, "jobs:*"))]
    heads = members(queue, name, "heads")
    assert set(groups) <= set(heads)


def drain(queue):
    """What is delivered of each destination and group, in order."""
    delivered = {name: {} for name in NAMES}
    for _ in range(20):
        queue.pass_time(max(LIMIT, queue.LEASE))
        for name in NAMES:
            audit(queue, name)
            check_one_place(queue, name)
            claimed = queue.claim(name)
            while claimed.leases:
                for lease in claimed.leases:
                    delivered[name].setdefault(lease.group, []).append(
                        lease.body)
                    assert queue.finish(lease, to=name) == 1
                claimed = queue.claim(name)
    rest = [key for key in queue.redis("KEYS", "{relay*")
            if not key.decode().split(":", 2 if b"}:m" in key or b"}:d" in key
                                      else 3)[-1].startswith(KEPT)]
    assert rest == []
    return delivered


def ledger_is_off_by(queue, name):
    """How many jobs it lacks; it balances all the same."""
    jobs, _ = queue.ledger(name)
    assert jobs == 0
    return abs(queue.stats(name)["pending"])


# -- enqueue

ENTRIES = [("u:new", b"d1", ["event", "contact"], b"1"),
           ("u:new", b"d2", ["event"], b"2"),
           ("u:old", b"d3", ["event", "contact"], b"3"),
           ("u:old", b"d4", ["contact"], b"4"),
           ("u:held", b"", ["event"], b"5")]


def prepare_enqueue(queue):
    queue.configure("contact", order="latest", dedupe_for=6000)
    queue.configure("event", dedupe_for=6000)
    queue.enqueue("u:held", b"0", to="event")
    assert queue.claim("event").groups == [b"u:held"]
    queue.enqueue_many([("u:old", b"d0", ["event", "contact"], b"0")])
    queue.pass_time(3000)  # windows turn


def test_enqueue_stopped_and_repeated_loses_nothing(queue):
    def run(_):
        return queue.enqueue_many(ENTRIES)

    for _ in stopped_runs(queue, "enqueue", lambda: prepare_enqueue(queue),
                          run):
        run(None)  # the sender got no answer, or an error
        verdicts = run(None)
        assert verdicts[:-1] == [b"duplicate"] * 6
        delivered = drain(queue)
        # A repeat may double what it repeats, and overtakes nothing.
        firsts = {name: {group: list(dict.fromkeys(bodies))
                         for group, bodies in groups.items()}
                  for name, groups in delivered.items()}
        assert firsts["event"] == {b"u:held": [b"0", b"5"],
                                   b"u:old": [b"0", b"3"],
                                   b"u:new": [b"1", b"2"]}
        assert firsts["contact"][b"u:new"] == [b"1"]
        assert firsts["contact"][b"u:old"][-1] == b"4"
        for name in NAMES:
            assert ledger_is_off_by(queue, name) <= 4


def test_enqueue_without_order_stopped_and_repeated_loses_nothing(queue):
    def run(_):
        return queue.enqueue_many(
            [("u:1", b"d%d" % n, ["event"], b"%d" % n) for n in range(3)])

    for _ in stopped_runs(queue, "enqueue",
                          lambda: queue.configure(order="none"), run):
        run(None)
        bodies = {body for group in drain(queue)["event"].values()
                  for body in group}
        assert bodies == {b"0", b"1", b"2"}


# -- claim

def prepare_claim(queue):
    """Something in each place that claim takes from, and things to drop."""
    queue.configure("event", sent_for=1000, max_losses=1, history=5)
    queue.configure("contact", after=["event"], after_limit=LIMIT,
                    sent_for=1000)
    queue.enqueue_many([("u:poison", "", ["event", "contact"], b"p"),
                        ("u:poison", "", ["event"], b"p2")])
    queue.claim()
    queue.pass_time(Queue.LEASE)
    queue.claim()
    queue.enqueue("u:lost", b"l")
    queue.claim()
    queue.enqueue_many([("u:due", "", list(NAMES), b"d"),
                        ("u:blocked", "", list(NAMES), b"b"),
                        ("u:ready", "", list(NAMES), b"r")])
    queue.enqueue("u:lone", b"a", to="contact")
    due, blocked, ready = queue.claim(suspects=False).leases
    queue.retry(due, delay=10, sent=b"x" * 25)
    queue.finish(blocked, "release", "released", started=0, sent=b"y" * 25)
    queue.finish(ready, "requeue", "throttled", sent=b"z" * 25)
    queue.claim("contact", most=1)
    queue.redis("RPUSH", queue.key("contact", "ready"), "u:gone")
    queue.redis("ZADD", queue.key("contact", "heads"), 1, "u:gone")
    queue.pass_time(Queue.LEASE)


EVERYTHING = {
    "event": {b"u:lost": [b"l"], b"u:due": [b"d"], b"u:blocked": [b"b"],
              b"u:ready": [b"r"]},
    "contact": {b"u:due": [b"d"], b"u:blocked": [b"b"], b"u:ready": [b"r"],
                b"u:lone": [b"a"], b"u:poison": [b"p"]}}


@pytest.mark.parametrize("name, suspects", [
    ("event", True), ("event", False), ("contact", True)])
def test_claim_stopped_loses_nothing_and_gives_nothing_twice(queue, name,
                                                             suspects):
    def run(_):
        return queue.claim(name, token="stopped", suspects=suspects)

    for _ in stopped_runs(queue, "claim", lambda: prepare_claim(queue), run):
        again = queue.claim(name, token="stopped", repeat=True,
                            suspects=suspects)
        other = queue.claim(name, suspects=False)
        assert not set(again.groups) & set(other.groups)
        for lease in again.leases + other.leases:
            assert queue.finish(lease, "release", "released", started=0,
                                to=name) == 1
        delivered = drain(queue)
        buried = [letter["element"][26:] for letter in queue.dead_page()[1]]
        assert buried.count(b"p") == 1
        poison = delivered["event"].pop(b"u:poison")
        assert poison == [b"p2"]
        assert delivered == EVERYTHING
        assert ledger_is_off_by(queue, "event") <= 1
        assert ledger_is_off_by(queue, "contact") == 0


# -- finish

def prepare_finish(queue):
    queue.configure("event", sent_for=1000, history=5, dead_limit=1)
    queue.configure("contact", after=["event"], after_limit=LIMIT)
    queue.enqueue("u:suspect", b"s")
    queue.claim()
    queue.pass_time(Queue.LEASE)
    suspect = queue.claim_one()
    for n in range(2):
        queue.enqueue_many([(group, "", list(NAMES), b"%d" % n)
                            for group in ("u:pop", "u:bury", "u:full",
                                          "u:retry", "u:requeue", "u:release")])
    queue.enqueue("u:last", b"0")
    assert queue.claim("contact").leases == []
    leases = queue.claim().leases
    assert len(leases) == 7
    return leases, suspect


def finish_all(queue, prepared):
    leases, suspect = prepared
    settles = ["pop", "bury", "bury", "retry", "requeue", "release", "pop"]
    return queue.finish_many(
        [queue.item(lease, settle, "delivered", delay=5, sent=b"s" * 25)
         for lease, settle in zip(leases, settles)] +
        [queue.item(suspect, "release", "released", started=0)])


def test_finish_stopped_and_repeated_loses_nothing(queue):
    def run(prepared):
        assert finish_all(queue, prepared) == [1, 1, 2, 1, 1, 1, 1, 1]

    for prepared in stopped_runs(queue, "finish",
                                 lambda: prepare_finish(queue), run):
        queue.claim("event", suspects=False)
        verdicts = finish_all(queue, prepared)
        assert set(verdicts) <= {0, 1, 2}
        assert finish_all(queue, prepared) == [0] * 8
        delivered = drain(queue)
        buried = [letter["element"][26:] for letter in queue.dead_page()[1]]
        assert buried == [b"0"]
        for group in (b"u:full", b"u:retry", b"u:requeue", b"u:release"):
            assert delivered["event"][group] == [b"0", b"1"]
        for group in (b"u:pop", b"u:bury"):
            assert delivered["event"][group] == [b"1"]
        assert delivered["event"][b"u:suspect"] == [b"s"]
        assert b"u:last" not in delivered["event"]
        for group in delivered["contact"]:
            assert delivered["contact"][group] == [b"0", b"1"]
        assert len(delivered["contact"]) == 6
        assert ledger_is_off_by(queue, "event") <= 3
        assert ledger_is_off_by(queue, "contact") == 0


def test_finish_stopped_and_never_repeated_loses_nothing(queue):
    def run(prepared):
        finish_all(queue, prepared)

    for _ in stopped_runs(queue, "finish", lambda: prepare_finish(queue), run):
        delivered = drain(queue)
        for group in (b"u:full", b"u:retry", b"u:requeue", b"u:release"):
            assert delivered["event"][group] == [b"0", b"1"]
        for group in (b"u:pop", b"u:bury"):
            assert delivered["event"][group][-1] == b"1"
        assert len(delivered["contact"]) == 6


# -- replay

def prepare_replay(queue):
    for n in range(3):
        queue.enqueue("u:%d" % (n // 2), b"%d" % n)
    ids = queue.bury_all(body="sent") + queue.bury_all(body="sent")
    assert len(ids) == 3
    return ids


@pytest.mark.parametrize("as_sent", [False, True])
def test_replay_stopped_and_repeated_loses_nothing(queue, as_sent):
    def run(ids):
        assert queue.replay(*ids, as_sent=as_sent) == 3

    for ids in stopped_runs(queue, "replay", lambda: prepare_replay(queue),
                            run):
        queue.replay(*ids, as_sent=as_sent)
        assert queue.replay(*ids, as_sent=as_sent) == 0
        assert queue.stats()["dead_now"] == 0
        bodies = [body[-1:] for group in drain(queue)["event"].values()
                  for body in group]
        # The one it stopped at may come twice.
        assert sorted(set(bodies)) == [b"0", b"1", b"2"]
        assert len(bodies) <= 4
        assert ledger_is_off_by(queue, "event") <= 1
