"""Removing pending jobs, through a real Redis: purge and forget."""

import pytest

from queue_scripts import Queue
from queue_stops import stopped_runs


# -- purge

def test_purge_takes_all_and_leaves_the_lease(everywhere):
    queue = everywhere
    assert queue.purge() == (9, 0)
    assert queue.purge() == (0, 0)
    stats = queue.stats()
    assert (stats["purged"], stats["pending"]) == (9, 0)
    assert (stats["ready"], stats["waiting"], stats["leased"]) == (0, 0, 1)
    assert queue.ledger() == (0, 0)
    assert queue.finish(queue.held) == 0
    assert queue.stats()["leased"] == 0
    queue.check_places()
    assert queue.ledger() == (0, 0)


def test_purge_lets_the_next_job_of_the_leased_group_wait_for_its_end(
        everywhere):
    queue = everywhere
    queue.purge()
    queue.enqueue("u:leased", b"new")
    assert queue.claim().leases == []
    assert queue.finish(queue.held) == 0
    (lease,) = queue.claim().leases
    assert (lease.body, lease.attempts) == (b"new", 0)
    queue.check_places()


def test_purge_is_bounded_and_says_what_is_left(operator):
    operator.enqueue_many([("u:%04d" % n, "", ["event"], b"x")
                        for n in range(2500)])
    assert operator.purge(limit=10) == (10, 2490)
    assert operator.purge(limit=10_000) == (1000, 1490)
    operator.check_places()
    assert operator.claim(most=1).groups == [b"u:1010"]
    while operator.purge()[1]:
        pass
    assert operator.ledger() == (0, 0)


def test_purge_takes_a_large_group_whole(operator):
    operator.enqueue_many([("u:1", "", ["event"], b"x")] * 5000)
    operator.enqueue("u:2")
    assert operator.purge(limit=10) == (5000, 1)
    operator.check_places()


def test_purge_drops_what_has_no_place(operator):
    operator.redis("RPUSH", operator.key("event", "ready"), "u:gone")
    operator.redis("ZADD", operator.key("event", "heads"), 1, "u:gone2")
    assert operator.purge() == (0, 0)
    assert operator.stats()["ready"] == 0


def test_purge_works_out_of_memory(everywhere):
    everywhere.redis("CONFIG", "SET", "maxmemory", 1)
    assert everywhere.purge() == (9, 0)
    assert everywhere.ledger() == (0, 0)


def test_purge_of_another_destination_touches_none(everywhere):
    assert everywhere.purge(to="contact") == (0, 0)
    everywhere.check_places()


def test_purge_stopped_anywhere_is_repeated(operator):
    for _ in stopped_runs(operator, "purge", lambda: operator.place_jobs(),
                          lambda _: operator.purge()):
        operator.purge()
        assert operator.redis("KEYS", "*:jobs:*") == []
        stats = operator.stats()
        assert (stats["ready"], stats["waiting"], stats["oldest"]) == (0, 0, -1)
        assert operator.ledger() == (0, 0)


def test_purge_frees_what_waited_for_it(operator):
    operator.enqueue_many([("u:1", "", ["event"], b"first")])
    operator.enqueue_many([("u:1", "", ["contact"], b"second")])
    assert operator.claim("contact", after=["event"],
                       after_limit=Queue.DAY).leases == []
    assert operator.stats("contact")["waiting"] == 1
    operator.purge(dependents=["contact"])
    assert operator.redis("LLEN", operator.key("contact", "wake")) == 1
    operator.check_places("contact")
    assert operator.claim("contact", after=["event"],
                       after_limit=Queue.DAY).bodies == [b"second"]


# -- forget

@pytest.mark.parametrize("group", ["u:leased", "u:waiting", "u:ready"])
def test_forget_takes_one_group_wherever_it_is(everywhere, group):
    queue = everywhere
    assert queue.forget(group) == 3
    assert queue.forget(group) == 0
    stats = queue.stats()
    assert (stats["forgotten"], stats["pending"]) == (3, 6)
    assert queue.redis("EXISTS", queue.jobs("event", group)) == 0
    if group == "u:leased":
        assert queue.finish(queue.held) == 0
    else:
        assert queue.finish(queue.held) == 1
    queue.check_places()
    assert queue.ledger() == (0, 0)


def test_forget_then_a_new_job_goes_as_usual(everywhere):
    queue = everywhere
    for group in ("u:leased", "u:waiting", "u:ready"):
        queue.forget(group)
        queue.enqueue(group, b"new")
    assert sorted(queue.claim().groups) == [b"u:ready", b"u:waiting"]
    queue.finish(queue.held)
    assert queue.claim().groups == [b"u:leased"]
    queue.check_places()


def test_forget_takes_also_jobs_that_are_groups_of_their_own(operator):
    for n in range(3):
        operator.enqueue("u:1", b"%d" % n, order="none")
        operator.enqueue("u:12", b"%d" % n, order="none")
    assert operator.forget("u:1") == 3
    assert operator.stats()["pending"] == 3
    claimed = operator.claim()
    assert sorted(group.partition(b"~")[0]
                  for group in claimed.groups) == [b"u:12"] * 3
    operator.check_places()


def test_forget_leaves_others_whose_name_looks_alike(operator):
    operator.enqueue("u:1~00000000000000ff")
    operator.enqueue("u:1~")
    assert operator.forget("u:1") == 0
    assert operator.stats()["pending"] == 2


def test_forget_looks_through_many_groups_in_pieces(operator):
    operator.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                        for n in range(5000)])
    operator.enqueue("u:7", order="none")
    assert operator.forget("u:7") == 2
    assert operator.ledger() == (0, 0)


def test_forget_takes_what_is_remembered_of_the_last_body(operator):
    for slot in range(2):
        operator.redis("HSET", operator.key("event", "sent:%d" % slot),
                    "u:1", "x", "u:2", "y")
    operator.forget("u:1")
    for slot in range(2):
        assert operator.redis("HKEYS", operator.key(
            "event", "sent:%d" % slot)) == [b"u:2"]


def test_forget_works_out_of_memory(everywhere):
    everywhere.redis("CONFIG", "SET", "maxmemory", 1)
    assert everywhere.forget("u:waiting") == 3
    assert everywhere.ledger() == (0, 0)


def test_forget_leaves_a_place_far_back_and_claim_drops_it(operator):
    ready = operator.key("event", "ready")
    for n in range(0, 11_000, 1000):
        operator.redis("RPUSH", ready, *["u:no%d" % i for i in range(n, n + 1000)])
    operator.enqueue("u:1", b"old")
    assert operator.forget("u:1") == 1
    assert operator.redis("LLEN", ready) == 11_001
    operator.enqueue("u:1", b"new")
    bodies = []
    while True:
        claimed = operator.claim()
        bodies += claimed.bodies
        if not claimed.has_more:
            break
    assert bodies == [b"new"]
    operator.check_places()


def test_forget_stopped_anywhere_is_repeated(operator):
    for group in (b"u:1", b"u:waiting"):
        for _ in stopped_runs(operator, "forget", lambda: operator.place_jobs(),
                              lambda _, group=group: operator.forget(group)):
            operator.forget(group)
            assert operator.redis("EXISTS", operator.jobs("event", group)) == 0
            ready = operator.redis("LRANGE", operator.key("event", "ready"), 0, -1)
            assert group not in ready
            assert operator.ledger() == (0, 0)
            assert len(operator.claim().leases) == 2 - (group == b"u:1")


def test_forget_frees_what_waited_for_it(operator):
    operator.enqueue("u:1", b"first", to="event")
    operator.enqueue("u:1", b"second", to="contact")
    assert operator.claim("contact", after=["event"],
                       after_limit=Queue.DAY).leases == []
    operator.forget("u:1", dependents=["contact"])
    assert operator.claim("contact", after=["event"],
                       after_limit=Queue.DAY).bodies == [b"second"]
