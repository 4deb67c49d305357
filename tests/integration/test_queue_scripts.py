"""Each verb's script through a real Redis: every situation, every verdict."""

import pytest

from queue_scripts import (Client, Queue, RedisError, Server, element_of)


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def queue(server):
    client = Client(server.path)
    client("FLUSHALL")
    queue = Queue(client)
    queue.open("event", "contact")
    yield queue
    client.close()


def id_number(job_id):
    shard, number = job_id.split(b"-")
    assert shard == b"0"
    return int(number)


# -- open

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


# -- enqueue

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


# -- claim

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


# -- finish

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


# -- replay and dead

def bury_all(queue):
    ids = []
    for lease in queue.claim().leases:
        queue.bury(lease)
        ids.append(lease.id)
    return ids


def test_replay_gives_a_new_order_and_keeps_the_id(queue):
    queue.enqueue("u:1", b"1")
    (dead,) = bury_all(queue)
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
    (dead,) = bury_all(queue)
    assert queue.replay(dead, dead, "0-5", "x") == 1
    assert queue.replay(dead) == 0
    assert queue.replay() == 0
    queue.check_places()


def test_replay_wakes_and_may_die_again(queue):
    queue.enqueue("u:1")
    (dead,) = bury_all(queue)
    queue.redis("DEL", queue.key("event", "wake"))
    queue.replay(dead)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    assert bury_all(queue) == [dead]
    assert queue.ledger() == (0, 0)


def test_replay_of_too_many_is_refused(queue):
    with pytest.raises(RedisError, match="more than 1000"):
        queue.replay(*["0-%d" % n for n in range(1001)])


def test_dead_pages_walk_all_in_order(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x" * 100)
                        for n in range(250)])
    ids = bury_all(queue)
    queue.pass_time(1)
    ids += bury_all(queue)
    ids += bury_all(queue)
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
    ids = bury_all(queue)
    last = queue.dead_page(limit=2)[1][-1]
    queue.pass_time(1000)
    queue.replay(last["id"])
    bury_all(queue)
    letters = queue.dead_page(last["died"], last["id"])[1]
    assert [letter["id"] for letter in letters] == ids[2:] + [last["id"]]


def test_dead_page_is_bounded_by_bytes(queue):
    for n in range(3):
        queue.enqueue("u:%d" % n, b"x" * 1000)
    bury_all(queue)
    has_more, letters = queue.dead_page(most_bytes=1500)
    assert (has_more, len(letters)) == (True, 2)


def test_dead_find_leaves_out_what_is_gone(queue):
    queue.enqueue("u:1")
    (dead,) = bury_all(queue)
    _, letters = queue.dead("find", "0-1", dead, "?")
    assert [letter["id"] for letter in letters] == [dead]


# -- stats

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


# -- out of memory

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
