"""Rate limits and holds, verb by verb, through a real Redis and a clock that
the tests set."""

import random

import pytest

from queue_scripts import BLOCK, Client, Queue, RedisError, Server

PROBE_EVERY = 60_000
SECOND = 1000
HOLD = "{relay:hold:event}"
REASONS = ["throttled", "failing", "unauthorized", "burning", "full", "paused"]
UNPROBED = ["full", "paused"]
STATE = ["reason", "epoch", "streak", "since", "until", "probe", "accepted",
         "note"]


class Flow(Queue):
    """The verbs of flow and holds."""

    def flow(self, rate, asked=0, returned=0, away=0, bucket="event"):
        return self.run("flow", ["{relay:flow:%s}" % bucket], rate, asked,
                        returned, away)

    def admit(self, probe_every=PROBE_EVERY):
        """("open", "probe" or "hold", wait, state)"""
        reply = self.run("admit", [HOLD], probe_every)
        assert reply[0] == int(self.clock)
        return reply[1].decode(), reply[2], self.state(reply[3:])

    @staticmethod
    def state(fields):
        state = dict(zip(STATE, fields))
        state["reason"] = state["reason"].decode()
        return state

    def hold(self, reason, epoch=None, span=1000, is_asked=False, note=""):
        """(is_new, state); under the epoch of now unless another is given."""
        if epoch is None:
            epoch = self.hold_state()["epoch"]
        reply = self.run("hold", [HOLD], reason, epoch, span, int(is_asked),
                         note)
        return reply[0] == 1, self.state(reply[1:])

    def resume(self, epoch=-1, only=""):
        reply = self.run("resume", [HOLD], epoch, only)
        return reply[0] == 1, self.state(reply[1:])

    def unprobe(self, epoch):
        return self.run("unprobe", [HOLD], epoch)

    def hold_state(self):
        return self.state(self.run("hold_state", [HOLD])[1:])


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def queue(server):
    client = Client(server.path)
    client("FLUSHALL")
    queue = Flow(client)
    queue.open("event")
    yield queue
    client("CONFIG", "SET", "maxmemory", 0)
    client.close()


# -- the rate

def most_in_a_second(sent):
    """sent: [(ms, tokens)] in the order of time."""
    most = in_window = first = 0
    for at, tokens in sent:
        in_window += tokens
        while sent[first][0] <= at - SECOND:
            in_window -= sent[first][1]
            first += 1
        most = max(most, in_window)
    return most


RATES = [1, 2, 7, 19, 20, 49, 50, 190, 350, 1000]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", range(3))
def test_no_second_has_more_than_the_rate(queue, rate, seed):
    rng = random.Random(seed)
    sent = []
    for _ in range(600):
        queue.pass_time(rng.choice([0, 0, 1, 2, 7, 40, 400, 1500]))
        taken, wait = queue.flow(rate, rng.choice([1, 2, 5, 50, 5000]))
        sent.append((queue.clock, taken))
        if taken == 0:
            assert 1 <= wait <= SECOND / rate * 2 + 1
            if rng.random() < 0.5:
                queue.pass_time(wait)
                taken, _ = queue.flow(rate, 1)
                assert taken == 1
                sent.append((queue.clock, taken))
    assert most_in_a_second(sent) <= rate


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", range(3))
def test_no_second_has_more_than_the_rate_when_some_is_given_back(
        queue, rate, seed):
    rng = random.Random(seed)
    sent = []  # [when, tokens]
    open_ = []  # places in sent
    for _ in range(600):
        queue.pass_time(rng.choice([0, 0, 1, 3, 10, 25, 60, 300]))
        taken, _ = queue.flow(rate, rng.choice([1, 2, 5, 50, 5000]))
        if taken:
            sent.append([queue.clock, taken])
            open_.append(len(sent) - 1)
        if open_ and rng.random() < 0.6:
            one = sent[open_.pop(rng.randrange(len(open_)))]
            back = rng.choice([1, one[1]])
            queue.flow(rate, 0, back, queue.clock - one[0])
            one[1] -= back
        open_ = open_[-4:]
    assert most_in_a_second([tuple(one) for one in sent]) <= rate


@pytest.mark.parametrize("rate", RATES)
def test_who_asks_all_the_time_gets_nearly_the_rate(queue, rate):
    total = 0
    for _ in range(5 * SECOND):
        queue.pass_time(1)
        total += queue.flow(rate, 5000)[0]
    assert total >= 5 * rate * 0.93 - 1


def test_the_first_ask_of_many_gets_a_small_burst(queue):
    assert queue.flow(200, 5000)[0] == 7
    assert queue.flow(200, 5000)[0] == 0
    assert queue.flow(1, 5000, bucket="slow") == [1, SECOND]


@pytest.mark.parametrize("rate", [50, 200, 350])
def test_tokens_given_back_soon_are_all_there_again(queue, rate):
    burst = queue.flow(rate, 5000)[0]
    for _ in range(3):
        queue.flow(rate, 0, burst, 1)
        assert queue.flow(rate, 5000)[0] == burst


def test_tokens_that_nobody_missed_are_not_given_back(queue):
    burst = queue.flow(200, 5000)[0]
    queue.pass_time(200)
    assert queue.flow(200, 5000)[0] == burst
    queue.flow(200, 0, burst, 200)
    assert queue.flow(200, 5000)[0] == 0


def test_a_bucket_never_holds_more_than_a_burst(queue):
    queue.flow(200, 0, 1000, 0)
    assert queue.flow(200, 5000)[0] == 7


def test_a_bucket_goes_by_itself(queue):
    queue.flow(200, 5000)
    assert 0 < queue.redis("PTTL", "{relay:flow:event}") <= 40


@pytest.mark.parametrize("jump", [-Queue.DAY, -SECOND, -1, 1, SECOND,
                                  Queue.DAY])
def test_after_the_clock_jumped_the_rate_is_kept_from_there(queue, jump):
    for _ in range(20):
        queue.flow(200, 5000)
        queue.pass_time(10)
    queue.pass_time(jump)
    sent = []
    for _ in range(2 * SECOND):
        queue.pass_time(1)
        sent.append((queue.clock, queue.flow(200, 5000)[0]))
    assert 185 <= most_in_a_second(sent) <= 200


def test_a_rate_that_changes_is_kept_at_once(queue):
    queue.flow(1, 1)
    sent = []
    for _ in range(2 * SECOND):
        queue.pass_time(1)
        sent.append((queue.clock, queue.flow(200, 5000)[0]))
    assert 185 <= most_in_a_second(sent) <= 200
    sent = [(queue.clock, queue.flow(2, 5000)[0])]
    for _ in range(2 * SECOND):
        queue.pass_time(1)
        sent.append((queue.clock, queue.flow(2, 5000)[0]))
    assert most_in_a_second(sent[1:]) <= 2


def test_flow_out_of_memory_still_counts(queue):
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    assert queue.flow(200, 5000)[0] == 7
    assert queue.flow(200, 5000)[0] == 0


def test_a_bucket_of_garbage_is_an_empty_one(queue):
    queue.redis("SET", "{relay:flow:event}", "garbage")
    assert queue.flow(200, 5000)[0] == 7


# -- holds

def test_without_a_hold_all_is_open(queue):
    answer, wait, state = queue.admit()
    assert (answer, wait) == ("open", 0)
    assert (state["reason"], state["epoch"], state["accepted"]) == ("none", 0,
                                                                    0)
    assert queue.redis("EXISTS", HOLD) == 0


@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_holds_and_is_resumed_by_hand(queue, reason):
    is_new, state = queue.hold(reason, span=5000, note="why \u0436")
    assert is_new
    assert (state["reason"], state["epoch"], state["streak"]) == (reason, 1, 1)
    assert state["since"] == Queue.START
    assert state["note"] == "why \u0436".encode()
    assert (state["probe"], state["until"]) == (
        (0, Queue.START + 5000) if reason in UNPROBED
        else (Queue.START + 5000, 0))
    answer, wait, seen = queue.admit()
    assert (answer, wait, seen) == ("hold", 5000, state)
    assert queue.hold_state() == state
    queue.pass_time(100)
    was_ended, state = queue.resume()
    assert was_ended
    assert (state["reason"], state["epoch"], state["accepted"]) == ("none", 1,
                                                                    0)
    assert queue.admit()[0] == "open"
    assert queue.resume()[0] is False


@pytest.mark.parametrize("reason", UNPROBED)
def test_a_hold_without_an_end_stays_until_it_is_resumed(queue, reason):
    queue.hold(reason, span=0)
    queue.pass_time(400 * Queue.DAY)
    assert queue.admit()[:2] == ("hold", -1)
    assert queue.redis("PTTL", HOLD) == -1


@pytest.mark.parametrize("reason", UNPROBED)
def test_a_hold_with_an_end_ends_by_itself(queue, reason):
    queue.hold(reason, span=5000)
    queue.pass_time(4999)
    assert queue.admit()[:2] == ("hold", 1)
    queue.pass_time(1)
    assert queue.hold_state()["reason"] == "none"
    assert queue.admit()[0] == "open"
    assert queue.redis("PTTL", HOLD) > 0


@pytest.mark.parametrize("reason", [r for r in REASONS if r not in UNPROBED])
def test_one_asker_gets_the_probe_when_it_is_time(queue, reason):
    queue.hold(reason, span=5000)
    queue.pass_time(4999)
    assert queue.admit()[:2] == ("hold", 1)
    queue.pass_time(1)
    assert queue.admit()[0] == "probe"
    assert queue.admit()[:2] == ("hold", PROBE_EVERY)


def test_a_dispatcher_that_dies_with_its_probe_costs_one_probe_every(queue):
    queue.hold("unauthorized", span=5000)
    queue.pass_time(5000)
    assert queue.admit()[0] == "probe"
    queue.pass_time(PROBE_EVERY - 1)
    assert queue.admit()[:2] == ("hold", 1)
    queue.pass_time(1)
    assert queue.admit()[0] == "probe"


def test_a_probe_given_back_is_the_next_asker_s(queue):
    queue.hold("failing", span=5000)
    queue.pass_time(5000)
    epoch = queue.admit()[2]["epoch"]
    assert queue.unprobe(epoch) == 1
    assert queue.unprobe(epoch) == 1  # as after a lost reply
    assert queue.admit()[0] == "probe"


def test_a_probe_given_back_late_does_not_touch_another_hold(queue):
    assert queue.unprobe(0) == 0
    queue.hold("failing", span=5000)
    queue.hold("failing", span=9000)
    assert queue.unprobe(1) == 0
    assert queue.admit()[:2] == ("hold", 9000)
    queue.hold("paused", epoch=-1, span=0)
    assert queue.unprobe(3) == 0


def test_a_probe_that_is_taken_ends_the_hold(queue):
    queue.hold("unauthorized")
    queue.pass_time(1000)
    epoch = queue.admit()[2]["epoch"]
    queue.pass_time(50)
    was_ended, state = queue.resume(epoch)
    assert was_ended
    assert state["accepted"] == Queue.START + 1050
    assert queue.resume(epoch) == (False, state)  # as after a lost reply
    assert queue.admit()[0] == "open"


def test_a_probe_of_an_earlier_hold_ends_no_later_one(queue):
    queue.hold("throttled", span=10)
    queue.pass_time(10)
    epoch = queue.admit()[2]["epoch"]
    queue.hold("throttled", span=10)
    assert queue.resume(epoch)[0] is False
    assert queue.hold_state()["reason"] == "throttled"


def test_of_all_that_met_one_trouble_one_counts(queue):
    assert queue.hold("throttled", epoch=0)[0] is True
    queue.pass_time(1)
    for _ in range(5):
        is_new, state = queue.hold("throttled", epoch=0)
        assert not is_new
        assert (state["epoch"], state["streak"]) == (1, 1)
        assert state["probe"] == Queue.START + 1000


def test_a_probe_that_meets_the_same_again_raises_the_streak(queue):
    queue.hold("throttled")
    for streak in (2, 3, 4):
        queue.pass_time(1000)
        assert queue.admit()[0] == "probe"
        is_new, state = queue.hold("throttled")
        assert not is_new
        assert (state["epoch"], state["streak"]) == (streak, streak)
        assert state["since"] == Queue.START
        assert state["probe"] == queue.clock + 1000


@pytest.mark.parametrize("quiet, streak", [(0, 2), (1000, 2), (1001, 1)])
def test_a_streak_goes_on_unless_there_was_a_quiet_time(queue, quiet, streak):
    queue.hold("failing")
    queue.resume()
    queue.pass_time(quiet)
    is_new, state = queue.hold("failing")
    assert is_new
    assert (state["streak"], state["since"]) == (streak, queue.clock)


def test_a_streak_is_of_one_reason(queue):
    queue.hold("failing")
    queue.resume()
    assert queue.hold("throttled")[1]["streak"] == 1


@pytest.mark.parametrize("first", REASONS)
@pytest.mark.parametrize("second", REASONS)
def test_no_reason_is_replaced_by_a_weaker_one(queue, first, second):
    queue.hold(first, span=5000)
    before = queue.hold_state()
    is_new, state = queue.hold(second, span=9000)
    if REASONS.index(second) < REASONS.index(first):
        assert (is_new, state) == (False, before)
    else:
        assert is_new == (first != second)
        assert (state["reason"], state["epoch"]) == (second, 2)


@pytest.mark.parametrize("first", REASONS)
def test_an_operator_is_always_obeyed(queue, first):
    queue.hold(first)
    is_new, state = queue.hold("paused", epoch=-1, span=0)
    assert is_new == (first != "paused")
    assert (state["reason"], state["epoch"]) == ("paused", 2)
    # Also whoever had the probe cannot end it.
    assert queue.resume(1)[0] is False


def test_an_operator_s_repeat_changes_only_the_epoch(queue):
    _, first = queue.hold("paused", epoch=-1, span=0, note="n")
    is_new, state = queue.hold("paused", epoch=-1, span=0, note="n")
    assert not is_new
    for name in ("reason", "since", "until", "note"):
        assert state[name] == first[name]


def test_what_was_asked_for_lengthens_also_a_later_hold(queue):
    queue.hold("throttled", epoch=0, span=1000)
    is_new, state = queue.hold("throttled", epoch=0, span=7000, is_asked=True)
    assert not is_new
    assert (state["epoch"], state["probe"]) == (1, Queue.START + 7000)
    _, state = queue.hold("throttled", epoch=0, span=2000, is_asked=True)
    assert state["probe"] == Queue.START + 7000
    queue.pass_time(6999)
    assert queue.admit()[:2] == ("hold", 1)


def test_what_was_asked_for_of_an_old_epoch_begins_no_hold(queue):
    queue.hold("throttled")
    queue.resume()
    _, state = queue.hold("throttled", epoch=0, span=7000, is_asked=True)
    assert state["reason"] == "none"
    queue.hold("paused", epoch=-1, span=0)
    _, state = queue.hold("throttled", epoch=0, span=7000, is_asked=True)
    assert (state["reason"], state["probe"]) == ("paused", 0)


def test_resume_of_one_reason_leaves_others(queue):
    queue.hold("paused", epoch=-1)
    assert queue.resume(-1, "full")[0] is False
    queue.resume()
    queue.hold("full")
    assert queue.resume(-1, "full")[0] is True


def test_a_hold_is_forgotten_a_day_after_it_ended(queue):
    queue.hold("throttled")
    assert queue.redis("PTTL", HOLD) == -1
    queue.resume()
    assert Queue.DAY - 60_000 < queue.redis("PTTL", HOLD) <= Queue.DAY
    queue.hold("throttled")
    assert queue.redis("PTTL", HOLD) == -1


def test_a_redis_that_came_back_empty_takes_a_hold_of_any_epoch(queue):
    is_new, state = queue.hold("throttled", epoch=7)
    assert is_new
    assert state["epoch"] == 8


@pytest.mark.parametrize("order", [
    ("none", 0, 1, 0, ""), ("odd", 0, 1, 0, ""), ("paused", "x", 1, 0, ""),
    ("paused", 0, -1, 0, ""), ("paused", 0, "x", 0, ""), ("paused", 0, 1, 0)])
def test_what_is_no_order_is_refused(queue, order):
    with pytest.raises(RedisError, match="that is no order"):
        queue.run("hold", [HOLD], *order)
    assert queue.redis("EXISTS", HOLD) == 0


def test_a_hash_of_garbage_is_no_hold(queue):
    queue.redis("HSET", HOLD, "reason", "odd", "epoch", "x", "probe", "-")
    assert queue.admit()[0] == "open"
    assert queue.hold("failing", epoch=0)[0] is True


# -- clocks that jump

def test_after_the_clock_went_back_a_probe_comes_in_time(queue):
    queue.hold("failing", span=5000)
    queue.pass_time(-Queue.DAY)
    assert queue.admit()[:2] == ("hold", PROBE_EVERY)
    queue.pass_time(PROBE_EVERY)
    assert queue.admit()[0] == "probe"


def test_after_the_clock_went_back_a_long_hold_is_not_cut(queue):
    queue.hold("throttled", span=5 * PROBE_EVERY)
    queue.pass_time(-Queue.DAY)
    assert queue.admit()[:2] == ("hold", 5 * PROBE_EVERY)


def test_after_the_clock_went_back_a_pause_ends_in_time(queue):
    queue.hold("paused", epoch=-1, span=5000)
    queue.pass_time(-Queue.DAY)
    assert queue.admit()[:2] == ("hold", 5000)
    queue.pass_time(5000)
    assert queue.admit()[0] == "open"


def test_after_the_clock_went_back_nothing_was_in_the_future(queue):
    queue.hold("unauthorized")
    queue.resume(1)
    queue.pass_time(-Queue.DAY)
    assert queue.admit()[2]["accepted"] == queue.clock
    assert queue.hold("unauthorized")[1]["streak"] == 2


def test_after_the_clock_went_forth_probes_and_ends_come_early(queue):
    queue.hold("failing", span=5000)
    queue.pass_time(Queue.DAY)
    assert queue.admit()[0] == "probe"
    queue.hold("paused", epoch=-1, span=5000)
    queue.pass_time(Queue.DAY)
    assert queue.admit()[0] == "open"


# -- out of memory

def test_holds_work_out_of_memory(queue):
    queue.hold("throttled")
    queue.pass_time(1000)
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    assert queue.admit()[0] == "probe"
    assert queue.hold("failing", span=0)[0] is True
    queue.redis("CONFIG", "SET", "maxmemory", 0)
    queue.pass_time(1)
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    assert queue.admit()[0] == "probe"
    assert queue.unprobe(2) == 1
    assert queue.resume(2)[0] is True
    assert queue.admit()[0] == "open"


# -- waking

def test_wake_wakes_where_there_is_work(queue):
    keys = queue.keys("event", names=BLOCK)
    wake = queue.key("event", "wake")
    assert queue.run("wake", keys, queue.birth) == 0
    queue.enqueue("u:1")
    for place in ("ready", "leased", "waiting"):
        queue.redis("DEL", wake)
        queue.redis("CONFIG", "SET", "maxmemory", 1)
        assert queue.run("wake", keys, queue.birth) == 1
        queue.redis("CONFIG", "SET", "maxmemory", 0)
        assert queue.redis("LLEN", wake) == 1
        if place == "ready":
            queue.claim()
            assert queue.run("wake", keys, queue.birth) == 0
            queue.pass_time(Queue.LEASE)
        elif place == "leased":
            queue.retry(queue.claim().leases[0], delay=10)
            assert queue.run("wake", keys, queue.birth) == 0
            queue.pass_time(10)


def test_wake_of_a_redis_that_came_back_empty_says_so(queue):
    with pytest.raises(RedisError, match="^RELAYEMPTY"):
        queue.run("wake", queue.keys("event", names=BLOCK), "other")
