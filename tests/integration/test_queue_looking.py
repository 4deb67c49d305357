"""Looking, through a real Redis: what is remembered, what is done with, where a
job is."""

import pytest

from queue_scripts import Queue, RedisError


def test_every_verb_after_a_flush_says_that_redis_is_empty(operator):
    operator.enqueue("u:1")
    operator.bury_all()
    letter = operator.letters()[0]
    operator.redis("DEL", "{relay:0}:meta")
    before = operator.everything()
    for verb in (lambda: operator.remove_dead(letter["id"]),
                 lambda: operator.import_dead(letter), operator.purge,
                 lambda: operator.forget("u:1"), operator.history, operator.audit,
                 lambda: operator.find_job("0-1")):
        with pytest.raises(RedisError, match="^RELAYEMPTY"):
            verb()
    assert operator.everything() == before


# -- stats

def test_stats_count_what_is_remembered(operator):
    operator.enqueue("u:1", digest="d1", dedupe_for=Queue.DAY)
    operator.pass_time(Queue.DAY // 6)
    operator.enqueue("u:1", digest="d2", dedupe_for=Queue.DAY)
    operator.redis("HSET", operator.key("event", "sent:0"), "u:1", "x")
    operator.redis("HSET", operator.key("event", "sent:1"), "u:2", "x", "u:3", "x")
    stats = operator.stats()
    assert (stats["seen"], stats["sent"]) == (2, 3)
    stats = operator.stats("contact")
    assert (stats["seen"], stats["sent"]) == (0, 0)


# -- history

def done(queue, *groups):
    """Delivers a job of each; their ids."""
    ids = []
    for group in groups:
        queue.enqueue(group)
        queue.pass_time(10)
        (lease,) = queue.claim().leases
        assert queue.finish(lease, history=5000) == 1
        ids.append(lease.id)
    return ids


def test_history_shows_the_newest_first(operator):
    ids = done(operator, "u:1", "u:2", "u:3")
    over, jobs = operator.history()
    assert (over, [job[0] for job in jobs]) == (0, ids[::-1])
    assert jobs[0][1:] == [Queue.START + 20, Queue.START + 30, b"delivered",
                           200, 5, 0]


def test_history_goes_on_where_it_ended(operator):
    ids = done(operator, *["u:1"] * 5)
    over, jobs = operator.history(limit=2)
    assert (over, [job[0] for job in jobs]) == (2, [ids[4], ids[3]])
    over, jobs = operator.history(limit=3, over=over)
    assert [job[0] for job in jobs] == [ids[2], ids[1], ids[0]]
    assert operator.history(limit=3, over=over)[1] == []


def test_history_finds_one_id_in_pieces(operator):
    (oldest,) = done(operator, "u:old")
    record = operator.redis("LINDEX", operator.key("event", "history"), 0)
    for _ in range(5):
        operator.redis("LPUSH", operator.key("event", "history"), *[b"\xc1"] * 1000)
    found, over, calls = [], 0, 0
    while True:
        over, jobs = operator.history(oldest, over=over)
        found += jobs
        calls += 1
        if over == 0:
            break
    assert ([job[0] for job in found], calls) == ([oldest], 3)
    assert record
    assert operator.history("0-1")[1] == []


def test_history_of_a_part_of_an_id_is_not_it(operator):
    (whole,) = done(operator, "u:1")
    assert operator.history(whole[:-1])[1] == []


# -- find_job

def test_find_job_says_where_it_is(everywhere):
    queue = everywhere
    for group, place in (("u:leased", "leased"), ("u:waiting", "waiting"),
                         ("u:ready", "ready")):
        elements = queue.redis("LRANGE", queue.jobs("event", group), 0, -1)
        for ahead, element in enumerate(elements):
            number = int.from_bytes(element[2:10], "big")
            job = queue.find_job("0-%d" % number)
            assert job["group"] == group.encode()
            assert (job["element"], job["ahead"]) == (element, ahead)
            assert job["place"] == (place if ahead == 0 else "behind")
            assert job["attempts"] == (place == "waiting" and ahead == 0)
            assert job["until"] == (
                0 if ahead or place == "ready" else
                Queue.START + (Queue.LEASE if place == "leased" else 1000))
    assert queue.find_job("0-1") is None
    assert queue.find_job("0-1", to="contact") is None


def test_find_job_looks_through_many_in_pieces(operator):
    operator.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                        for n in range(3000)])
    operator.enqueue_many([("u:big", "", ["event"], b"x")] * 5000)
    last = operator.enqueue("u:big", b"it")
    operator.pass_time(1)
    first_after = operator.enqueue("u:after", b"it")
    for wanted in (last, first_after):
        assert operator.find_job(wanted)["element"].endswith(b"it")


def test_find_job_of_large_jobs_stops_by_bytes(operator):
    operator.enqueue_many([("u:1", "", ["event"], b"x" * 100_000)
                        for _ in range(100)])
    wanted = operator.enqueue("u:1")
    assert operator.block("find_job", wanted, "", "", 0)[0] == b"more"
    assert operator.find_job(wanted)["ahead"] == 100


def test_find_job_goes_on_when_its_group_has_moved(operator):
    operator.enqueue_many([("u:1", "", ["event"], b"x")] * 2500)
    wanted = operator.enqueue("u:1")
    _, *place = operator.block("find_job", wanted, "", "", 0)
    operator.pass_time(5)
    operator.finish(operator.claim().leases[0])
    assert operator.block("find_job", wanted, *place)[0] == b"behind"
    operator.forget("u:1")
    assert operator.block("find_job", wanted, *place)[0] == b"no"


def test_find_job_goes_past_much_garbage(operator):
    operator.enqueue("u:1")
    operator.redis("RPUSH", operator.jobs("event", "u:1"),
                *[b"garbage%d" % n + b"x" * 100_000 for n in range(100)])
    wanted = operator.enqueue("u:1")
    assert operator.find_job(wanted)["ahead"] == 101


def test_find_job_finds_garbage_by_its_digest(operator):
    operator.redis("RPUSH", operator.jobs("event", "u:1"), b"garbage")
    operator.redis("RPUSH", operator.key("event", "ready"), "u:1")
    operator.redis("ZADD", operator.key("event", "heads"), 5, "u:1")
    name = operator.claim().leases[0].id
    assert operator.find_job(name)["element"] == b"garbage"
