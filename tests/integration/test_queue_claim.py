"""claim, through a real Redis: who gets what, and when."""

import pytest

from queue_scripts import Queue

def test_claim_of_nothing_has_no_next(queue):
    claimed = queue.claim()
    assert (claimed.leases, claimed.next_ms, claimed.has_more) == ([], -1, 0)


def test_claim_takes_one_job_of_each_group(queue):
    for group in ("u:1", "u:2"):
        for body in (b"1", b"2"):
            queue.enqueue(group, body)
    claimed = queue.claim()
    assert claimed.groups == [b"u:1", b"u:2"]
    assert claimed.bodies == [b"1", b"1"]
    assert (claimed.has_more, claimed.left_ms) == (0, Queue.LEASE)
    assert claimed.next_ms == Queue.LEASE
    assert queue.claim().leases == []
    queue.check_places()


def test_claim_stops_at_max_jobs_and_wakes_another(queue):
    for n in range(3):
        queue.enqueue("u:%d" % n)
    queue.redis("DEL", queue.key("event", "wake"))
    assert queue.claim(most=2).has_more == 1
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    queue.redis("DEL", queue.key("event", "wake"))
    assert queue.claim(most=2).has_more == 0
    assert queue.redis("LLEN", queue.key("event", "wake")) == 0


def test_claim_stops_after_the_job_that_passes_max_bytes(queue):
    for n in range(4):
        queue.enqueue("u:%d" % n, b"x" * 75)
    claimed = queue.claim(most_bytes=150)
    assert len(claimed.leases) == 2
    assert claimed.has_more == 1


def test_claim_of_two_thousand_in_one_call(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"")
                        for n in range(2000)])
    assert len(queue.claim(most=5000).leases) == 2000


def test_claim_repeated_after_a_lost_reply_returns_the_same_leases(queue):
    queue.enqueue("u:1", b"1")
    queue.enqueue("u:2", b"2")
    first = queue.claim(token="lost", most=1)
    queue.pass_time(1000)
    again = queue.claim(token="lost", repeat=True)
    assert again.groups == first.groups
    assert again.left_ms == Queue.LEASE - 1000
    assert queue.finish(again.leases[0]) == 1


def test_claim_repeated_that_never_arrived_claims(queue):
    queue.enqueue("u:1")
    assert queue.claim(token="lost", repeat=True).groups == [b"u:1"]


def test_claim_repeated_after_the_lease_ended_leaves_it_to_the_reaper(queue):
    queue.enqueue("u:1")
    queue.claim(token="lost")
    queue.pass_time(Queue.LEASE)
    assert queue.claim(token="lost", repeat=True, reap_in=5).leases == []
    again = queue.claim(token="lost", repeat=True)
    assert again.leases[0].is_suspect


def test_claim_takes_lapsed_leases_first_and_counts_the_loss(queue):
    queue.enqueue("u:1", b"1")
    lost = queue.claim().leases[0]
    queue.pass_time(Queue.LEASE - 1)
    queue.enqueue("u:2", b"2")
    assert queue.claim(most=1).groups == [b"u:2"]
    queue.pass_time(1)
    queue.enqueue("u:3", b"3")
    lease = queue.claim(most=1).leases[0]
    assert (lease.group, lease.id) == (b"u:1", lost.id)
    assert lease.attempts == 0
    assert queue.stats()["lease_losses"] == 1
    assert queue.finish(lost) == 0
    assert queue.finish(lease) == 1
    queue.check_places()


def test_claim_in_the_grace_does_not_reap_and_says_when_to_come(queue):
    queue.enqueue("u:1")
    queue.claim()
    queue.pass_time(Queue.LEASE + 1)
    claimed = queue.claim(reap_in=7000)
    assert (claimed.leases, claimed.next_ms, claimed.has_more) == ([], 7000, 0)


def test_claim_takes_a_retry_when_it_is_due(queue):
    queue.enqueue("u:1")
    queue.retry(queue.claim().leases[0], delay=5000)
    claimed = queue.claim()
    assert (claimed.leases, claimed.next_ms) == ([], 5000)
    queue.pass_time(5000)
    lease = queue.claim().leases[0]
    assert (lease.attempts, lease.first_ms) == (1, Queue.START - 5)
    queue.check_places()


def test_claim_takes_due_and_ready_in_turn_beginning_with_the_older(queue):
    for n in range(3):
        queue.enqueue("u:due%d" % n)
    for lease in queue.claim().leases:
        queue.retry(lease, delay=10)
    queue.pass_time(10)
    for n in range(3):
        queue.enqueue("u:new%d" % n)
    groups = queue.claim(most=4).groups
    assert [group[2:5] for group in groups] == [b"due", b"new"] * 2


@pytest.mark.parametrize("side", [b"due", b"new"])
def test_claim_one_by_one_starves_neither(queue, side):
    for n in range(3):
        queue.enqueue("u:due%d" % n)
    for lease in queue.claim().leases:
        queue.retry(lease, delay=10)
    queue.pass_time(10)
    for n in range(3):
        queue.enqueue("u:new%d" % n)
    sides = [queue.claim(most=1).groups[0][2:5] for _ in range(4)]
    assert sides.count(side) == 2


def test_claim_drops_what_has_no_place_in_ready(queue):
    queue.enqueue("u:leased")
    queue.claim()
    queue.enqueue("u:waiting")
    queue.retry(queue.claim().leases[0])
    queue.enqueue("u:good")
    for group in ("u:leased", "u:waiting", "u:empty", "u:good"):
        queue.redis("LPUSH", queue.key("event", "ready"), group)
    queue.redis("ZADD", queue.key("event", "heads"), 1, "u:empty")
    assert queue.claim().groups == [b"u:good"]
    assert queue.redis("LLEN", queue.key("event", "ready")) == 0
    queue.check_places()


def test_claim_drops_what_has_no_place_in_waiting_and_leased(queue):
    queue.enqueue("u:leased")
    queue.claim()
    queue.redis("ZADD", queue.key("event", "waiting"), 1, "u:leased")
    queue.redis("ZADD", queue.key("event", "waiting"), 2, "u:empty")
    queue.redis("ZADD", queue.key("event", "leased"), 2, "u:lapsed")
    queue.redis("HSET", queue.key("event", "tokens"), "u:lapsed", "x")
    queue.redis("ZADD", queue.key("event", "heads"), 1, "u:empty", 1,
                "u:lapsed")
    assert queue.claim().leases == []
    queue.check_places()


def test_claim_after_the_clock_went_back_mends_times(queue):
    queue.enqueue("u:1")
    queue.retry(queue.claim().leases[0], delay=1000)
    queue.enqueue("u:2")
    queue.claim()
    queue.pass_time(-Queue.DAY)
    claimed = queue.claim()
    assert claimed.groups == [b"u:1"]
    queue.pass_time(Queue.LEASE)
    assert sorted(queue.claim().groups + queue.claim().groups) == [
        b"u:1", b"u:2"]


def test_claim_with_a_shorter_lease_leaves_longer_ones(queue):
    queue.enqueue("u:1")
    queue.claim(lease=60_000)
    queue.claim(lease=40_000)
    queue.pass_time(50_000)
    assert queue.claim(lease=40_000).leases == []


@pytest.mark.parametrize("garbage", [
    b"", b"\x02", b"garbage", b"\x02" + b"\xff" * 40, b"\x02\0" + b"\0" * 40,
    b"\x01\0" + b"\1" * 40, b"\x02\4" + b"\0\1" * 12, b"\x02\0" + b"\1" * 23])
def test_claim_of_garbage_names_it_so_that_it_can_be_buried(queue, garbage):
    queue.redis("RPUSH", queue.jobs("event", "u:1"), garbage, garbage)
    queue.redis("RPUSH", queue.key("event", "ready"), "u:1")
    for _ in range(2):
        lease = queue.claim().leases[0]
        assert lease.id.startswith(b"?") and len(lease.id) == 41
        assert lease.element == garbage
        assert queue.bury(lease) == 1
    _, letters = queue.dead_page()
    assert [letter["element"] for letter in letters] == [garbage] * 2
    assert queue.replay(letters[0]["id"]) == 1
    assert queue.claim().leases[0].element == garbage
    assert queue.ledger() == (0, 0)
