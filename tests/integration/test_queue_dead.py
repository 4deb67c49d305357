"""Dead letters, through a real Redis: reading and replaying them."""

import pytest

from queue_scripts import Queue, RedisError, element_of, id_number

def test_replay_gives_a_new_order_and_keeps_the_id(queue):
    queue.enqueue("u:1", b"1")
    (dead,) = queue.bury_all()
    queue.enqueue("u:1", b"2")
    queue.pass_time(100)
    assert queue.replay(dead) == 1
    queue.check_places()
    queue.finish(queue.claim().leases[0])
    lease = queue.claim().leases[0]
    assert (lease.id, lease.body, lease.attempts) == (dead, b"1", 0)
    number = id_number(dead)
    assert lease.element == element_of(number, number + 2, Queue.START + 100,
                                       b"1")
    assert queue.stats()["replayed"] == 1


def test_replay_twice_or_of_nothing_returns_what_went(queue):
    queue.enqueue("u:1")
    (dead,) = queue.bury_all()
    assert queue.replay(dead, dead, "0-5", "x") == 1
    assert queue.replay(dead) == 0
    assert queue.replay() == 0
    queue.check_places()


def test_replay_wakes_and_may_die_again(queue):
    queue.enqueue("u:1")
    (dead,) = queue.bury_all()
    queue.redis("DEL", queue.key("event", "wake"))
    queue.replay(dead)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    assert queue.bury_all() == [dead]
    assert queue.ledger() == (0, 0)


def test_replay_of_too_many_is_refused(queue):
    with pytest.raises(RedisError, match="more than 1000"):
        queue.replay(*["0-%d" % n for n in range(1001)])


def test_dead_pages_walk_all_in_order(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x" * 100)
                        for n in range(250)])
    ids = queue.bury_all()
    queue.pass_time(1)
    ids += queue.bury_all()
    ids += queue.bury_all()
    seen, after = [], (0, "")
    has_more = True
    while has_more:
        has_more, letters = queue.dead_page(*after, limit=7)
        seen += [letter["id"] for letter in letters]
        after = (letters[-1]["died"], letters[-1]["id"])
    assert seen == ids
    gone = seen[100]
    died = queue.dead("find", gone)[1][0]["died"]
    queue.replay(gone)
    assert queue.dead_page(died, gone, 1)[1][0]["id"] == seen[101]


def test_dead_page_goes_on_where_a_letter_was_that_died_again(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x") for n in range(5)])
    ids = queue.bury_all()
    last = queue.dead_page(limit=2)[1][-1]
    queue.pass_time(1000)
    queue.replay(last["id"])
    queue.bury_all()
    letters = queue.dead_page(last["died"], last["id"])[1]
    assert [letter["id"] for letter in letters] == ids[2:] + [last["id"]]


def test_dead_page_is_bounded_by_bytes(queue):
    for n in range(3):
        queue.enqueue("u:%d" % n, b"x" * 1000)
    queue.bury_all()
    has_more, letters = queue.dead_page(most_bytes=1500)
    assert (has_more, len(letters)) == (True, 2)


def test_dead_find_leaves_out_what_is_gone(queue):
    queue.enqueue("u:1")
    (dead,) = queue.bury_all()
    _, letters = queue.dead("find", "0-1", dead, "?")
    assert [letter["id"] for letter in letters] == [dead]


# -- as sent

def as_sent_of(element):
    """(flags, the body as it was sent or None, what stands behind)"""
    flags, rest = element[1], element[26:]
    if not flags & 2:
        return flags, None, rest
    size = int.from_bytes(rest[:4], "big")
    return flags, rest[4:4 + size], rest[4 + size:]


def test_replay_as_sent_takes_along_what_was_sent(queue):
    queue.enqueue("u:1", b"job", flags=1)
    queue.enqueue("u:2", b"job")
    for lease, body in zip(queue.claim().leases, (b'{"a":"\x00"}', b"{}")):
        queue.bury(lease, body=body)
    ids = [letter["id"] for letter in queue.dead_page()[1]]
    assert queue.replay(*ids, as_sent=True) == 2
    leases = queue.claim().leases
    assert [lease.id for lease in leases] == ids
    assert [as_sent_of(lease.element) for lease in leases] == [
        (3, b'{"a":"\x00"}', b"job"), (2, b"{}", b"job")]
    queue.check_places()


def test_replay_as_sent_leaves_what_never_was(queue):
    queue.enqueue("u:1")
    queue.redis("RPUSH", queue.jobs("event", "u:2"), b"garbage")
    queue.redis("RPUSH", queue.key("event", "ready"), "u:2")
    plain, garbage = queue.claim().leases
    queue.bury(plain)
    queue.bury(garbage, body="cannot be")
    ids = [letter["id"] for letter in queue.dead_page()[1]]
    assert queue.replay(*ids, as_sent=True) == 0
    assert queue.stats()["dead_now"] == 2
    assert queue.replay(*ids) == 2


def test_replay_plain_takes_off_what_was_sent(queue):
    queue.enqueue("u:1", b"job", flags=1)
    (dead,) = queue.bury_all(body="first")
    queue.replay(dead, as_sent=True)
    assert queue.bury_all(body="second") == [dead]
    queue.replay(dead, as_sent=True)
    assert as_sent_of(queue.redis("LINDEX", queue.jobs("event", "u:1"), 0)) == (
        3, b"second", b"job")
    assert queue.bury_all(body="third") == [dead]
    queue.replay(dead)
    lease = queue.claim_one()
    assert as_sent_of(lease.element) == (1, None, b"job")
    assert queue.finish(lease) == 1
    queue.check_places()


@pytest.mark.parametrize("rest", [b"", b"\0", b"\xff\xff\xff\xff", b"\0\0\0\x09x"])
def test_replay_of_a_cut_body_as_sent_goes_on(queue, rest):
    queue.enqueue("u:1")
    element = element_of(17, 17, Queue.START, rest, flags=2)
    queue.redis("LSET", queue.jobs("event", "u:1"), 0, element)
    (dead,) = queue.bury_all(body="sent")
    assert queue.replay(dead) == 1
    assert queue.claim_one().id == dead == b"0-17"


def test_replay_is_bounded_by_bytes(queue):
    mib = b"x" * (1 << 20)
    for n in range(10):
        queue.enqueue("u:%d" % n)
    ids = queue.bury_all(body=mib)
    assert len(ids) == 10
    went = [queue.replay(*ids) for _ in range(3)]
    assert went == [8, 2, 0]
    assert queue.stats()["pending"] == 10
    queue.check_places()


def test_replay_mends_a_place_that_has_lost_its_letter(queue):
    queue.enqueue("u:1")
    (dead,) = queue.bury_all()
    queue.redis("HDEL", queue.key("event", "dead:jobs"), dead)
    assert queue.replay(dead) == 0
    assert queue.stats()["dead_now"] == 0
