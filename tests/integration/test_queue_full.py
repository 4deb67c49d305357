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
