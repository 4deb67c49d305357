"""finish, through a real Redis: what becomes of a job in hand."""

import pytest

from queue_scripts import Queue, RedisError

def test_finish_bury_keeps_two_jobs_of_one_id(queue):
    # No verb makes them; a copy of an element put in by hand does.
    queue.enqueue("u:1", b"1")
    element = queue.redis("LINDEX", queue.jobs("event", "u:1"), 0)
    queue.redis("RPUSH", queue.jobs("event", "u:1"), element)
    queue.redis("HINCRBY", queue.key("event", "counts"), "pending", 1)
    queue.redis("HINCRBY", queue.key("event", "counts"), "accepted", 1)
    for _ in range(2):
        assert queue.bury(queue.claim().leases[0]) == 1
    _, letters = queue.dead_page()
    assert [letter["element"] for letter in letters] == [element] * 2
    assert queue.ledger() == (0, 0)


def test_finish_pop_makes_the_next_job_ready(queue):
    queue.enqueue("u:1", b"1")
    queue.pass_time(7)
    queue.enqueue("u:1", b"2")
    assert queue.finish(queue.claim().leases[0]) == 1
    queue.check_places()
    assert queue.redis("ZSCORE", queue.key("event", "heads"),
                       "u:1") == b"%d" % (Queue.START + 7)
    assert queue.claim().bodies == [b"2"]


def test_finish_pop_of_the_last_leaves_nothing(queue):
    queue.enqueue("u:1")
    queue.finish(queue.claim().leases[0])
    kept = {b"{relay:0}:" + name for name in
            (b"meta", b"destinations", b"event:counts", b"event:wake")}
    assert set(queue.redis("KEYS", "{*")) == kept
    assert queue.stats()["delivered"] == 1
    assert queue.ledger() == (0, 0)


def test_finish_twice_changes_nothing_more(queue):
    queue.enqueue("u:1", b"1")
    queue.enqueue("u:1", b"2")
    lease = queue.claim().leases[0]
    assert queue.finish(lease) == 1
    assert queue.finish(lease) == 0
    assert queue.finish_many([queue.item(lease, "bury", "rejected")] * 2) == [
        0, 0]
    assert queue.stats()["pending"] == 1
    queue.check_places()


def test_finish_by_another_token_or_id_is_refused(queue):
    queue.enqueue("u:1")
    lease = queue.claim().leases[0]
    lease.token = b"other"
    assert queue.finish(lease) == 0
    queue.check_places()


def test_finish_late_but_not_yet_reaped_counts(queue):
    queue.enqueue("u:1")
    lease = queue.claim().leases[0]
    queue.pass_time(10 * Queue.LEASE)
    assert queue.finish(lease) == 1
    assert queue.stats()["lease_losses"] == 0


def test_finish_of_a_job_taken_from_under_the_lease_frees_the_group(queue):
    queue.enqueue("u:1", b"1")
    lease = queue.claim().leases[0]
    queue.redis("LPOP", queue.jobs("event", "u:1"))
    queue.enqueue("u:1", b"2")
    assert queue.finish(lease) == 0
    assert queue.claim().bodies == [b"2"]


def test_finish_skipped_is_counted_apart(queue):
    queue.enqueue("u:1")
    queue.finish(queue.claim().leases[0], "pop", "skipped", started=0)
    stats = queue.stats()
    assert (stats["skipped"], stats["delivered"]) == (1, 0)
    assert queue.ledger() == (0, 0)


def test_finish_release_puts_the_group_in_front(queue):
    queue.enqueue("u:1")
    queue.enqueue("u:2")
    lease = queue.claim(most=1).leases[0]
    queue.redis("DEL", queue.key("event", "wake"))
    queue.finish(lease, "release", "released", started=0)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    again = queue.claim().leases
    assert [lease.group for lease in again] == [b"u:1", b"u:2"]
    assert again[0].attempts == 0
    queue.check_places()


def test_finish_retry_counts_only_attempts_that_were_spent(queue):
    queue.enqueue("u:1")
    queue.retry(queue.claim().leases[0], spends=False, delay=0)
    lease = queue.claim().leases[0]
    assert (lease.attempts, lease.first_ms) == (0, Queue.START - 5)
    queue.retry(lease, delay=0)
    lease = queue.claim().leases[0]
    assert lease.attempts == 1
    queue.bury(lease)
    letter = queue.dead_page()[1][0]
    assert letter["attempts"] == 2
    assert len(letter["tries"]) == 3


def test_finish_retry_clears_lease_losses(queue):
    queue.enqueue("u:1")
    queue.claim()
    queue.pass_time(Queue.LEASE)
    lease = queue.claim().leases[0]
    assert lease.is_suspect
    queue.retry(lease, delay=0)
    assert not queue.claim().leases[0].is_suspect


def test_finish_retry_due_at_once_wakes(queue):
    queue.enqueue("u:1")
    lease = queue.claim().leases[0]
    queue.redis("DEL", queue.key("event", "wake"))
    queue.retry(lease, delay=1)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 0
    queue.pass_time(1)
    queue.retry(queue.claim().leases[0], delay=0)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1


def test_finish_bury_keeps_job_history_and_response(queue):
    queue.enqueue("u:1", b"body")
    for n in range(11):
        lease = queue.claim().leases[0]
        queue.retry(lease, delay=0, started=100 + n, took=n)
    lease = queue.claim().leases[0]
    queue.pass_time(50)
    assert queue.bury(lease, note=b"no \x00 good", started=500) == 1
    has_more, (letter,) = queue.dead_page()
    assert not has_more
    assert letter["id"] == lease.id
    assert letter["group"] == b"u:1"
    assert letter["element"] == lease.element
    assert letter["died"] == Queue.START + 50
    assert (letter["outcome"], letter["status"]) == (b"rejected", 400)
    assert letter["note"] == b"no \x00 good"
    assert letter["attempts"] == 12
    assert letter["first"] == Queue.START
    assert len(letter["tries"]) == 10
    assert letter["tries"][0] == [102, b"server_error", 500, 2]
    assert letter["tries"][-1] == [500, b"rejected", 400, 5]
    assert queue.redis("EXISTS", queue.key("event", "attempts")) == 0
    queue.check_places()


def test_finish_attempts_of_one_job_are_not_another_s(queue):
    queue.enqueue("u:1", b"1")
    queue.enqueue("u:1", b"2")
    queue.retry(queue.claim().leases[0], delay=0)
    lease = queue.claim().leases[0]
    record = queue.redis("HGET", queue.key("event", "attempts"), "u:1")
    queue.finish(lease)
    queue.redis("HSET", queue.key("event", "attempts"), "u:1", record)
    assert queue.claim().leases[0].attempts == 0


def test_finish_with_an_unreadable_record_of_attempts_goes_on(queue):
    queue.enqueue("u:1")
    queue.redis("HSET", queue.key("event", "attempts"), "u:1", b"\xc1junk")
    lease = queue.claim().leases[0]
    assert lease.attempts == 0
    assert queue.retry(lease) == 1


def test_finish_of_nonsense_writes_nothing(queue):
    queue.enqueue("u:1")
    queue.enqueue("u:2")
    good, bad = queue.claim().leases
    with pytest.raises(RedisError, match="item 2 is not one"):
        queue.finish_many([queue.item(good, "pop", "delivered"),
                           queue.item(bad, "eat", "delivered")])
    assert queue.stats()["pending"] == 2
