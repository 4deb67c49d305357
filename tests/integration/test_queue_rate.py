"""Rate limits, through a real Redis and a clock that the tests set."""

import random

import pytest

from queue_scripts import Queue

SECOND = 1000


def most_in_a_second(sent, jitter=0):
    """sent: [(ms, tokens)] in the order of time."""
    most = in_window = first = 0
    for at, tokens in sent:
        in_window += tokens
        while sent[first][0] <= at - SECOND - jitter:
            in_window -= sent[first][1]
            first += 1
        most = max(most, in_window)
    return most


RATES = [1, 2, 7, 19, 20, 49, 50, 190, 350, 1000]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", range(3))
def test_no_second_has_more_than_the_rate(flow, rate, seed):
    rng = random.Random(seed)
    sent = []
    for _ in range(600):
        flow.pass_time(rng.choice([0, 0, 1, 2, 7, 40, 400, 1500]))
        taken, wait = flow.flow(rate, rng.choice([1, 2, 5, 50, 5000]))
        sent.append((flow.clock, taken))
        if taken == 0:
            assert 1 <= wait <= SECOND / rate * 2.1 + 1
            if rng.random() < 0.5:
                flow.pass_time(wait)
                taken, _ = flow.flow(rate, 1)
                assert taken == 1
                sent.append((flow.clock, taken))
    assert most_in_a_second(sent) <= rate


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("seed", range(3))
def test_no_second_has_more_than_the_rate_when_some_is_given_back(
        flow, rate, seed):
    rng = random.Random(seed)
    sent = []  # [when, tokens]
    open_ = []  # places in sent
    for _ in range(600):
        flow.pass_time(rng.choice([0, 0, 1, 3, 10, 25, 60, 300]))
        taken, _ = flow.flow(rate, rng.choice([1, 2, 5, 50, 5000]))
        if taken:
            sent.append([flow.clock, taken])
            open_.append(len(sent) - 1)
        if open_ and rng.random() < 0.6:
            one = sent[open_.pop(rng.randrange(len(open_)))]
            back = rng.choice([1, one[1]])
            flow.flow(rate, 0, back, flow.clock - one[0])
            one[1] -= back
        open_ = open_[-4:]
    assert most_in_a_second([tuple(one) for one in sent]) <= rate


@pytest.mark.parametrize("rate", RATES)
def test_who_asks_all_the_time_gets_nearly_the_rate(flow, rate):
    total = 0
    for _ in range(5 * SECOND):
        flow.pass_time(1)
        total += flow.flow(rate, 5000)[0]
    assert total >= 5 * rate * 0.89 - 1


def test_the_first_ask_of_many_gets_a_small_burst(flow):
    assert flow.flow(200, 5000)[0] == 7
    assert flow.flow(200, 5000)[0] == 0
    assert flow.flow(1, 5000, bucket="slow") == [1, 1.05 * SECOND]


@pytest.mark.parametrize("rate", [50, 200, 350])
def test_tokens_given_back_soon_are_all_there_again(flow, rate):
    burst = flow.flow(rate, 5000)[0]
    for _ in range(3):
        flow.flow(rate, 0, burst, 1)
        assert flow.flow(rate, 5000)[0] == burst


def test_tokens_that_nobody_missed_are_not_given_back(flow):
    burst = flow.flow(200, 5000)[0]
    flow.pass_time(200)
    assert flow.flow(200, 5000)[0] == burst
    flow.flow(200, 0, burst, 200)
    assert flow.flow(200, 5000)[0] == 0


def test_a_bucket_never_holds_more_than_a_burst(flow):
    flow.flow(200, 0, 1000, 0)
    assert flow.flow(200, 5000)[0] == 7


def test_a_bucket_goes_by_itself(flow):
    flow.flow(200, 5000)
    assert 0 < flow.redis("PTTL", "{relay:flow:event}") <= 1050


@pytest.mark.parametrize("jump", [-Queue.DAY, -SECOND, -1, 1, SECOND,
                                  Queue.DAY])
def test_after_the_clock_jumped_the_rate_is_kept_from_there(flow, jump):
    for _ in range(20):
        flow.flow(200, 5000)
        flow.pass_time(10)
    flow.pass_time(jump)
    sent = []
    for _ in range(2 * SECOND):
        flow.pass_time(1)
        sent.append((flow.clock, flow.flow(200, 5000)[0]))
    assert 175 <= most_in_a_second(sent) <= 200


def test_a_rate_that_changes_is_kept_at_once(flow):
    flow.flow(1, 1)
    sent = []
    for _ in range(2 * SECOND):
        flow.pass_time(1)
        sent.append((flow.clock, flow.flow(200, 5000)[0]))
    assert 175 <= most_in_a_second(sent) <= 200
    sent = [(flow.clock, flow.flow(2, 5000)[0])]
    for _ in range(2 * SECOND):
        flow.pass_time(1)
        sent.append((flow.clock, flow.flow(2, 5000)[0]))
    assert most_in_a_second(sent[1:]) <= 2


def test_flow_out_of_memory_still_counts(flow):
    flow.redis("CONFIG", "SET", "maxmemory", 1)
    assert flow.flow(200, 5000)[0] == 7
    assert flow.flow(200, 5000)[0] == 0


def test_a_bucket_of_garbage_is_an_empty_one(flow):
    flow.redis("SET", "{relay:flow:event}", "garbage")
    assert flow.flow(200, 5000)[0] == 7
