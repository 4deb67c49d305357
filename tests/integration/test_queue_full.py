"""The verbs of a job's life when Redis is out of memory."""

import pytest

from queue_scripts import Queue, RedisError

@pytest.fixture
def full(queue):
    """A queue with jobs in every place, and no memory left."""
    queue.enqueue("u:waiting")
    queue.retry(queue.claim().leases[0], delay=10)
    queue.enqueue("u:dead")
    queue.bury(queue.claim().leases[0])
    queue.enqueue("u:lapsed")
    queue.claim()
    queue.pass_time(Queue.LEASE)
    queue.enqueue("u:ready", digest="d", max_depth=100)
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    yield queue
    queue.redis("CONFIG", "SET", "maxmemory", 0)


def everything(queue):
    return {key: queue.redis("DUMP", key)
            for key in queue.redis("KEYS", "{relay*")}


def test_enqueue_out_of_memory_is_refused_before_any_write(full):
    before = everything(full)
    with pytest.raises(RedisError, match="OOM command not allowed"):
        full.enqueue_many([("u:1", "new", ["event", "contact"], b"x"),
                           ("u:1", "d", ["event"], b"x")])
    assert everything(full) == before


def test_enqueue_out_of_memory_with_windows_to_turn_writes_nothing(full):
    full.redis("CONFIG", "SET", "maxmemory", 0)
    full.pass_time(2 * Queue.DAY)
    full.redis("CONFIG", "SET", "maxmemory", 1)
    before = everything(full)
    with pytest.raises(RedisError, match="OOM command not allowed"):
        full.enqueue("u:1", digest="new")
    assert everything(full) == before


def test_enqueue_of_a_duplicate_out_of_memory_says_duplicate(full):
    assert full.enqueue("u:1", digest="d") == b"duplicate"


def test_replay_out_of_memory_is_refused_before_any_write(full):
    dead = full.dead_page()[1][0]["id"]
    before = everything(full)
    with pytest.raises(RedisError, match="OOM command not allowed"):
        full.replay(dead)
    assert everything(full) == before


def test_full_redis_drains(full):
    first, = full.claim().leases
    second, third = full.claim().leases
    assert [lease.group for lease in (first, second, third)] == [
        b"u:lapsed", b"u:waiting", b"u:ready"]
    assert full.finish(first) == 1
    assert full.bury(second) == 1
    assert full.retry(third) == 1
    full.check_places()


def test_open_out_of_memory_finds_the_queue(full):
    assert full.open("event", "contact") == [b"birth-1", 0]


@pytest.fixture
def all_on(queue):
    """Everything that a verb may have to write, and no memory for it."""
    queue.configure(history=5, sent_for=1000, max_losses=1, dead_limit=1)
    queue.configure("contact", after=["event"], after_limit=600_000)
    queue.enqueue("u:poison", b"1")
    queue.enqueue("u:poison", b"2")
    queue.claim()
    queue.pass_time(Queue.LEASE)
    queue.claim()
    queue.pass_time(1)
    queue.enqueue("u:lost")
    queue.claim()
    queue.enqueue_many([("u:1", "", ["event", "contact"], b"x")])
    queue.finish(queue.claim_one(), "requeue", "throttled", sent=b"s" * 25)
    assert queue.claim("contact").leases == []
    queue.pass_time(Queue.LEASE)
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    yield queue
    queue.redis("CONFIG", "SET", "maxmemory", 0)


def test_full_redis_drains_lapsed_poisoned_and_blocked_ones(all_on):
    lease = all_on.claim_one()
    assert (lease.group, lease.is_suspect) == (b"u:lost", 1)
    assert all_on.stats()["dead_now"] == 1
    assert all_on.finish(lease, "release", "released", started=0) == 1
    assert all_on.retry(all_on.claim_one(), delay=0, sent=b"s" * 25) == 1
    claimed = all_on.claim()
    assert sorted(claimed.groups) == [b"u:1", b"u:lost", b"u:poison"]
    again, other, lost = sorted(claimed.leases, key=lambda one: (
        one.group == b"u:lost", one.group))
    assert all_on.finish(again, sent=b"s" * 25) == 1
    assert all_on.bury(other) == 2  # there are dead_limit letters
    assert all_on.finish(all_on.claim_one()) == 1
    assert all_on.finish(all_on.claim_one("contact"), to="contact") == 1
    assert all_on.finish(lost) == 1
    for name in ("event", "contact"):
        all_on.check_places(name)
        assert all_on.stats(name)["pending"] == 0
    assert len(all_on.done()) == 4
