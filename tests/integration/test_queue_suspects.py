"""Leases that lapse: jobs that are suspected of ending their dispatchers."""

import pytest

from queue_scripts import Queue


@pytest.fixture
def lapsed(queue):
    """A queue with one group whose lease has lapsed, and one that is ready."""
    queue.enqueue("u:lost", b"1")
    queue.enqueue("u:lost", b"2")
    queue.claim()
    queue.pass_time(Queue.LEASE)
    queue.enqueue("u:good")
    return queue


def lose(queue, **options):
    """Claims a suspect, and is lost with it."""
    lease = queue.claim_one(**options)
    assert lease.is_suspect
    queue.pass_time(Queue.LEASE)
    return lease


def test_suspect_comes_alone_and_first(lapsed):
    lapsed.redis("DEL", lapsed.key("event", "wake"))
    claimed = lapsed.claim()
    (lease,) = claimed.leases
    assert (lease.group, lease.body) == (b"u:lost", b"1")
    assert (lease.is_suspect, lease.losses, lease.attempts) == (1, 0, 0)
    assert claimed.has_more == 1
    assert lapsed.redis("LLEN", lapsed.key("event", "wake")) == 1
    (other,) = lapsed.claim().leases
    assert (other.group, other.is_suspect) == (b"u:good", 0)
    assert lapsed.stats()["lease_losses"] == 1
    lapsed.check_places()


def test_suspect_does_not_come_to_who_has_one(lapsed):
    claimed = lapsed.claim(suspects=False)
    assert claimed.groups == [b"u:good"]
    assert claimed.has_more == 0
    claimed = lapsed.claim(suspects=False)
    # It is not to be had now, and not to be forgotten either.
    assert (claimed.leases, claimed.has_more) == ([], 0)
    assert 0 < claimed.next_ms < 1000
    assert lapsed.claim().groups == [b"u:lost"]


def test_suspects_come_one_by_one(queue):
    for n in range(3):
        queue.enqueue("u:%d" % n)
    queue.claim()
    queue.pass_time(Queue.LEASE)
    claims = [queue.claim() for _ in range(3)]
    assert [len(claimed.leases) for claimed in claims] == [1, 1, 1]
    assert [claimed.has_more for claimed in claims] == [1, 1, 0]
    assert queue.stats()["lease_losses"] == 3
    queue.check_places()


def test_suspect_s_claim_repeated_after_a_lost_reply_is_the_same(lapsed):
    first = lapsed.claim(token="lost")
    again = lapsed.claim(token="lost", repeat=True)
    assert again.groups == first.groups == [b"u:lost"]
    assert again.leases[0].is_suspect
    assert lapsed.stats()["lease_losses"] == 1


@pytest.mark.parametrize("settle", ["retry", "requeue"])
def test_suspect_whose_attempt_ends_is_none(lapsed, settle):
    lease = lose(lapsed)
    lease = lapsed.claim_one()
    assert lease.losses == 1
    assert lapsed.finish(lease, settle, "server_error") == 1
    lease = [lease for lease in lapsed.claim().leases
             if lease.group == b"u:lost"][0]
    assert (lease.is_suspect, lease.losses) == (0, 0)


def test_suspect_that_is_delivered_leaves_nothing_behind(lapsed):
    lapsed.finish(lapsed.claim_one())
    assert lapsed.redis("EXISTS", lapsed.key("event", "attempts")) == 0
    lease = [lease for lease in lapsed.claim().leases
             if lease.group == b"u:lost"][0]
    assert (lease.body, lease.is_suspect) == (b"2", 0)


@pytest.mark.parametrize("settle", ["release", "requeue"])
def test_suspect_given_back_untried_stays_one_and_lost_nothing(lapsed, settle):
    lapsed.redis("DEL", lapsed.key("event", "wake"))
    assert lapsed.finish(lapsed.claim_one(), settle, "released",
                         started=0) == 1
    assert lapsed.redis("LLEN", lapsed.key("event", "wake")) == 1
    assert lapsed.claim(suspects=False).groups == [b"u:good"]
    for _ in range(5):
        lease = lapsed.claim_one(max_losses=1)
        assert (lease.group, lease.is_suspect, lease.losses) == (
            b"u:lost", 1, 0)
        lapsed.finish(lease, settle, "released", started=0)
    assert lapsed.stats()["lease_losses"] == 1


def test_suspect_retried_untried_comes_alone_when_due(lapsed):
    lapsed.finish(lapsed.claim_one(), "retry", "released", started=0, delay=5)
    lapsed.pass_time(5)
    assert lapsed.claim().groups == [b"u:good"]
    assert lapsed.claim_one().is_suspect


def test_suspect_in_ready_moves_to_its_place(lapsed):
    """As when a script was stopped, and the audit found the group."""
    lapsed.finish(lapsed.claim_one(), "release", "released", started=0)
    lapsed.redis("ZREM", lapsed.key("event", "leased"), "u:lost")
    lapsed.redis("LPUSH", lapsed.key("event", "ready"), "u:lost")
    assert lapsed.claim().groups == [b"u:good"]
    assert lapsed.claim_one().group == b"u:lost"


def test_poison_is_buried_and_the_next_job_goes_on(lapsed):
    lapsed.configure(max_losses=2, history=10)
    first = lose(lapsed)
    lapsed.finish(lapsed.claim_one(suspects=False))
    lose(lapsed)
    claimed = lapsed.claim()
    assert claimed.bodies == [b"2"]
    assert not claimed.leases[0].is_suspect
    (letter,) = lapsed.dead_page()[1]
    assert letter["id"] == first.id
    assert (letter["outcome"], letter["status"]) == (b"lease_lost", 0)
    assert b"lost 2 times" in letter["note"]
    assert (letter["losses"], letter["attempts"]) == (2, 0)
    stats = lapsed.stats()
    assert (stats["lease_losses"], stats["dead"]) == (3, 1)
    assert lapsed.done()[0][:1] + lapsed.done()[0][3:] == [
        first.id, b"lease_lost", 0, 0, 0]
    assert lapsed.finish(first) == 0
    lapsed.check_places()


def test_poison_of_a_lone_job_leaves_nothing_and_the_claim_goes_on(queue):
    queue.configure(max_losses=1)
    for group in ("u:poison", "u:2"):
        queue.enqueue(group)
        queue.claim(lease=Queue.LEASE)
        queue.pass_time(1)
    queue.pass_time(Queue.LEASE)
    assert lose(queue).group == b"u:poison"
    assert queue.claim().groups == [b"u:2"]
    assert queue.claim().groups == []
    assert queue.stats()["dead_now"] == 1
    queue.check_places()


def test_poison_with_dead_letters_full_stays_a_suspect(lapsed):
    lapsed.bury(lapsed.claim(suspects=False).leases[0])
    lapsed.configure(max_losses=1, dead_limit=1)
    for losses in range(3):
        lease = lose(lapsed)
        assert (lease.group, lease.losses) == (b"u:lost", losses)
    lapsed.replay(lapsed.dead_page()[1][0]["id"])
    assert sorted(lapsed.claim().groups) == [b"u:good", b"u:lost"]
    assert lapsed.dead_page()[1][0]["outcome"] == b"lease_lost"


def test_poison_is_never_found_without_a_limit(lapsed):
    for losses in range(20):
        assert lose(lapsed).losses == losses


def test_poison_frees_who_is_after_it(lapsed):
    lapsed.configure(max_losses=1)
    lapsed.configure("contact", after=["event"], after_limit=Queue.DAY)
    lapsed.enqueue("u:lost", b"3", to="contact")
    lapsed.redis("LSET", lapsed.jobs("event", "u:lost"), 1, b"garbage")
    lose(lapsed)
    assert lapsed.claim("contact").leases == []
    assert sorted(lapsed.claim().groups) == [b"u:good", b"u:lost"]
    assert lapsed.redis("LLEN", lapsed.key("contact", "ready")) == 1
    assert lapsed.claim("contact").bodies == [b"3"]


def test_lapsed_lease_of_garbage_can_die_too(queue):
    queue.configure(max_losses=1)
    queue.redis("RPUSH", queue.jobs("event", "u:1"), b"garbage")
    queue.redis("RPUSH", queue.key("event", "ready"), "u:1")
    queue.claim()
    queue.pass_time(Queue.LEASE)
    lose(queue)
    assert queue.claim().leases == []
    assert queue.dead_page()[1][0]["element"] == b"garbage"


def test_lapsed_lease_counts_once_for_a_claim_that_stopped(lapsed):
    """The loss is noted, and the lease is as it was."""
    before = lapsed.redis("HGET", lapsed.key("event", "tokens"), "u:lost")
    lapsed.claim()
    lapsed.redis("HSET", lapsed.key("event", "tokens"), "u:lost", before)
    lapsed.redis("ZADD", lapsed.key("event", "leased"), 1, "u:lost")
    assert lapsed.claim_one().losses == 0


def test_zombie_is_fenced_when_its_lease_was_given_out(lapsed):
    zombie = lapsed.claim_one()
    lapsed.pass_time(Queue.LEASE)
    heir = lapsed.claim_one()
    for settle in ("pop", "bury", "retry", "requeue", "release"):
        assert lapsed.finish(zombie, settle, "delivered") == 0
    assert lapsed.finish(heir) == 1
    lapsed.check_places()


def test_first_lease_wakes_one_more(queue):
    queue.enqueue("u:1")
    queue.enqueue("u:2")
    wake = queue.key("event", "wake")
    queue.redis("DEL", wake)
    queue.claim(most=5)
    assert queue.redis("LLEN", wake) == 1
    queue.redis("DEL", wake)
    queue.enqueue("u:3")
    queue.redis("DEL", wake)
    queue.claim(most=5)
    assert queue.redis("LLEN", wake) == 0


@pytest.mark.parametrize("jump", [1, Queue.LEASE, Queue.DAY])
def test_suspect_given_back_before_the_clock_went_back_comes_again(lapsed,
                                                                   jump):
    lapsed.finish(lapsed.claim_one(), "release", "released", started=0)
    lapsed.finish(lapsed.claim_one(suspects=False))
    lapsed.pass_time(-jump)
    for _ in range(3):
        claimed = lapsed.claim()
        if claimed.leases:
            break
        assert 0 < claimed.next_ms <= 2 * Queue.LEASE
        lapsed.pass_time(claimed.next_ms)
    assert claimed.groups == [b"u:lost"]
    assert claimed.leases[0].losses == 0


@pytest.mark.parametrize("jump", [2 * Queue.LEASE, Queue.DAY])
def test_lease_after_the_clock_went_forth_and_back_has_one_holder(queue, jump):
    queue.enqueue("u:1")
    early = queue.claim_one()
    queue.pass_time(jump)
    heir = queue.claim_one()
    assert heir.is_suspect
    queue.pass_time(-jump)
    assert queue.claim().leases == []
    assert queue.finish(early) == 0
    assert queue.finish(heir) == 1
    queue.check_places()
