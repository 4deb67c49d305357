"""What holds for all verbs, and the two that move nothing: open and stats."""

import pytest

from queue_scripts import Queue, RedisError, id_number

def test_open_twice_returns_the_first_birth(queue):
    assert queue.open("event", birth="birth-2") == [b"birth-1", 0]


def test_open_with_other_shards_names_both_values(queue):
    with pytest.raises(RedisError, match="RELAYDIFFERS.*shards 1 .*has 16"):
        queue.open("event", shards=16)


def test_open_with_another_schema_names_both_values(queue):
    with pytest.raises(RedisError, match="RELAYDIFFERS.*schema 2 .*has 3"):
        queue.open("event", schema=3)


def test_open_keeps_names_of_destinations_in_use(queue):
    queue.open("device")
    names = queue.redis("SMEMBERS", "{relay:0}:destinations")
    assert sorted(names) == [b"contact", b"device", b"event"]


def test_every_verb_after_a_flush_says_that_redis_is_empty(queue):
    queue.enqueue("u:1")
    lease = queue.claim().leases[0]
    queue.redis("DEL", "{relay:0}:meta")
    before = sorted(queue.redis("KEYS", "*"))
    for verb in (lambda: queue.enqueue("u:1"), queue.claim,
                 lambda: queue.finish(lease), lambda: queue.replay("0-1"),
                 queue.stats, queue.dead_page):
        with pytest.raises(RedisError, match="^RELAYEMPTY"):
            verb()
    assert sorted(queue.redis("KEYS", "*")) == before


def test_ids_after_a_flush_are_new(queue):
    old = id_number(queue.enqueue("u:1"))
    queue.redis("FLUSHALL")
    queue.set_clock(Queue.START)
    queue.open("event")
    assert id_number(queue.enqueue("u:1")) > old


def test_stats_shows_what_is_there(queue):
    for n in range(4):
        queue.enqueue("u:%d" % n)
        queue.pass_time(10)
    leases = queue.claim(most=3).leases
    queue.retry(leases[0])
    queue.bury(leases[1])
    stats = queue.stats()
    assert stats["now"] == Queue.START + 40
    assert stats["oldest"] == Queue.START
    assert (stats["pending"], stats["dead_now"]) == (3, 1)
    assert (stats["ready"], stats["leased"], stats["waiting"]) == (1, 1, 1)
    assert queue.stats("contact")["oldest"] == -1
