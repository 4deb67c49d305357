"""What was sent last for a group: known to who gets the lease, and to nobody
else until they say what became of it."""

import struct

import pytest

from queue_scripts import Queue

HOUR = 3_600_000
A, B = b"a" * 16, b"b" * 16


def sent(digest, at_ms=0, was_delivered=True):
    return digest + struct.pack(">QB", at_ms, was_delivered)


@pytest.fixture
def remembering(queue):
    queue.configure(sent_for=HOUR)
    return queue


def send(queue, digest, **options):
    """A job of u:1 that is delivered with a body; what was known before."""
    queue.enqueue("u:1")
    lease = queue.claim_one()
    queue.finish(lease, sent=sent(digest, **options))
    return lease.sent


def test_sent_is_known_to_the_next_lease_alone(remembering):
    assert send(remembering, A) == b""
    remembering.pass_time(5)
    assert send(remembering, B) == sent(A, Queue.START)
    assert send(remembering, A) == sent(B, Queue.START + 5)


def test_sent_is_forgotten_with_a_lease(remembering):
    send(remembering, A)
    remembering.enqueue("u:1")
    lease = remembering.claim_one()
    assert lease.sent == sent(A, Queue.START)
    assert remembering.redis("KEYS", "*:sent:*") == []
    # It may have sent anything, and another may be delivered now.
    remembering.pass_time(Queue.LEASE)
    lease = remembering.claim_one()
    assert (lease.is_suspect, lease.sent) == (1, b"")


def test_sent_given_back_is_as_old_as_it_was(remembering):
    send(remembering, A)
    remembering.enqueue("u:1")
    for settle in ("release", "requeue", "release"):
        remembering.pass_time(1000)
        lease = remembering.claim_one()
        assert lease.sent == sent(A, Queue.START)
        remembering.finish(lease, settle, "released", started=0,
                           sent=lease.sent)


def test_sent_of_an_unchanged_job_does_not_grow_younger(remembering):
    send(remembering, A)
    remembering.enqueue("u:1")
    remembering.pass_time(1000)
    lease = remembering.claim_one()
    remembering.finish(lease, outcome="unchanged", started=0, sent=lease.sent)
    assert remembering.stats()["unchanged"] == 1
    assert send(remembering, B) == sent(A, Queue.START)


def test_sent_is_in_a_claim_repeated_after_a_lost_reply(remembering):
    send(remembering, A)
    remembering.enqueue("u:1")
    remembering.enqueue("u:2")
    first = remembering.claim(token="lost")
    again = remembering.claim(token="lost", repeat=True)
    assert {lease.group: lease.sent for lease in again.leases} == {
        lease.group: lease.sent for lease in first.leases} == {
            b"u:1": sent(A, Queue.START), b"u:2": b""}
    assert remembering.finish(again.leases[0]) == 1
    assert remembering.finish(again.leases[1]) == 1
    remembering.check_places()


def test_token_with_something_sent_is_told_from_longer_ones(remembering):
    send(remembering, A)
    remembering.enqueue("u:1")
    lease = remembering.claim_one(token="boot-10")
    for token in (b"boot-1", b"boot-10 ", b"boot-100", b""):
        lease.token = token
        assert remembering.finish(lease) == 0
    lease.token = b"boot-10"
    assert remembering.finish(lease) == 1


@pytest.mark.parametrize("after_ms, is_known", [
    (HOUR - 1, True), (2 * HOUR, False), (50 * HOUR, False)])
def test_sent_is_remembered_for_its_time(remembering, after_ms, is_known):
    send(remembering, A)
    remembering.pass_time(after_ms)
    remembering.enqueue("u:1")
    lease = remembering.claim_one()
    assert bool(lease.sent) == is_known
    remembering.finish(lease, sent=sent(B))
    # What is too old leaves when the next is written.
    assert len(remembering.redis("KEYS", "*:sent:*")) <= 1 + is_known


def test_sent_of_silent_groups_is_dropped(remembering):
    for n in range(5):
        for m in range(10):
            remembering.enqueue("u:%d-%d" % (n, m))
        for lease in remembering.claim().leases:
            remembering.finish(lease, sent=sent(A))
        remembering.pass_time(HOUR)
    kept = sum(remembering.redis("HLEN", key)
               for key in remembering.redis("KEYS", "*:sent:*"))
    assert kept == 20


@pytest.mark.parametrize("jump", [-1, -HOUR, -1000 * HOUR])
def test_sent_when_the_clock_goes_back_is_still_known(remembering, jump):
    send(remembering, A)
    remembering.pass_time(jump)
    assert send(remembering, B) == sent(A, Queue.START)
    assert send(remembering, A) == sent(B, remembering.clock)


def test_sent_of_the_job_itself_is_known_to_its_retry(queue):
    """Also where nothing is remembered of the group: an answer may be about a
    repeat of this very body."""
    queue.enqueue("u:1", b"1")
    queue.enqueue("u:1", b"2")
    queue.retry(queue.claim_one(), delay=0, sent=sent(A, was_delivered=False))
    lease = queue.claim_one()
    assert lease.sent == sent(A, Queue.START, was_delivered=False)
    queue.finish(lease, "requeue", "throttled", sent=sent(B))
    lease = queue.claim_one()
    assert lease.sent == sent(B, Queue.START)
    queue.finish(lease, sent=lease.sent)
    assert queue.claim_one().sent == b""
    assert queue.redis("KEYS", "*:sent:*") == []


def test_sent_of_the_job_itself_is_forgotten_when_its_lease_is_lost(queue):
    queue.enqueue("u:1")
    queue.retry(queue.claim_one(), delay=0, sent=sent(A))
    assert queue.claim_one().sent != b""
    queue.pass_time(Queue.LEASE)
    assert queue.claim_one().sent == b""


def test_sent_of_a_try_that_does_not_know_is_forgotten(remembering):
    remembering.enqueue("u:1")
    remembering.retry(remembering.claim_one(), delay=0, sent=sent(A))
    remembering.retry(remembering.claim_one(), delay=0)
    assert remembering.claim_one().sent == b""


def test_sent_garbage_is_given_as_it_is(remembering):
    remembering.enqueue("u:1")
    remembering.redis("HSET", remembering.key("event", "sent:0"), "u:1", "x")
    remembering.redis("HSET", remembering.key("event", "sent:1"), "u:1", "x")
    assert remembering.claim_one().sent == b"x"
    assert remembering.redis("KEYS", "*:sent:*") == []


def test_sent_of_a_stale_finish_is_not_kept(remembering):
    remembering.enqueue("u:1")
    stale = remembering.claim_one()
    remembering.pass_time(Queue.LEASE)
    lease = remembering.claim_one()
    assert remembering.finish(stale, sent=sent(A)) == 0
    assert remembering.redis("KEYS", "*:sent:*") == []
    remembering.finish(lease, sent=sent(B))
    assert send(remembering, A) == sent(B, remembering.clock)
