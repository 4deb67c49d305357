"""Jobs that wait for earlier ones of their user in other destinations."""

import pytest

from queue_scripts import Queue

LIMIT = 600_000


@pytest.fixture
def chain(queue):
    """event is after device and contact; contact is after device."""
    queue.open("device", "contact", "event")
    queue.configure("contact", after=["device"], after_limit=LIMIT)
    queue.configure("event", after=["device", "contact"], after_limit=LIMIT)
    return queue


def everywhere(queue, group, body):
    return queue.enqueue_many(
        [(group, "", ["device", "contact", "event"], body)])


def deliver(queue, to):
    for lease in queue.claim(to).leases:
        assert queue.finish(lease, to=to) == 1


def check_all(queue):
    for name in ("device", "contact", "event"):
        queue.check_places(name)


def test_after_goes_from_one_to_the_next(chain):
    everywhere(chain, "u:1", b"1")
    for blocked in ("event", "contact"):
        claimed = chain.claim(blocked)
        assert (claimed.leases, claimed.has_more) == ([], 0)
        assert claimed.next_ms == LIMIT
        assert chain.stats(blocked)["waiting"] == 1
    check_all(chain)
    deliver(chain, "device")
    assert chain.redis("LLEN", chain.key("contact", "ready")) == 1
    assert chain.redis("LLEN", chain.key("contact", "wake")) == 1
    # It waits for the contact, too: its claim sees to that.
    assert chain.claim("event").leases == []
    deliver(chain, "contact")
    assert chain.claim("event").bodies == [b"1"]
    check_all(chain)


def test_after_does_not_wait_for_what_was_accepted_later(chain):
    chain.enqueue("u:1", b"first", to="event")
    everywhere(chain, "u:1", b"1")
    lease = chain.claim_one("event")
    assert lease.body == b"first"
    chain.finish(lease, to="event")
    assert chain.claim("event").leases == []
    deliver(chain, "device")
    chain.enqueue("u:1", to="device")
    deliver(chain, "contact")
    assert chain.claim("event").bodies == [b"1"]


def test_after_waits_for_no_other_user(chain):
    chain.enqueue("u:other", to="device")
    chain.enqueue("u:1", to="event")
    assert chain.claim("event").groups == [b"u:1"]


@pytest.mark.parametrize("settle", ["pop", "bury"])
def test_after_is_freed_by_the_first_head_that_is_later(chain, settle):
    chain.enqueue("u:1", b"1", to="device")
    chain.enqueue("u:1", b"2", to="device")
    chain.enqueue("u:1", b"e", to="event")
    chain.enqueue("u:1", b"3", to="device")
    for _ in range(2):
        assert chain.claim("event").leases == []
        assert chain.redis("LLEN", chain.key("event", "ready")) == 0
        chain.finish(chain.claim_one("device"), settle, "skipped", to="device")
    assert chain.redis("LLEN", chain.key("event", "ready")) == 1
    assert chain.claim("event").bodies == [b"e"]


@pytest.mark.parametrize("settle", ["retry", "requeue", "release"])
def test_after_waits_while_the_first_is_tried_again(chain, settle):
    everywhere(chain, "u:1", b"1")
    chain.claim("contact")
    chain.finish(chain.claim_one("device"), settle, "server_error",
                 to="device", delay=10)
    assert chain.claim("contact").leases == []
    assert chain.redis("LLEN", chain.key("contact", "ready")) == 0


def test_after_waits_no_longer_than_its_limit(chain):
    everywhere(chain, "u:1", b"1")
    chain.pass_time(LIMIT - 1)
    claimed = chain.claim("contact")
    assert (claimed.leases, claimed.next_ms) == ([], 1)
    chain.pass_time(1)
    assert chain.claim("contact").bodies == [b"1"]
    check_all(chain)


def test_after_limit_passed_in_ready_goes_at_once(chain):
    everywhere(chain, "u:1", b"1")
    chain.pass_time(LIMIT)
    assert chain.claim("event").bodies == [b"1"]


def test_after_limit_is_longer_than_any_retry(chain):
    """It is no retry that a clock has put too far off."""
    everywhere(chain, "u:1", b"1")
    for _ in range(3):
        claimed = chain.claim("contact", retry_limit=1000)
        assert (claimed.leases, claimed.next_ms) == ([], LIMIT)
        assert claimed.has_more == 0


@pytest.mark.parametrize("jump", [1000, LIMIT, 100 * LIMIT])
def test_after_when_the_clock_goes_back_waits_and_does_not_spin(chain, jump):
    everywhere(chain, "u:1", b"1")
    chain.claim("contact")
    chain.pass_time(-jump)
    for _ in range(3):
        claimed = chain.claim("contact", retry_limit=1000)
        assert (claimed.leases, claimed.has_more) == ([], 0)
        assert LIMIT <= claimed.next_ms <= LIMIT + 1000
    deliver(chain, "device")
    assert chain.claim("contact").bodies == [b"1"]


def test_after_a_retry_waits_for_its_own_time_alone(chain):
    everywhere(chain, "u:1", b"1")
    chain.pass_time(LIMIT)
    chain.retry(chain.claim_one("contact"), to="contact", delay=1000)
    deliver(chain, "device")
    assert chain.claim("contact").leases == []
    chain.pass_time(1000)
    assert chain.claim("contact").bodies == [b"1"]


def test_after_of_garbage_neither_waits_nor_is_waited_for(chain):
    chain.redis("RPUSH", chain.jobs("device", "u:1"), b"garbage")
    everywhere(chain, "u:1", b"1")
    assert chain.claim("contact").bodies == [b"1"]
    chain.enqueue("u:2", b"2", to="device")
    chain.redis("RPUSH", chain.jobs("contact", "u:2"), b"garbage")
    chain.redis("RPUSH", chain.key("contact", "ready"), "u:2")
    assert chain.claim("contact").leases[0].element == b"garbage"


def test_after_superseded_waits_for_what_its_own_webhook_brought(chain):
    chain.configure("contact", order="latest")
    chain.enqueue_many([("u:1", "", ["device", "contact"], b"1")])
    chain.enqueue_many([("u:1", "", ["device", "contact"], b"2")])
    assert chain.claim("contact").leases == []
    for body in (b"1", b"2"):
        assert chain.claim("contact").leases == []
        lease = chain.claim_one("device")
        assert lease.body == body
        chain.finish(lease, to="device")
    assert chain.claim("contact").bodies == [b"2"]


def test_after_superseded_again_and_again_goes_in_time(chain):
    """Else a user who comes more often than after_limit would never go."""
    chain.configure("contact", order="latest")
    for n in range(4):
        chain.enqueue_many([("u:1", "", ["device", "contact"], b"%d" % n)])
        assert chain.claim("contact").leases == []
        chain.pass_time(LIMIT // 4)
    assert chain.claim("contact").bodies == [b"3"]


def test_after_does_not_wait_for_what_superseded_the_first(chain):
    chain.configure("device", order="latest")
    chain.enqueue_many([("u:1", "", ["device", "contact"], b"1")])
    chain.enqueue("u:1", b"2", to="device")
    assert chain.claim("contact").bodies == [b"1"]


def test_after_blocked_groups_do_not_hide_others(chain):
    for n in range(250):
        everywhere(chain, "u:%d" % n, b"")
    chain.enqueue("u:free", to="contact")
    assert chain.claim("contact", most=10).groups == [b"u:free"]
    assert chain.stats("contact")["waiting"] == 250
    deliver(chain, "device")
    assert len(chain.claim("contact", most=500).leases) == 100
    check_all(chain)


def test_after_many_are_freed_by_one_finish(chain):
    for n in range(1500):
        everywhere(chain, "u:%d" % n, b"")
    leases = chain.claim("device", most=2000).leases
    while chain.claim("contact", most=10).has_more:
        pass
    assert chain.stats("contact")["waiting"] == 1500
    assert chain.finish_many([chain.item(lease, "pop", "delivered")
                              for lease in leases], "device") == [1] * 1500
    assert chain.stats("contact")["ready"] == 1500
    check_all(chain)


def test_after_one_that_is_leased_is_not_freed_twice(chain):
    everywhere(chain, "u:1", b"1")
    chain.pass_time(LIMIT)
    lease = chain.claim_one("contact")
    deliver(chain, "device")
    assert chain.redis("LLEN", chain.key("contact", "ready")) == 0
    assert chain.finish(lease, to="contact") == 1
    check_all(chain)
