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
                 lambda: queue.import_dead(letter)):
        with pytest.raises(RedisError, match="^RELAYEMPTY"):
            verb()
    assert everything(queue) == before


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
