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


# -- requeue

def test_finish_requeue_puts_the_group_behind_and_spends_nothing(queue):
    queue.enqueue("u:1")
    queue.enqueue("u:2")
    first, _ = queue.claim().leases
    queue.enqueue("u:3")
    queue.redis("DEL", queue.key("event", "wake"))
    assert queue.finish(first, "requeue", "throttled", status=429) == 1
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    claimed = queue.claim()
    assert claimed.groups == [b"u:3", b"u:1"]
    lease = claimed.leases[1]
    assert (lease.attempts, lease.first_ms) == (0, Queue.START - 5)
    assert (lease.refused_ms, lease.is_suspect) == (0, 0)
    queue.bury(lease)
    assert queue.dead_page()[1][0]["tries"][0] == [1000, b"throttled", 429, 5]


def test_finish_requeue_of_who_was_refused_says_when(queue):
    queue.enqueue("u:1")
    queue.pass_time(70)
    queue.finish(queue.claim_one(), "requeue", "unauthorized", status=401)
    lease = queue.claim_one()
    assert lease.refused_ms == Queue.START + 70
    queue.retry(lease, delay=0)
    assert queue.claim_one().refused_ms == Queue.START + 70


def test_finish_requeue_untried_notes_nothing(queue):
    queue.enqueue("u:1")
    queue.finish(queue.claim_one(), "requeue", "released", started=0)
    assert queue.redis("EXISTS", queue.key("event", "attempts")) == 0
    assert queue.claim_one().first_ms == 0


# -- the dead are many

def test_finish_bury_over_dead_limit_requeues_instead(queue):
    queue.configure(dead_limit=2, history=10)
    for n in range(4):
        queue.enqueue("u:%d" % n)
    items = [queue.item(lease, "bury", "rejected", spends=True, status=400)
             for lease in queue.claim().leases]
    assert queue.finish_many(items) == [1, 1, 2, 2]
    assert queue.finish_many(items) == [0, 0, 0, 0]
    stats = queue.stats()
    assert (stats["dead"], stats["dead_now"], stats["pending"]) == (2, 2, 2)
    assert len(queue.done()) == 2
    claimed = queue.claim()
    assert claimed.groups == [b"u:2", b"u:3"]
    # The try is noted, and none was spent.
    assert [lease.attempts for lease in claimed.leases] == [0, 0]
    queue.replay(queue.dead_page()[1][0]["id"])
    assert queue.bury(claimed.leases[0]) == 1
    letter = queue.dead_page()[1][-1]
    assert (letter["attempts"], len(letter["tries"])) == (1, 2)
    queue.check_places()


def test_finish_bury_keeps_body_and_template(queue):
    for n in range(2):
        queue.enqueue("u:%d" % n)
    first, second = queue.claim().leases
    queue.bury(first, body=b'{"a":"\x00"}', template="event.ftl")
    queue.bury(second)
    letters = queue.dead_page()[1]
    assert (letters[0]["body"], letters[0]["template"]) == (
        b'{"a":"\x00"}', b"event.ftl")
    assert (letters[1]["body"], letters[1]["template"]) == (b"", b"")


def test_finish_bury_after_a_stop_writes_no_second_letter(queue):
    queue.enqueue("u:1")
    lease = queue.claim_one()
    queue.bury(lease)
    (letter,) = queue.dead_page()[1]
    # As if the script had been stopped behind the letter.
    queue.redis("RPUSH", queue.jobs("event", "u:1"), lease.element)
    queue.redis("ZADD", queue.key("event", "leased"), 1, "u:1")
    queue.redis("HSET", queue.key("event", "tokens"), "u:1", lease.token)
    assert queue.bury(lease) == 1
    assert queue.dead_page()[1] == [letter]


# -- history

def test_finish_tells_history_of_what_is_done_with(queue):
    queue.configure(history=10)
    outcomes = [("pop", "delivered"), ("pop", "skipped"), ("pop", "unchanged"),
                ("bury", "rejected")]
    for n in range(6):
        queue.enqueue("u:%d" % n)
        queue.pass_time(10)
    leases = queue.claim().leases
    queue.retry(leases[0], delay=0)
    (leases[0],) = queue.claim().leases
    queue.finish_many(
        [queue.item(lease, settle, outcome, spends=n == 0, status=200 + n,
                    took=n)
         for n, (lease, (settle, outcome)) in enumerate(zip(leases, outcomes))]
        + [queue.item(leases[4], "retry", "unknown", delay=5),
           queue.item(leases[5], "release", "released")])
    now = Queue.START + 60
    assert queue.done() == [
        [leases[3].id, Queue.START + 30, now, b"rejected", 203, 3, 0],
        [leases[2].id, Queue.START + 20, now, b"unchanged", 202, 2, 0],
        [leases[1].id, Queue.START + 10, now, b"skipped", 201, 1, 0],
        [leases[0].id, Queue.START, now, b"delivered", 200, 0, 2]]
    stats = queue.stats()
    assert (stats["delivered"], stats["skipped"], stats["unchanged"]) == (
        1, 1, 1)
    queue.check_places()


def test_finish_keeps_so_many_in_history(queue):
    for n in range(7):
        queue.enqueue("u:%d" % n)
    leases = queue.claim().leases
    queue.finish_many([queue.item(lease, "pop", "delivered")
                       for lease in leases[:5]], history=3)
    assert [done[0] for done in queue.done()] == [
        lease.id for lease in leases[4:1:-1]]
    queue.finish(leases[5], history=3)
    assert [done[0] for done in queue.done()] == [
        lease.id for lease in leases[5:2:-1]]
    queue.finish(leases[6])
    assert len(queue.done()) == 3


def test_finish_tells_history_of_garbage_too(queue):
    queue.redis("RPUSH", queue.jobs("event", "u:1"), b"garbage")
    queue.redis("RPUSH", queue.key("event", "ready"), "u:1")
    lease = queue.claim_one()
    queue.bury(lease, history=3)
    assert queue.done()[0][:2] == [lease.id, 0]


# -- many

def test_finish_of_two_thousand_in_one_call(queue):
    queue.configure(history=5000, sent_for=1000, dead_limit=5000)
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"") for n in range(2000)])
    leases = queue.claim(most=5000).leases
    settles = ["pop", "bury", "retry", "requeue", "release"]
    items = [queue.item(lease, settles[n % 5], "delivered",
                        sent=b"d" * 16 + bytes(8) + b"\1")
             for n, lease in enumerate(leases)]
    assert queue.finish_many(items) == [1] * 2000
    stats = queue.stats()
    assert (stats["delivered"], stats["dead"], stats["ready"],
            stats["waiting"]) == (400, 400, 800, 400)
    queue.check_places()


def test_finish_of_one_group_twice_in_a_call_counts_the_first(queue):
    queue.enqueue("u:1", b"1")
    queue.enqueue("u:1", b"2")
    lease = queue.claim_one()
    assert queue.finish_many([queue.item(lease, "pop", "delivered"),
                              queue.item(lease, "pop", "delivered")]) == [1, 0]
    assert queue.stats()["pending"] == 1
    queue.check_places()
