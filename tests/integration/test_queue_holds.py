"""Holds, through a real Redis and a clock that the tests set."""

import pytest

from queue_flow import HOLD, PROBE_EVERY
from queue_scripts import BLOCK, Queue, RedisError
from queue_stops import stopped_runs

REASONS = ["throttled", "failing", "unauthorized", "burning", "full", "paused"]
UNPROBED = ["full", "paused"]


# -- holds

def test_without_a_hold_all_is_open(flow):
    answer, wait, state = flow.admit()
    assert (answer, wait) == ("open", 0)
    assert (state["reason"], state["epoch"], state["accepted"]) == ("none", 0,
                                                                    0)
    assert flow.redis("EXISTS", HOLD) == 0


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_holds_and_is_resumed_by_hand(flow, reason):
    is_new, state = flow.hold(reason, span=5000, note="why \u0436")
    assert is_new
    assert (state["reason"], state["epoch"], state["streak"]) == (reason, 1, 1)
    assert state["since"] == Queue.START
    assert state["note"] == "why \u0436".encode()
    assert (state["probe"], state["until"]) == (
        (0, Queue.START + 5000) if reason in UNPROBED
        else (Queue.START + 5000, 0))
    answer, wait, seen = flow.admit()
    assert (answer, wait, seen) == ("hold", 5000, state)
    assert flow.hold_state() == state
    flow.pass_time(100)
    was_ended, state = flow.resume()
    assert was_ended
    assert (state["reason"], state["epoch"], state["accepted"]) == ("none", 1,
                                                                    0)
    assert flow.admit()[0] == "open"
    assert flow.resume()[0] is False


@pytest.mark.parametrize("reason", UNPROBED)
def test_a_hold_without_an_end_stays_until_it_is_resumed(flow, reason):
    flow.hold(reason, span=0)
    flow.pass_time(400 * Queue.DAY)
    assert flow.admit()[:2] == ("hold", -1)
    assert flow.redis("PTTL", HOLD) == -1


@pytest.mark.parametrize("reason", UNPROBED)
def test_a_hold_with_an_end_ends_by_itself(flow, reason):
    flow.hold(reason, span=5000)
    flow.pass_time(4999)
    assert flow.admit()[:2] == ("hold", 1)
    flow.pass_time(1)
    assert flow.hold_state()["reason"] == "none"
    assert flow.admit()[0] == "open"
    assert flow.redis("PTTL", HOLD) > 0


@pytest.mark.parametrize("reason", [r for r in REASONS if r not in UNPROBED])
def test_one_asker_gets_the_probe_when_it_is_time(flow, reason):
    flow.hold(reason, span=5000)
    flow.pass_time(4999)
    assert flow.admit()[:2] == ("hold", 1)
    flow.pass_time(1)
    assert flow.admit()[0] == "probe"
    assert flow.admit()[:2] == ("hold", PROBE_EVERY)


def test_a_dispatcher_that_dies_with_its_probe_costs_one_probe_every(flow):
    flow.hold("unauthorized", span=5000)
    flow.pass_time(5000)
    assert flow.admit()[0] == "probe"
    flow.pass_time(PROBE_EVERY - 1)
    assert flow.admit()[:2] == ("hold", 1)
    flow.pass_time(1)
    assert flow.admit()[0] == "probe"


def test_a_probe_given_back_is_the_next_asker_s(flow):
    flow.hold("failing", span=5000)
    flow.pass_time(5000)
    epoch = flow.admit()[2]["epoch"]
    assert flow.unprobe(epoch) == 1
    assert flow.unprobe(epoch) == 1  # as after a lost reply
    assert flow.admit()[0] == "probe"


def test_a_probe_given_back_late_does_not_touch_another_hold(flow):
    assert flow.unprobe(0) == 0
    flow.hold("failing", span=5000)
    flow.hold("failing", span=9000)
    assert flow.unprobe(1) == 0
    assert flow.admit()[:2] == ("hold", 9000)
    flow.hold("paused", epoch=-1, span=0)
    assert flow.unprobe(3) == 0


def test_a_probe_that_is_taken_ends_the_hold(flow):
    flow.hold("unauthorized")
    flow.pass_time(1000)
    epoch = flow.admit()[2]["epoch"]
    flow.pass_time(50)
    was_ended, state = flow.resume(epoch)
    assert was_ended
    assert state["accepted"] == Queue.START + 1050
    assert flow.resume(epoch) == (False, state)  # as after a lost reply
    assert flow.admit()[0] == "open"


def test_a_probe_of_an_earlier_hold_ends_no_later_one(flow):
    flow.hold("throttled", span=10)
    flow.pass_time(10)
    epoch = flow.admit()[2]["epoch"]
    flow.hold("throttled", span=10)
    assert flow.resume(epoch)[0] is False
    assert flow.hold_state()["reason"] == "throttled"


def test_of_all_that_met_one_trouble_one_counts(flow):
    assert flow.hold("throttled", epoch=0)[0] is True
    flow.pass_time(1)
    for _ in range(5):
        is_new, state = flow.hold("throttled", epoch=0)
        assert not is_new
        assert (state["epoch"], state["streak"]) == (1, 1)
        assert state["probe"] == Queue.START + 1000


def test_a_probe_that_meets_the_same_again_raises_the_streak(flow):
    flow.hold("throttled")
    for streak in (2, 3, 4):
        flow.pass_time(1000)
        assert flow.admit()[0] == "probe"
        is_new, state = flow.hold("throttled")
        assert not is_new
        assert (state["epoch"], state["streak"]) == (streak, streak)
        assert state["since"] == Queue.START
        assert state["probe"] == flow.clock + 1000


@pytest.mark.parametrize("quiet, streak", [(0, 2), (1000, 2), (1001, 1)])
def test_a_streak_goes_on_unless_there_was_a_quiet_time(flow, quiet, streak):
    flow.hold("failing")
    flow.resume()
    flow.pass_time(quiet)
    # Who asks must know: the next hold's length is made of it.
    assert flow.admit()[2]["streak"] == streak - 1
    is_new, state = flow.hold("failing")
    assert is_new
    assert (state["streak"], state["since"]) == (streak, flow.clock)


def test_a_streak_is_of_one_reason(flow):
    flow.hold("failing")
    flow.resume()
    assert flow.hold("throttled")[1]["streak"] == 1


@pytest.mark.parametrize("first", REASONS)
@pytest.mark.parametrize("second", REASONS)
def test_no_reason_is_replaced_by_a_weaker_one(flow, first, second):
    flow.hold(first, span=5000)
    before = flow.hold_state()
    is_new, state = flow.hold(second, span=9000)
    if REASONS.index(second) < REASONS.index(first):
        assert (is_new, state) == (False, before)
    else:
        assert is_new == (first != second)
        assert (state["reason"], state["epoch"]) == (second, 2)


@pytest.mark.parametrize("first", REASONS)
def test_an_operator_is_always_obeyed(flow, first):
    flow.hold(first)
    is_new, state = flow.hold("paused", epoch=-1, span=0)
    assert is_new == (first != "paused")
    assert (state["reason"], state["epoch"]) == ("paused", 2)
    # Also whoever had the probe cannot end it.
    assert flow.resume(1)[0] is False


def test_an_operator_s_repeat_changes_only_the_epoch(flow):
    _, first = flow.hold("paused", epoch=-1, span=0, note="n")
    is_new, state = flow.hold("paused", epoch=-1, span=0, note="n")
    assert not is_new
    for name in ("reason", "since", "until", "note"):
        assert state[name] == first[name]


def test_what_was_asked_for_lengthens_also_a_later_hold(flow):
    flow.hold("throttled", epoch=0, span=1000)
    is_new, state = flow.hold("throttled", epoch=0, span=7000, is_asked=True)
    assert not is_new
    assert (state["epoch"], state["probe"]) == (1, Queue.START + 7000)
    _, state = flow.hold("throttled", epoch=0, span=2000, is_asked=True)
    assert state["probe"] == Queue.START + 7000
    flow.pass_time(6999)
    assert flow.admit()[:2] == ("hold", 1)


def test_what_was_asked_for_of_an_old_epoch_begins_no_hold(flow):
    flow.hold("throttled")
    flow.resume()
    _, state = flow.hold("throttled", epoch=0, span=7000, is_asked=True)
    assert state["reason"] == "none"
    flow.hold("paused", epoch=-1, span=0)
    _, state = flow.hold("throttled", epoch=0, span=7000, is_asked=True)
    assert (state["reason"], state["probe"]) == ("paused", 0)


def test_resume_of_one_reason_leaves_others(flow):
    flow.hold("paused", epoch=-1)
    assert flow.resume(-1, "full")[0] is False
    flow.resume()
    flow.hold("full")
    assert flow.resume(-1, "full")[0] is True


def test_a_hold_is_forgotten_a_day_after_it_ended(flow):
    flow.hold("throttled")
    assert flow.redis("PTTL", HOLD) == -1
    flow.resume()
    assert Queue.DAY - 60_000 < flow.redis("PTTL", HOLD) <= Queue.DAY
    flow.hold("throttled")
    assert flow.redis("PTTL", HOLD) == -1


def test_a_redis_that_came_back_empty_takes_a_hold_of_any_epoch(flow):
    is_new, state = flow.hold("throttled", epoch=7)
    assert is_new
    assert state["epoch"] == 8


@pytest.mark.parametrize("order", [
    ("none", 0, 1, 0, ""), ("odd", 0, 1, 0, ""), ("paused", "x", 1, 0, ""),
    ("paused", 0, -1, 0, ""), ("paused", 0, "x", 0, ""), ("paused", 0, 1, 0)])
def test_what_is_no_order_is_refused(flow, order):
    with pytest.raises(RedisError, match="that is no order"):
        flow.run("hold", [HOLD], *order)
    assert flow.redis("EXISTS", HOLD) == 0


def test_a_hash_of_garbage_is_no_hold(flow):
    flow.redis("HSET", HOLD, "reason", "odd", "epoch", "x", "probe", "-")
    assert flow.admit()[0] == "open"
    assert flow.hold("failing", epoch=0)[0] is True


# -- clocks that jump

def test_after_the_clock_went_back_a_probe_comes_in_time(flow):
    flow.hold("failing", span=5000)
    flow.pass_time(-Queue.DAY)
    assert flow.admit()[:2] == ("hold", PROBE_EVERY)
    flow.pass_time(PROBE_EVERY)
    assert flow.admit()[0] == "probe"


def test_after_the_clock_went_back_a_long_hold_is_not_cut(flow):
    flow.hold("throttled", span=5 * PROBE_EVERY)
    flow.pass_time(-Queue.DAY)
    assert flow.admit()[:2] == ("hold", 5 * PROBE_EVERY)


def test_after_the_clock_went_back_a_pause_ends_in_time(flow):
    flow.hold("paused", epoch=-1, span=5000)
    flow.pass_time(-Queue.DAY)
    assert flow.admit()[:2] == ("hold", 5000)
    flow.pass_time(5000)
    assert flow.admit()[0] == "open"


def test_after_the_clock_went_back_nothing_was_in_the_future(flow):
    flow.hold("unauthorized")
    flow.resume(1)
    flow.pass_time(-Queue.DAY)
    assert flow.admit()[2]["accepted"] == flow.clock
    assert flow.hold("unauthorized")[1]["streak"] == 2


def test_after_the_clock_went_forth_probes_and_ends_come_early(flow):
    flow.hold("failing", span=5000)
    flow.pass_time(Queue.DAY)
    assert flow.admit()[0] == "probe"
    flow.hold("paused", epoch=-1, span=5000)
    flow.pass_time(Queue.DAY)
    assert flow.admit()[0] == "open"


# -- out of memory

def test_holds_work_out_of_memory(flow):
    flow.hold("throttled")
    flow.pass_time(1000)
    flow.redis("CONFIG", "SET", "maxmemory", 1)
    assert flow.admit()[0] == "probe"
    assert flow.hold("failing", span=0)[0] is True
    flow.redis("CONFIG", "SET", "maxmemory", 0)
    flow.pass_time(1)
    flow.redis("CONFIG", "SET", "maxmemory", 1)
    assert flow.admit()[0] == "probe"
    assert flow.unprobe(2) == 1
    assert flow.resume(2)[0] is True
    assert flow.admit()[0] == "open"


# -- waking

def test_wake_wakes_where_there_is_work(flow):
    keys = flow.keys("event", names=BLOCK)
    wake = flow.key("event", "wake")
    assert flow.run("wake", keys, flow.birth) == 0
    flow.enqueue("u:1")
    for place in ("ready", "leased", "waiting"):
        flow.redis("DEL", wake)
        flow.redis("CONFIG", "SET", "maxmemory", 1)
        assert flow.run("wake", keys, flow.birth) == 1
        flow.redis("CONFIG", "SET", "maxmemory", 0)
        assert flow.redis("LLEN", wake) == 1
        if place == "ready":
            flow.claim()
            assert flow.run("wake", keys, flow.birth) == 0
            flow.pass_time(Queue.LEASE)
        elif place == "leased":
            flow.retry(flow.claim().leases[0], delay=10)
            assert flow.run("wake", keys, flow.birth) == 0
            flow.pass_time(10)


def test_wake_of_a_redis_that_came_back_empty_says_so(flow):
    with pytest.raises(RedisError, match="^RELAYEMPTY"):
        flow.run("wake", flow.keys("event", names=BLOCK), "other")


# -- stopped half-way

def test_hold_stopped_anywhere_is_repeated(flow):
    for _ in stopped_runs(flow, "hold", lambda: None,
                          lambda _: flow.hold("failing", epoch=0)):
        flow.hold("failing", epoch=0)
        state = flow.hold_state()
        assert (state["reason"], state["epoch"]) == ("failing", 1)
        assert flow.admit()[:2] == ("hold", 1000)


def test_resume_stopped_anywhere_is_repeated(flow):
    for _ in stopped_runs(flow, "resume", lambda: flow.hold("failing"),
                          lambda _: flow.resume(1)):
        flow.resume(1)
        assert flow.admit()[0] == "open"
        assert flow.hold_state()["accepted"] == Queue.START


def test_admit_stopped_anywhere_costs_a_probe_at_most(flow):
    def prepare():
        flow.hold("failing")
        flow.pass_time(1000)

    for _ in stopped_runs(flow, "admit", prepare, lambda _: flow.admit()):
        assert flow.admit()[0] in ("probe", "hold")
        flow.pass_time(PROBE_EVERY)
        assert flow.admit()[0] == "probe"
