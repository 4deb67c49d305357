"""Removing and importing dead letters, and reading them by id, through a real
Redis."""

import pytest

from queue_scripts import RedisError
from queue_stops import stopped_runs


@pytest.fixture
def full(operator):
    """Two dead letters, and no memory left."""
    operator.enqueue_many([("u:1", "", ["event"], b"1"),
                           ("u:2", "", ["event"], b"2")])
    operator.ids = operator.bury_all()
    operator.redis("CONFIG", "SET", "maxmemory", 1)
    return operator


# -- remove_dead

@pytest.mark.parametrize("word", ["dead_purged", "dead_forgotten"])
def test_remove_dead_counts_what_was_there(operator, word):
    operator.enqueue_many([("u:%d" % n, "", ["event"], b"x") for n in range(3)])
    ids = operator.bury_all()
    assert operator.remove_dead(ids[0], ids[0], ids[2], "0-1", "?x",
                             word=word) == 2
    assert operator.remove_dead(*ids[:1], word=word) == 0
    assert operator.remove_dead(word=word) == 0
    assert [letter["id"] for letter in operator.letters()] == [ids[1]]
    assert operator.stats()[word] == 2
    assert operator.ledger() == (0, 0)


def test_remove_dead_of_the_last_leaves_no_key(operator):
    operator.enqueue("u:1")
    operator.remove_dead(*operator.bury_all())
    assert operator.redis("KEYS", "*:dead*") == []


def test_remove_dead_of_too_many_or_under_no_word_is_refused(operator):
    with pytest.raises(RedisError, match="more than 1000"):
        operator.remove_dead(*["0-%d" % n for n in range(1001)])
    with pytest.raises(RedisError, match="no word of the ledger"):
        operator.remove_dead("0-1", word="delivered")


def test_remove_dead_of_a_thousand_in_one_call(operator):
    operator.enqueue_many([("u:%d" % n, "", ["event"], b"")
                        for n in range(1000)])
    ids = []
    for lease in operator.claim(most=1000).leases:
        ids.append(lease.id)
        operator.bury(lease)
    assert operator.remove_dead(*ids) == 1000
    assert operator.ledger() == (0, 0)


def test_remove_dead_works_out_of_memory(full):
    assert full.remove_dead(*full.ids) == 2
    assert full.ledger() == (0, 0)


def test_remove_dead_stopped_anywhere_is_repeated(operator):
    def prepare():
        operator.enqueue("u:1", b"1")
        operator.enqueue("u:2", b"2")
        return operator.bury_all()

    for ids in stopped_runs(operator, "remove_dead", prepare,
                            lambda ids: operator.remove_dead(*ids)):
        operator.remove_dead(*ids)
        assert operator.letters() == []
        assert operator.redis("KEYS", "*:dead*") == []


# -- import

def test_import_brings_back_what_was_exported(operator):
    operator.enqueue("u:1", b"body \0\xff")
    for n in range(12):
        operator.retry(operator.claim().leases[0], delay=0, started=100 + n)
    lease = operator.claim().leases[0]
    operator.bury(lease, note=b"no \x00 good")
    (letter,) = operator.letters()
    letter["body"], letter["template"] = b"{}\n", b"event"
    operator.remove_dead(letter["id"])
    assert operator.import_dead(letter) == 1
    assert operator.letters() == [letter]
    stats = operator.stats()
    assert (stats["imported"], stats["dead_now"]) == (1, 1)
    assert operator.ledger() == (0, 0)
    assert operator.replay(letter["id"]) == 1
    assert operator.claim().leases[0].body == b"body \0\xff"
    operator.check_places()


def test_import_twice_keeps_the_first(operator):
    operator.enqueue("u:1")
    operator.bury_all()
    (letter,) = operator.letters()
    assert operator.import_dead(dict(letter, note=b"other")) == 0
    assert operator.letters() == [letter]
    operator.remove_dead(letter["id"])
    assert operator.import_dead(letter) == 1
    assert operator.import_dead(letter) == 0  # as after a lost reply
    assert operator.stats()["imported"] == 1
    assert operator.ledger() == (0, 0)


def test_import_from_another_shard_gets_an_id_of_this_one(operator):
    operator.enqueue("u:1")
    operator.bury_all()
    (letter,) = operator.letters()
    number = letter["id"].partition(b"-")[2]
    operator.remove_dead(letter["id"])
    assert operator.import_dead(letter, job_id=b"11-" + number) == 1
    assert operator.import_dead(letter, job_id=b"12-" + number) == 0
    assert operator.letters() == [letter]


def test_import_of_garbage_keeps_its_name(operator):
    operator.redis("RPUSH", operator.jobs("event", "u:1"), b"garbage")
    operator.redis("RPUSH", operator.key("event", "ready"), "u:1")
    (name,) = operator.bury_all()
    (letter,) = operator.letters()
    operator.remove_dead(name)
    assert operator.import_dead(letter) == 1
    assert operator.letters() == [letter]


def test_import_into_an_empty_destination(operator):
    operator.enqueue("u:1")
    operator.bury_all()
    (letter,) = operator.letters()
    assert operator.import_dead(letter, to="contact") == 1
    assert operator.stats("contact")["dead_now"] == 1
    assert operator.ledger("contact") == (0, 0)


@pytest.mark.parametrize("name, value", [
    ("died", "x"), ("status", ""), ("attempts", "x"), ("first", "x"),
    ("losses", "x"), ("tries", [["1"]]), ("tries", [[1, "unknown", 2, 3]] * 11)])
def test_import_of_what_is_no_letter_is_refused(operator, name, value):
    operator.enqueue("u:1")
    operator.bury_all()
    (letter,) = operator.letters()
    operator.remove_dead(letter["id"])
    with pytest.raises(RedisError, match="that is no letter"):
        operator.import_dead(dict(letter, **{name: value}))
    assert operator.letters() == []


def test_import_out_of_memory_is_refused_before_any_write(full):
    letter = full.letters()[0]
    full.remove_dead(letter["id"])
    before = full.everything()
    with pytest.raises(RedisError, match="OOM command not allowed"):
        full.import_dead(letter)
    assert full.everything() == before


def test_import_stopped_anywhere_is_repeated(operator):
    def prepare():
        operator.enqueue("u:1")
        operator.bury_all()
        (letter,) = operator.letters()
        operator.remove_dead(letter["id"])
        return letter

    for letter in stopped_runs(operator, "import", prepare, operator.import_dead):
        operator.import_dead(letter)
        assert operator.letters() == [letter]


# -- dead

def test_dead_find_is_bounded_by_bytes(operator):
    operator.enqueue_many([("u:%d" % n, "", ["event"], b"x" * 1000)
                        for n in range(5)])
    ids = operator.bury_all()
    looked_at, letters = find(operator, 1500, *ids)
    assert (looked_at, [letter["id"] for letter in letters]) == (2, ids[:2])
    looked_at, letters = find(operator, 1 << 20, "0-1", *ids)
    assert (looked_at, len(letters)) == (6, 5)


def find(queue, most_bytes, *ids):
    reply = queue.block("dead", most_bytes, "find", *ids)
    return reply[0], queue.dead("find", *ids, most_bytes=most_bytes)[1]
