"""enqueue, through a real Redis: every situation, every verdict."""

import pytest

from queue_scripts import Queue, element_of, id_number

def test_enqueue_gives_each_destination_its_own_job(queue):
    first, second = queue.enqueue_many(
        [("u:1", "", ["event", "contact"], b"body")])
    assert id_number(second) == id_number(first) + 1
    for name, job_id in (("event", first), ("contact", second)):
        number = id_number(job_id)
        assert queue.redis("LRANGE", queue.jobs(name, "u:1"), 0, -1) == [
            element_of(number, number, Queue.START, b"body")]
        queue.check_places(name)


def test_enqueue_keeps_any_bytes(queue):
    group, body = bytes([0x75, 0x3A, 0, 255, 10, 13]), bytes(range(256))
    queue.enqueue(group, body)
    lease = queue.claim().leases[0]
    assert (lease.group, lease.body) == (group, body)


def test_enqueue_of_a_second_job_leaves_the_group_where_it_is(queue):
    queue.enqueue("u:1", b"1")
    queue.enqueue("u:1", b"2")
    assert queue.redis("LRANGE", queue.key("event", "ready"), 0, -1) == [
        b"u:1"]
    queue.claim()
    queue.enqueue("u:1", b"3")
    assert queue.redis("LLEN", queue.key("event", "ready")) == 0
    queue.check_places()


def test_enqueue_into_an_empty_leased_group_does_not_make_it_ready(queue):
    queue.redis("ZADD", queue.key("event", "leased"), Queue.START + 9, "u:1")
    queue.enqueue("u:1")
    assert queue.redis("LLEN", queue.key("event", "ready")) == 0


def test_enqueue_twice_is_duplicate_and_stores_once(queue):
    queue.enqueue("u:1", digest="d" * 16)
    assert queue.enqueue("u:1", digest="d" * 16) == b"duplicate"
    assert queue.enqueue("u:2", digest="d" * 16) == b"duplicate"
    stats = queue.stats()
    assert (stats["accepted"], stats["duplicates"]) == (1, 2)
    queue.check_places()


def test_enqueue_twice_in_one_call_is_duplicate(queue):
    verdicts = queue.enqueue_many([("u:1", "d", ["event"], b"1"),
                                   ("u:1", "d", ["event"], b"2")])
    assert verdicts[1] == b"duplicate"
    assert queue.stats()["pending"] == 1


def test_enqueue_without_digest_is_never_duplicate(queue):
    queue.enqueue("u:1")
    assert queue.enqueue("u:1") != b"duplicate"


def test_enqueue_digest_is_per_destination(queue):
    queue.enqueue("u:1", digest="d")
    verdicts = queue.enqueue_many([("u:1", "d", ["event", "contact"], b"1")])
    assert verdicts[0] == b"duplicate"
    assert id_number(verdicts[1]) > 0


def test_enqueue_over_max_depth_is_full_and_marks_nothing(queue):
    verdicts = queue.enqueue_many(
        [("u:%d" % n, "d%d" % n, ["event"], b"") for n in range(3)],
        max_depth=2)
    assert verdicts[2] == b"full"
    assert queue.enqueue("u:2", digest="d2", max_depth=2) == b"full"
    assert queue.enqueue("u:0", digest="d0", max_depth=2) == b"duplicate"
    queue.finish(queue.claim(most=1).leases[0])
    assert id_number(queue.enqueue("u:2", digest="d2", max_depth=2)) > 0
    queue.check_places()


def test_enqueue_of_some_full_takes_the_rest(queue):
    queue.enqueue("u:1", to="event")
    full, taken = queue.enqueue_many(
        [("u:1", "d", ["event", "contact"], b"")], max_depth=1)
    assert full == b"full"
    full, duplicate = queue.enqueue_many(
        [("u:1", "d", ["event", "contact"], b"")], max_depth=0)
    assert id_number(full) > id_number(taken)
    assert duplicate == b"duplicate"


def test_enqueue_remembers_for_dedupe_for_and_forgets(queue):
    hour = 3_600_000
    queue.enqueue("u:1", digest="a", dedupe_for=6 * hour)
    for _ in range(6):
        queue.pass_time(hour - 1)
        queue.enqueue("u:2", digest="", dedupe_for=6 * hour)
        assert queue.enqueue("u:1", digest="a",
                             dedupe_for=6 * hour) == b"duplicate"
    queue.pass_time(2 * hour)
    queue.enqueue("u:2", digest="b", dedupe_for=6 * hour)
    assert id_number(queue.enqueue("u:1", digest="a",
                                   dedupe_for=6 * hour)) > 0
    assert len(queue.redis("KEYS", "*:seen:*")) <= 7


@pytest.mark.parametrize("jump", [6, 7, 8, 100])
def test_enqueue_after_a_long_silence_forgets_all_windows(queue, jump):
    hour = 3_600_000
    for _ in range(7):
        queue.enqueue("u:1", digest="d%d" % queue.clock, dedupe_for=6 * hour)
        queue.pass_time(hour)
    last = "d%d" % (queue.clock - hour)
    queue.pass_time(jump * hour)
    assert id_number(queue.enqueue("u:1", digest=last,
                                   dedupe_for=6 * hour)) > 0
    assert len(queue.redis("KEYS", "*:seen:*")) == 1


@pytest.mark.parametrize("hours", [1, 2, 5, 1000])
def test_enqueue_when_the_clock_goes_back_still_knows(queue, hours):
    hour = 3_600_000
    queue.enqueue("u:1", digest="a", dedupe_for=6 * hour)
    queue.pass_time(-hours * hour)
    queue.enqueue("u:1", digest="b", dedupe_for=6 * hour)
    for digest in "ab":
        assert queue.enqueue("u:1", digest=digest,
                             dedupe_for=6 * hour) == b"duplicate"


def test_enqueue_when_the_clock_wobbles_at_a_window_s_edge_still_knows(queue):
    hour = 3_600_000
    edge = (Queue.START // hour + 1) * hour
    queue.set_clock(edge)
    queue.enqueue("u:1", digest="a", dedupe_for=6 * hour)
    queue.set_clock(edge - 1)
    queue.enqueue("u:1", digest="b", dedupe_for=6 * hour)
    queue.set_clock(edge + 1)
    queue.enqueue("u:1", digest="c", dedupe_for=6 * hour)
    for digest in "abc":
        assert queue.enqueue("u:1", digest=digest,
                             dedupe_for=6 * hour) == b"duplicate"


def test_enqueue_with_another_dedupe_for_still_knows(queue):
    queue.enqueue("u:1", digest="a", dedupe_for=7 * Queue.DAY)
    assert queue.enqueue("u:1", digest="a",
                         dedupe_for=Queue.DAY) == b"duplicate"


def test_enqueue_with_dedupe_off_remembers_nothing(queue):
    queue.enqueue("u:1", digest="a", dedupe_for=0)
    assert id_number(queue.enqueue("u:1", digest="a", dedupe_for=0)) > 0
    assert queue.redis("KEYS", "*:seen:*") == []


def test_enqueue_of_ten_thousand_in_one_call(queue):
    verdicts = queue.enqueue_many(
        [("u:%d" % (n % 100), "%016d" % n, ["event"], b"x")
         for n in range(10_000)])
    assert len(set(verdicts)) == 10_000
    assert queue.enqueue("u:1", digest="%016d" % 9_999) == b"duplicate"
    queue.check_places()


# -- max_group

def test_enqueue_over_max_group_is_full_and_marks_nothing(queue):
    queue.configure(max_group=2)
    verdicts = queue.enqueue_many(
        [("u:1", "a%d" % n, ["event"], b"") for n in range(3)] +
        [("u:2", "b", ["event"], b"")])
    assert verdicts[2] == b"full"
    assert id_number(verdicts[3]) > 0
    assert queue.enqueue("u:1", digest="a2") == b"full"
    assert queue.enqueue("u:1", digest="a1") == b"duplicate"
    queue.finish(queue.claim().leases[0])
    assert id_number(queue.enqueue("u:1", digest="a2")) > 0
    queue.check_places()


def test_enqueue_over_max_group_of_one_destination_takes_the_rest(queue):
    queue.configure("contact", max_group=1)
    queue.enqueue("u:1", to="contact")
    full, taken = queue.enqueue_many(
        [("u:1", "d", ["contact", "event"], b"")])
    assert full == b"full"
    assert id_number(taken) > 0


# -- order: none

def test_enqueue_without_order_makes_each_job_a_group(queue):
    queue.configure(order="none", max_group=1)
    first, second = queue.enqueue_many(
        [("u:1", "", ["event"], b"1"), ("u:1", "", ["event"], b"2")])
    groups = [b"u:1~%016x" % id_number(job) for job in (first, second)]
    claimed = queue.claim()
    assert claimed.groups == groups
    assert [lease.id for lease in claimed.leases] == [first, second]
    queue.retry(claimed.leases[0], delay=0)
    queue.bury(claimed.leases[1])
    assert queue.replay(second) == 1
    assert sorted(queue.claim().groups) == groups
    queue.check_places()


# -- order: latest

@pytest.fixture
def latest(queue):
    queue.configure(order="latest")
    return queue


def check_list(queue, group, *bodies):
    found = queue.redis("LRANGE", queue.jobs("event", group), 0, -1)
    assert [element[26:] for element in found] == list(bodies)
    queue.check_places()


def test_enqueue_latest_supersedes_a_waiting_head(latest):
    old = latest.enqueue("u:1", b"old")
    latest.enqueue("u:2", b"other")
    latest.pass_time(50)
    new = latest.enqueue("u:1", b"new")
    assert id_number(new) > id_number(old)
    check_list(latest, "u:1", b"new")
    stats = latest.stats()
    assert (stats["accepted"], stats["superseded"], stats["pending"]) == (
        3, 1, 2)
    # Where it was, in front, and as old as that place.
    assert latest.redis("ZSCORE", latest.key("event", "heads"),
                        "u:1") == b"%d" % Queue.START
    leases = latest.claim().leases
    assert [lease.id for lease in leases][0] == new


def test_enqueue_latest_leaves_what_is_in_hand(latest):
    latest.enqueue("u:1", b"1")
    lease = latest.claim_one()
    latest.enqueue("u:1", b"2")
    latest.enqueue("u:1", b"3")
    check_list(latest, "u:1", b"1", b"3")
    assert latest.finish(lease) == 1
    check_list(latest, "u:1", b"3")


def test_enqueue_latest_leaves_a_lapsed_lease_s_job(latest):
    latest.enqueue("u:1", b"1")
    latest.claim()
    latest.pass_time(10 * Queue.LEASE)
    latest.enqueue("u:1", b"2")
    check_list(latest, "u:1", b"1", b"2")


@pytest.mark.parametrize("settle", ["retry", "requeue"])
def test_enqueue_latest_leaves_what_was_attempted(latest, settle):
    latest.enqueue("u:1", b"1")
    latest.finish(latest.claim_one(), settle, "throttled")
    latest.enqueue("u:1", b"2")
    check_list(latest, "u:1", b"1", b"2")


def test_enqueue_latest_supersedes_what_was_given_back_untried(latest):
    latest.enqueue("u:1", b"1")
    latest.finish(latest.claim_one(), "release", "released", started=0)
    latest.enqueue("u:1", b"2")
    check_list(latest, "u:1", b"2")


def test_enqueue_latest_keeps_each_partial_job(latest):
    partial = 1
    latest.enqueue("u:1", b"1")
    latest.enqueue("u:1", b"2", flags=partial)
    latest.enqueue("u:1", b"3", flags=partial)
    latest.enqueue("u:1", b"4")
    latest.enqueue("u:1", b"5")
    check_list(latest, "u:1", b"1", b"2", b"3", b"5")
    assert latest.redis("LINDEX", latest.jobs("event", "u:1"), 1)[1] == partial


def test_enqueue_latest_in_one_call_keeps_the_last(latest):
    latest.enqueue("u:1", b"0")
    ids = latest.enqueue_many(
        [("u:1", b"%d" % n, ["event"], b"%d" % n) for n in range(1, 4)] +
        [("u:2", b"5", ["event"], b"5"), ("u:2", b"6", ["event"], b"6")])
    assert len(set(ids)) == 5
    check_list(latest, "u:1", b"3")
    check_list(latest, "u:2", b"6")
    assert latest.stats()["superseded"] == 4
    for digest in range(1, 7):
        if digest != 4:
            assert latest.enqueue("u:9", digest=b"%d" % digest) == b"duplicate"


def test_enqueue_latest_needs_no_room_to_supersede(latest):
    latest.configure(max_depth=1, max_group=1)
    latest.enqueue("u:1", b"1")
    assert id_number(latest.enqueue("u:1", b"2")) > 0
    assert latest.enqueue("u:2", b"2") == b"full"
    assert latest.enqueue("u:1", b"3", flags=1) == b"full"
    check_list(latest, "u:1", b"2")


def test_enqueue_latest_leaves_garbage_and_what_is_to_go_as_sent(latest):
    latest.redis("RPUSH", latest.jobs("event", "u:1"), b"garbage")
    latest.enqueue("u:1", b"1")
    assert latest.redis("LLEN", latest.jobs("event", "u:1")) == 2
    latest.enqueue("u:2", b"1")
    latest.bury(latest.claim(most=1).leases[0], body="sent")
    (letter,) = latest.dead_page()[1]
    latest.replay(letter["id"], as_sent=True)
    latest.enqueue("u:2", b"2")
    assert latest.redis("LLEN", latest.jobs("event", "u:2")) == 2


def test_enqueue_latest_into_an_empty_leased_group_waits_for_its_end(latest):
    latest.enqueue("u:1", b"1")
    lease = latest.claim_one()
    latest.redis("LPOP", latest.jobs("event", "u:1"))
    latest.enqueue("u:1", b"2")
    assert latest.redis("LLEN", latest.key("event", "ready")) == 0
    assert latest.finish(lease) == 0
    latest.enqueue("u:1", b"3")
    assert latest.claim().bodies == [b"3"]


def test_enqueue_latest_keeps_the_group_where_it_waits(latest):
    latest.configure("contact", order="latest", after=["event"],
                     after_limit=60_000)
    latest.enqueue("u:1", to="event")
    latest.enqueue("u:1", b"1", to="contact")
    assert latest.claim("contact").leases == []
    latest.enqueue("u:1", b"2", to="contact")
    assert latest.claim("contact").leases == []
    latest.check_places("contact")
    latest.finish(latest.claim_one())
    assert latest.claim("contact").bodies == [b"2"]
