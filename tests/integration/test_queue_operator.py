"""The operator's verbs, one by one, through a real Redis."""

import pytest

from queue_scripts import BLOCK, Client, Queue, RedisError, Server
from queue_stops import stopped_runs


class Operator(Queue):
    """The verbs that move or remove by hand."""

    def block(self, verb, *args, to="event"):
        return self.run(verb, self.keys(to, names=BLOCK), self.birth, *args)

    def remove_dead(self, *ids, word="dead_purged", to="event"):
        return self.block("remove_dead", word, *ids, to=to)

    def import_dead(self, letter, to="event", job_id=None):
        tries = [value for one in letter["tries"] for value in one]
        return self.block(
            "import", job_id or letter["id"], letter["group"],
            letter["element"], letter["died"], letter["outcome"],
            letter["status"], letter["note"], letter["body"],
            letter["template"], letter["attempts"], letter["first"],
            letter["losses"], *tries, to=to)

    def purge(self, limit=1000, to="event", dependents=()):
        """(removed, groups left)"""
        return tuple(self.run("purge", self.keys(to, *dependents, names=BLOCK),
                              self.birth, limit))

    def forget(self, group, to="event", dependents=()):
        """All calls of one forgetting; how many jobs it removed."""
        keys = self.keys(to, *dependents, names=BLOCK)
        removed, place = self.run("forget", keys, self.birth, group, "")
        while place != b"":
            more, place = self.run("forget", keys, self.birth, group, place)
            removed += more
        return removed

    def history(self, job_id="", limit=100, over=0):
        """(how many to pass over next, jobs as lists)"""
        reply = self.block("history", over, job_id, limit)
        return reply[0], [reply[i:i + 7] for i in range(1, len(reply), 7)]

    def find_job(self, job_id, to="event"):
        """What it says of it; None when it is not there."""
        place = ["", "", 0]
        while True:
            word, *fields = self.block("find_job", job_id, *place, to=to)
            if word == b"no":
                return None
            if word != b"more":
                return dict(zip(["group", "element", "ahead", "until",
                                 "attempts", "first", "losses", "tries"],
                                fields), place=word.decode())
            assert fields != place
            place = fields

    def audit(self, *place):
        """One piece: groups, requeued, jobs, pending, fingerprint, next."""
        reply = self.block("audit", *(place or ("", "")))
        return dict(zip(["groups", "requeued", "jobs", "pending", "print"],
                        reply), next=reply[5:])

    def audit_all(self):
        """(groups, requeued, jobs) of a whole pass."""
        total, place = [0, 0, 0], ("", "")
        while True:
            piece = self.audit(*place)
            for i, name in enumerate(("groups", "requeued", "jobs")):
                total[i] += piece[name]
            assert piece["next"] != list(place)
            place = piece["next"]
            if place == [b"", b""]:
                return tuple(total)

    def bury_all(self):
        ids = []
        for lease in self.claim().leases:
            self.bury(lease)
            ids.append(lease.id)
        return ids

    def letters(self):
        return self.dead_page(limit=10_000)[1]


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def queue(server):
    client = Client(server.path)
    client("FLUSHALL")
    queue = Operator(client)
    queue.open("event", "contact")
    yield queue
    client("CONFIG", "SET", "maxmemory", 0)
    client.close()


@pytest.fixture
def full(queue):
    """Two dead letters, and no memory left."""
    queue.enqueue_many([("u:1", "", ["event"], b"1"),
                        ("u:2", "", ["event"], b"2")])
    queue.ids = queue.bury_all()
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    return queue


def everything(queue):
    return {key: queue.redis("DUMP", key)
            for key in sorted(queue.redis("KEYS", "{relay*"))}


def test_every_verb_after_a_flush_says_that_redis_is_empty(queue):
    queue.enqueue("u:1")
    queue.bury_all()
    letter = queue.letters()[0]
    queue.redis("DEL", "{relay:0}:meta")
    before = everything(queue)
    for verb in (lambda: queue.remove_dead(letter["id"]),
                 lambda: queue.import_dead(letter), queue.purge,
                 lambda: queue.forget("u:1"), queue.history, queue.audit,
                 lambda: queue.find_job("0-1")):
        with pytest.raises(RedisError, match="^RELAYEMPTY"):
            verb()
    assert everything(queue) == before


# -- stats

def test_stats_count_what_is_remembered(queue):
    queue.enqueue("u:1", digest="d1", dedupe_for=Queue.DAY)
    queue.pass_time(Queue.DAY // 6)
    queue.enqueue("u:1", digest="d2", dedupe_for=Queue.DAY)
    queue.redis("HSET", queue.key("event", "sent:0"), "u:1", "x")
    queue.redis("HSET", queue.key("event", "sent:1"), "u:2", "x", "u:3", "x")
    stats = queue.stats()
    assert (stats["seen"], stats["sent"]) == (2, 3)
    stats = queue.stats("contact")
    assert (stats["seen"], stats["sent"]) == (0, 0)


# -- remove_dead

@pytest.mark.parametrize("word", ["dead_purged", "dead_forgotten"])
def test_remove_dead_counts_what_was_there(queue, word):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x") for n in range(3)])
    ids = queue.bury_all()
    assert queue.remove_dead(ids[0], ids[0], ids[2], "0-1", "?x",
                             word=word) == 2
    assert queue.remove_dead(*ids[:1], word=word) == 0
    assert queue.remove_dead(word=word) == 0
    assert [letter["id"] for letter in queue.letters()] == [ids[1]]
    assert queue.stats()[word] == 2
    assert queue.ledger() == (0, 0)


def test_remove_dead_of_the_last_leaves_no_key(queue):
    queue.enqueue("u:1")
    queue.remove_dead(*queue.bury_all())
    assert queue.redis("KEYS", "*:dead*") == []


def test_remove_dead_of_too_many_or_under_no_word_is_refused(queue):
    with pytest.raises(RedisError, match="more than 1000"):
        queue.remove_dead(*["0-%d" % n for n in range(1001)])
    with pytest.raises(RedisError, match="no word of the ledger"):
        queue.remove_dead("0-1", word="delivered")


def test_remove_dead_of_a_thousand_in_one_call(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"")
                        for n in range(1000)])
    ids = []
    for lease in queue.claim(most=1000).leases:
        ids.append(lease.id)
        queue.bury(lease)
    assert queue.remove_dead(*ids) == 1000
    assert queue.ledger() == (0, 0)


def test_remove_dead_works_out_of_memory(full):
    assert full.remove_dead(*full.ids) == 2
    assert full.ledger() == (0, 0)


def test_remove_dead_stopped_anywhere_is_repeated(queue):
    def prepare():
        queue.enqueue("u:1", b"1")
        queue.enqueue("u:2", b"2")
        return queue.bury_all()

    for ids in stopped_runs(queue, "remove_dead", prepare,
                            lambda ids: queue.remove_dead(*ids)):
        queue.remove_dead(*ids)
        assert queue.letters() == []
        assert queue.redis("KEYS", "*:dead*") == []


# -- import

def test_import_brings_back_what_was_exported(queue):
    queue.enqueue("u:1", b"body \0\xff")
    for n in range(12):
        queue.retry(queue.claim().leases[0], delay=0, started=100 + n)
    lease = queue.claim().leases[0]
    queue.bury(lease, note=b"no \x00 good")
    (letter,) = queue.letters()
    letter["body"], letter["template"] = b"{}\n", b"event"
    queue.remove_dead(letter["id"])
    assert queue.import_dead(letter) == 1
    assert queue.letters() == [letter]
    stats = queue.stats()
    assert (stats["imported"], stats["dead_now"]) == (1, 1)
    assert queue.ledger() == (0, 0)
    assert queue.replay(letter["id"]) == 1
    assert queue.claim().leases[0].body == b"body \0\xff"
    queue.check_places()


def test_import_twice_keeps_the_first(queue):
    queue.enqueue("u:1")
    queue.bury_all()
    (letter,) = queue.letters()
    assert queue.import_dead(dict(letter, note=b"other")) == 0
    assert queue.letters() == [letter]
    queue.remove_dead(letter["id"])
    assert queue.import_dead(letter) == 1
    assert queue.import_dead(letter) == 0  # as after a lost reply
    assert queue.stats()["imported"] == 1
    assert queue.ledger() == (0, 0)


def test_import_from_another_shard_gets_an_id_of_this_one(queue):
    queue.enqueue("u:1")
    queue.bury_all()
    (letter,) = queue.letters()
    number = letter["id"].partition(b"-")[2]
    queue.remove_dead(letter["id"])
    assert queue.import_dead(letter, job_id=b"11-" + number) == 1
    assert queue.import_dead(letter, job_id=b"12-" + number) == 0
    assert queue.letters() == [letter]


def test_import_of_garbage_keeps_its_name(queue):
    queue.redis("RPUSH", queue.jobs("event", "u:1"), b"garbage")
    queue.redis("RPUSH", queue.key("event", "ready"), "u:1")
    (name,) = queue.bury_all()
    (letter,) = queue.letters()
    queue.remove_dead(name)
    assert queue.import_dead(letter) == 1
    assert queue.letters() == [letter]


def test_import_into_an_empty_destination(queue):
    queue.enqueue("u:1")
    queue.bury_all()
    (letter,) = queue.letters()
    assert queue.import_dead(letter, to="contact") == 1
    assert queue.stats("contact")["dead_now"] == 1
    assert queue.ledger("contact") == (0, 0)


@pytest.mark.parametrize("name, value", [
    ("died", "x"), ("status", ""), ("attempts", "x"), ("first", "x"),
    ("losses", "x"), ("tries", [["1"]]), ("tries", [[1, "unknown", 2, 3]] * 11)])
def test_import_of_what_is_no_letter_is_refused(queue, name, value):
    queue.enqueue("u:1")
    queue.bury_all()
    (letter,) = queue.letters()
    queue.remove_dead(letter["id"])
    with pytest.raises(RedisError, match="that is no letter"):
        queue.import_dead(dict(letter, **{name: value}))
    assert queue.letters() == []


def test_import_out_of_memory_is_refused_before_any_write(full):
    letter = full.letters()[0]
    full.remove_dead(letter["id"])
    before = everything(full)
    with pytest.raises(RedisError, match="OOM command not allowed"):
        full.import_dead(letter)
    assert everything(full) == before


def test_import_stopped_anywhere_is_repeated(queue):
    def prepare():
        queue.enqueue("u:1")
        queue.bury_all()
        (letter,) = queue.letters()
        queue.remove_dead(letter["id"])
        return letter

    for letter in stopped_runs(queue, "import", prepare, queue.import_dead):
        queue.import_dead(letter)
        assert queue.letters() == [letter]


# -- dead

def test_dead_find_is_bounded_by_bytes(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x" * 1000)
                        for n in range(5)])
    ids = queue.bury_all()
    looked_at, letters = find(queue, 1500, *ids)
    assert (looked_at, [letter["id"] for letter in letters]) == (2, ids[:2])
    looked_at, letters = find(queue, 1 << 20, "0-1", *ids)
    assert (looked_at, len(letters)) == (6, 5)


def find(queue, most_bytes, *ids):
    reply = queue.block("dead", most_bytes, "find", *ids)
    return reply[0], queue.dead("find", *ids, most_bytes=most_bytes)[1]


# -- purge

@pytest.fixture
def everywhere(queue):
    """Jobs in every place: three each in a group that is leased, one that
    waits and one that is ready."""
    for group in ("u:leased", "u:waiting", "u:ready"):
        for body in (b"1", b"2", b"3"):
            queue.enqueue(group, body)
        if group != "u:ready":
            (queue.lease,) = queue.claim().leases
            if group == "u:waiting":
                queue.retry(queue.lease)
            else:
                queue.held = queue.lease
    queue.check_places()
    return queue


def test_purge_takes_all_and_leaves_the_lease(everywhere):
    queue = everywhere
    assert queue.purge() == (9, 0)
    assert queue.purge() == (0, 0)
    stats = queue.stats()
    assert (stats["purged"], stats["pending"]) == (9, 0)
    assert (stats["ready"], stats["waiting"], stats["leased"]) == (0, 0, 1)
    assert queue.ledger() == (0, 0)
    assert queue.finish(queue.held) == 0
    assert queue.stats()["leased"] == 0
    queue.check_places()
    assert queue.ledger() == (0, 0)


def test_purge_lets_the_next_job_of_the_leased_group_wait_for_its_end(
        everywhere):
    queue = everywhere
    queue.purge()
    queue.enqueue("u:leased", b"new")
    assert queue.claim().leases == []
    assert queue.finish(queue.held) == 0
    (lease,) = queue.claim().leases
    assert (lease.body, lease.attempts) == (b"new", 0)
    queue.check_places()


def test_purge_is_bounded_and_says_what_is_left(queue):
    queue.enqueue_many([("u:%04d" % n, "", ["event"], b"x")
                        for n in range(2500)])
    assert queue.purge(limit=10) == (10, 2490)
    assert queue.purge(limit=10_000) == (1000, 1490)
    queue.check_places()
    assert queue.claim(most=1).groups == [b"u:1010"]
    while queue.purge()[1]:
        pass
    assert queue.ledger() == (0, 0)


def test_purge_takes_a_large_group_whole(queue):
    queue.enqueue_many([("u:1", "", ["event"], b"x")] * 5000)
    queue.enqueue("u:2")
    assert queue.purge(limit=10) == (5000, 1)
    queue.check_places()


def test_purge_drops_what_has_no_place(queue):
    queue.redis("RPUSH", queue.key("event", "ready"), "u:gone")
    queue.redis("ZADD", queue.key("event", "heads"), 1, "u:gone2")
    assert queue.purge() == (0, 0)
    assert queue.stats()["ready"] == 0


def test_purge_works_out_of_memory(everywhere):
    everywhere.redis("CONFIG", "SET", "maxmemory", 1)
    assert everywhere.purge() == (9, 0)
    assert everywhere.ledger() == (0, 0)


def test_purge_of_another_destination_touches_none(everywhere):
    assert everywhere.purge(to="contact") == (0, 0)
    everywhere.check_places()


def place_jobs(queue):
    queue.enqueue("u:waiting", b"1")
    queue.retry(queue.claim().leases[0])
    for body in (b"1", b"2"):
        queue.enqueue("u:1", body)
        queue.enqueue("u:2", body)


def test_purge_stopped_anywhere_is_repeated(queue):
    for _ in stopped_runs(queue, "purge", lambda: place_jobs(queue),
                          lambda _: queue.purge()):
        queue.purge()
        assert queue.redis("KEYS", "*:jobs:*") == []
        stats = queue.stats()
        assert (stats["ready"], stats["waiting"], stats["oldest"]) == (0, 0, -1)
        assert queue.ledger() == (0, 0)


def test_purge_frees_what_waited_for_it(queue):
    queue.enqueue_many([("u:1", "", ["event"], b"first")])
    queue.enqueue_many([("u:1", "", ["contact"], b"second")])
    assert queue.claim("contact", after=["event"],
                       after_limit=Queue.DAY).leases == []
    assert queue.stats("contact")["waiting"] == 1
    queue.purge(dependents=["contact"])
    assert queue.redis("LLEN", queue.key("contact", "wake")) == 1
    queue.check_places("contact")
    assert queue.claim("contact", after=["event"],
                       after_limit=Queue.DAY).bodies == [b"second"]


# -- forget

@pytest.mark.parametrize("group", ["u:leased", "u:waiting", "u:ready"])
def test_forget_takes_one_group_wherever_it_is(everywhere, group):
    queue = everywhere
    assert queue.forget(group) == 3
    assert queue.forget(group) == 0
    stats = queue.stats()
    assert (stats["forgotten"], stats["pending"]) == (3, 6)
    assert queue.redis("EXISTS", queue.jobs("event", group)) == 0
    if group == "u:leased":
        assert queue.finish(queue.held) == 0
    else:
        assert queue.finish(queue.held) == 1
    queue.check_places()
    assert queue.ledger() == (0, 0)


def test_forget_then_a_new_job_goes_as_usual(everywhere):
    queue = everywhere
    for group in ("u:leased", "u:waiting", "u:ready"):
        queue.forget(group)
        queue.enqueue(group, b"new")
    assert sorted(queue.claim().groups) == [b"u:ready", b"u:waiting"]
    queue.finish(queue.held)
    assert queue.claim().groups == [b"u:leased"]
    queue.check_places()


def test_forget_takes_also_jobs_that_are_groups_of_their_own(queue):
    for n in range(3):
        queue.enqueue("u:1", b"%d" % n, order="none")
        queue.enqueue("u:12", b"%d" % n, order="none")
    assert queue.forget("u:1") == 3
    assert queue.stats()["pending"] == 3
    claimed = queue.claim()
    assert sorted(group.partition(b"~")[0]
                  for group in claimed.groups) == [b"u:12"] * 3
    queue.check_places()


def test_forget_leaves_others_whose_name_looks_alike(queue):
    queue.enqueue("u:1~00000000000000ff")
    queue.enqueue("u:1~")
    assert queue.forget("u:1") == 0
    assert queue.stats()["pending"] == 2


def test_forget_looks_through_many_groups_in_pieces(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                        for n in range(5000)])
    queue.enqueue("u:7", order="none")
    assert queue.forget("u:7") == 2
    assert queue.ledger() == (0, 0)


def test_forget_takes_what_is_remembered_of_the_last_body(queue):
    for slot in range(2):
        queue.redis("HSET", queue.key("event", "sent:%d" % slot),
                    "u:1", "x", "u:2", "y")
    queue.forget("u:1")
    for slot in range(2):
        assert queue.redis("HKEYS", queue.key(
            "event", "sent:%d" % slot)) == [b"u:2"]


def test_forget_works_out_of_memory(everywhere):
    everywhere.redis("CONFIG", "SET", "maxmemory", 1)
    assert everywhere.forget("u:waiting") == 3
    assert everywhere.ledger() == (0, 0)


def test_forget_leaves_a_place_far_back_and_claim_drops_it(queue):
    ready = queue.key("event", "ready")
    for n in range(0, 11_000, 1000):
        queue.redis("RPUSH", ready, *["u:no%d" % i for i in range(n, n + 1000)])
    queue.enqueue("u:1", b"old")
    assert queue.forget("u:1") == 1
    assert queue.redis("LLEN", ready) == 11_001
    queue.enqueue("u:1", b"new")
    bodies = []
    while True:
        claimed = queue.claim()
        bodies += claimed.bodies
        if not claimed.has_more:
            break
    assert bodies == [b"new"]
    queue.check_places()


def test_forget_stopped_anywhere_is_repeated(queue):
    for group in (b"u:1", b"u:waiting"):
        for _ in stopped_runs(queue, "forget", lambda: place_jobs(queue),
                              lambda _, group=group: queue.forget(group)):
            queue.forget(group)
            assert queue.redis("EXISTS", queue.jobs("event", group)) == 0
            ready = queue.redis("LRANGE", queue.key("event", "ready"), 0, -1)
            assert group not in ready
            assert queue.ledger() == (0, 0)
            assert len(queue.claim().leases) == 2 - (group == b"u:1")


def test_forget_frees_what_waited_for_it(queue):
    queue.enqueue("u:1", b"first", to="event")
    queue.enqueue("u:1", b"second", to="contact")
    assert queue.claim("contact", after=["event"],
                       after_limit=Queue.DAY).leases == []
    queue.forget("u:1", dependents=["contact"])
    assert queue.claim("contact", after=["event"],
                       after_limit=Queue.DAY).bodies == [b"second"]


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


def test_history_shows_the_newest_first(queue):
    ids = done(queue, "u:1", "u:2", "u:3")
    over, jobs = queue.history()
    assert (over, [job[0] for job in jobs]) == (0, ids[::-1])
    assert jobs[0][1:] == [Queue.START + 20, Queue.START + 30, b"delivered",
                           200, 5, 0]


def test_history_goes_on_where_it_ended(queue):
    ids = done(queue, *["u:1"] * 5)
    over, jobs = queue.history(limit=2)
    assert (over, [job[0] for job in jobs]) == (2, [ids[4], ids[3]])
    over, jobs = queue.history(limit=3, over=over)
    assert [job[0] for job in jobs] == [ids[2], ids[1], ids[0]]
    assert queue.history(limit=3, over=over)[1] == []


def test_history_finds_one_id_in_pieces(queue):
    (oldest,) = done(queue, "u:old")
    record = queue.redis("LINDEX", queue.key("event", "history"), 0)
    for _ in range(5):
        queue.redis("LPUSH", queue.key("event", "history"), *[b"\xc1"] * 1000)
    found, over, calls = [], 0, 0
    while True:
        over, jobs = queue.history(oldest, over=over)
        found += jobs
        calls += 1
        if over == 0:
            break
    assert ([job[0] for job in found], calls) == ([oldest], 3)
    assert record
    assert queue.history("0-1")[1] == []


def test_history_of_a_part_of_an_id_is_not_it(queue):
    (whole,) = done(queue, "u:1")
    assert queue.history(whole[:-1])[1] == []


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


def test_find_job_looks_through_many_in_pieces(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                        for n in range(3000)])
    queue.enqueue_many([("u:big", "", ["event"], b"x")] * 5000)
    last = queue.enqueue("u:big", b"it")
    queue.pass_time(1)
    first_after = queue.enqueue("u:after", b"it")
    for wanted in (last, first_after):
        assert queue.find_job(wanted)["element"].endswith(b"it")


def test_find_job_of_large_jobs_stops_by_bytes(queue):
    queue.enqueue_many([("u:1", "", ["event"], b"x" * 100_000)
                        for _ in range(100)])
    wanted = queue.enqueue("u:1")
    assert queue.block("find_job", wanted, "", "", 0)[0] == b"more"
    assert queue.find_job(wanted)["ahead"] == 100


def test_find_job_goes_on_when_its_group_has_moved(queue):
    queue.enqueue_many([("u:1", "", ["event"], b"x")] * 2500)
    wanted = queue.enqueue("u:1")
    _, *place = queue.block("find_job", wanted, "", "", 0)
    queue.pass_time(5)
    queue.finish(queue.claim().leases[0])
    assert queue.block("find_job", wanted, *place)[0] == b"behind"
    queue.forget("u:1")
    assert queue.block("find_job", wanted, *place)[0] == b"no"


def test_find_job_goes_past_much_garbage(queue):
    queue.enqueue("u:1")
    queue.redis("RPUSH", queue.jobs("event", "u:1"),
                *[b"garbage%d" % n + b"x" * 100_000 for n in range(100)])
    wanted = queue.enqueue("u:1")
    assert queue.find_job(wanted)["ahead"] == 101


def test_find_job_finds_garbage_by_its_digest(queue):
    queue.redis("RPUSH", queue.jobs("event", "u:1"), b"garbage")
    queue.redis("RPUSH", queue.key("event", "ready"), "u:1")
    queue.redis("ZADD", queue.key("event", "heads"), 5, "u:1")
    name = queue.claim().leases[0].id
    assert queue.find_job(name)["element"] == b"garbage"


# -- audit

def test_audit_of_a_sound_queue_changes_nothing(everywhere):
    before = everything(everywhere)
    assert everywhere.audit_all() == (3, 0, 9)
    assert everywhere.audit()["pending"] == 9
    assert everything(everywhere) == before


def test_audit_makes_ready_what_no_claim_would_find(everywhere):
    queue = everywhere
    queue.redis("DEL", queue.key("event", "ready"))
    queue.redis("DEL", queue.key("event", "wake"))
    assert queue.claim().leases == []
    assert queue.audit_all() == (3, 1, 9)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    queue.check_places()
    assert queue.claim().groups == [b"u:ready"]
    assert queue.audit_all() == (3, 0, 9)


def test_audit_finds_what_is_lost_from_each_set(everywhere):
    queue = everywhere
    queue.redis("ZREM", queue.key("event", "waiting"), "u:waiting")
    queue.redis("ZREM", queue.key("event", "leased"), "u:leased")
    queue.redis("HDEL", queue.key("event", "tokens"), "u:leased")
    assert queue.audit_all() == (3, 2, 9)
    queue.check_places()


def test_audit_drops_a_group_without_a_job(queue):
    queue.redis("ZADD", queue.key("event", "heads"), 1, "u:gone")
    assert queue.audit_all() == (1, 0, 0)
    assert queue.redis("EXISTS", queue.key("event", "heads")) == 0


def test_audit_counts_what_pending_is_off_by(everywhere):
    everywhere.redis("HINCRBY", everywhere.key("event", "counts"), "pending",
                     5)
    piece = everywhere.audit()
    assert (piece["pending"], piece["jobs"]) == (14, 9)


def test_audit_of_many_groups_goes_in_pieces(queue):
    queue.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                        for n in range(2500)])
    first = queue.audit()
    assert (first["groups"], first["jobs"]) == (1000, 1000)
    assert queue.audit_all() == (2500, 0, 2500)


def test_audit_tells_when_jobs_came_or_went(everywhere):
    queue = everywhere
    prints = [queue.audit()["print"]]
    queue.enqueue("u:new")
    prints.append(queue.audit()["print"])
    queue.finish(queue.held)
    prints.append(queue.audit()["print"])
    queue.purge(limit=1)
    prints.append(queue.audit()["print"])
    assert len(set(prints)) == 4
    assert queue.audit()["print"] == prints[-1]


def test_audit_searches_a_long_list_for_few(queue):
    """Those that are not in the front of ready are searched for one by one:
    some in each call, all of them in the end."""
    for first in range(0, 60_000, 1000):
        queue.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                            for n in range(first, first + 1000)])
        queue.pass_time(1)
    ready = queue.key("event", "ready")
    queue.redis("LREM", ready, 1, "u:5")
    for n in range(3):  # the oldest go to the end
        queue.redis("LREM", ready, 1, "u:%d" % n)
        queue.redis("RPUSH", ready, "u:%d" % n)
    place, requeued, calls = ("", ""), 0, 0
    while not requeued:
        piece = queue.audit(*place)
        assert piece["groups"] >= 1
        place, requeued = piece["next"], piece["requeued"]
        calls += 1
    assert calls == 4
    assert queue.redis("LINDEX", ready, -1) == b"u:5"


def test_audit_works_out_of_memory(everywhere):
    queue = everywhere
    queue.redis("DEL", queue.key("event", "ready"))
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    assert queue.audit_all() == (3, 1, 9)
    queue.redis("CONFIG", "SET", "maxmemory", 0)
    queue.check_places()


def test_audit_stopped_anywhere_is_repeated(queue):
    def prepare():
        place_jobs(queue)
        queue.redis("DEL", queue.key("event", "ready"))
        queue.redis("ZADD", queue.key("event", "heads"), 1, "u:gone")

    for _ in stopped_runs(queue, "audit", prepare, lambda _: queue.audit()):
        queue.audit()
        queue.check_places()
