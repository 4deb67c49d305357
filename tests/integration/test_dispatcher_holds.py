"""Holds: a destination that all dispatchers leave alone for a while."""

import email.utils
import time

import pytest

from dispatching import (DEAD, DEPTH, ROUTE, attempts, event, kinds, ledger,
                         post, to_event, wait_for_ledger)
from harness.stand_in import CONTACT, EVENT
from harness.wait import wait_until

HOLD = "{relay:hold:event}"
# No attempt may be spent: the first would be the last.
FRAIL = {"retry": {"base": "20ms", "cap": "50ms", "max_attempts": 1,
                   "max_age": "0s"}}
MOST_IN_FLIGHT = 32  # the configuration's default
# A probe that fails is tried again soon.
SOON = {**FRAIL, "probe_every": "1s", "throttle_cap": "1s"}


def users(first, last, **more):
    return [event(user=f"u-{i}", **more) for i in range(first, last)]


def held(redis, field="reason"):
    value = redis.call("HGET", HOLD, field)
    return value.decode() if value else ""


def wait_for_hold(dispatcher, reason):
    return dispatcher.wait_for_log(
        event="destination_held", destination="event", reason=reason)


def wait_for_end(dispatcher, reason):
    return dispatcher.wait_for_log(
        event="destination_resumed", destination="event", reason=reason)


def now(redis):
    seconds, microseconds = redis.call("TIME")
    return int(seconds) * 1000 + int(microseconds) // 1000


def probes(redis):
    """How often the hold was begun and prolonged."""
    return int(held(redis, "epoch") or 0)


# -- throttled

def test_429_holds_the_destination_for_as_long_as_it_asks(
        relay, stand_in, redis):
    ingest, dispatcher = to_event(relay, stand_in, **FRAIL).start()
    stand_in.fail({"status": 429, "retry_after": 1, "count": 1})
    post(ingest, event(user="u-1"))
    wait_for_hold(dispatcher, "throttled")
    assert 1000 <= int(held(redis, "span")) <= 1125
    assert "status 429, job 0-" in held(redis, "note")
    answer = dispatcher.get("/readyz")
    assert answer.status == 503
    assert "destination event is on hold: throttled" in answer.text
    assert dispatcher.metrics()[
        'relay_hold{destination="event",reason="throttled"}'] == 1
    # Others of the destination wait, too; no attempt was spent.
    post(ingest, *users(2, 6))
    stand_in.wait_for(5)
    wait_for_end(dispatcher, "throttled")
    assert attempts(dispatcher, "throttled") == 1
    wait_for_ledger(dispatcher, "delivered", 5)
    wait_until(lambda: dispatcher.get("/readyz").status == 200, "readiness")
    assert not dispatcher.find_log(event="job_delivered", attempt=2)


@pytest.mark.parametrize("asked, least, most", [
    ("date", 3600_000, 4051_000),
    (10 ** 12, 7200_000, 7200_000),
    (None, 1000, 2000),
    ("soon", 1000, 2000),
    (0, 1000, 2000),
])
def test_429_holds_within_bounds(relay, stand_in, redis, asked, least, most):
    to_event(relay, stand_in, throttle_cap="2h", retry={"base": "1s"})
    ingest, dispatcher = relay.start()
    rule = {"status": 429, "count": 1}
    if asked == "date":
        asked = email.utils.formatdate(time.time() + 3601, usegmt=True)
    if asked is not None:
        rule["retry_after"] = asked
    stand_in.fail(rule)
    post(ingest, event())
    wait_for_hold(dispatcher, "throttled")
    assert least <= int(held(redis, "span")) <= most


def test_hold_of_429_unasked_grows_with_its_streak(relay, stand_in, redis):
    to_event(relay, stand_in, throttle_cap="2s", retry={"base": "50ms"})
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 429})
    post(ingest, event())
    spans = {}

    def streak():
        spans[int(held(redis, "streak") or 0)] = int(held(redis, "span") or 0)
        return len(stand_in.arrived()) >= 5

    wait_until(streak, "five answers of 429")
    # A wait is half drawn: from 50 ms it doubled each time, at the least.
    for number, span in spans.items():
        assert 25 * 2 ** number <= span <= 50 * 2 ** number or number == 0
    stand_in.recover()
    wait_for_ledger(dispatcher, "delivered", 1)


def test_after_a_hold_one_job_tries_first(relay, stand_in, redis):
    ingest, dispatcher = to_event(relay, stand_in, **SOON).start()
    stand_in.fail({"status": 429, "retry_after": 1})
    post(ingest, event(user="u-0"))
    wait_for_hold(dispatcher, "throttled")
    post(ingest, *users(1, 20))
    wait_until(lambda: probes(redis) >= 3, "two probes that are refused")
    stand_in.recover()
    stand_in.wait_for(20)
    wait_for_ledger(dispatcher, "delivered", 20)
    # Twenty groups waited, and each hold was begun by one request.
    assert attempts(dispatcher, "throttled") == probes(redis)


def test_hold_is_kept_by_all_dispatchers(relay, stand_in, redis):
    to_event(relay, stand_in, **SOON)
    relay.set("redis.shards", "4")
    ingest = relay.ingest()
    dispatchers = [relay.dispatcher() for _ in range(3)]
    stand_in.fail({"status": 429, "retry_after": 1})
    post(ingest, event(user="u-0"))
    wait_until(lambda: held(redis) == "throttled", "the hold")
    post(ingest, *users(1, 100))
    for dispatcher in dispatchers:
        wait_for_hold(dispatcher, "throttled")
    wait_until(lambda: probes(redis) >= 3, "two probes that are refused")
    stand_in.recover()
    stand_in.wait_for(100)
    for dispatcher in dispatchers:
        wait_for_end(dispatcher, "throttled")
    refused = sum(attempts(dispatcher, "throttled")
                  for dispatcher in dispatchers)
    # One that was let through just before the hold may claim once more.
    assert probes(redis) <= refused <= probes(redis) + 2 * MOST_IN_FLIGHT
    assert ledger(dispatchers[0], "delivered") == 100


def test_hold_of_one_destination_does_not_delay_another(relay, stand_in):
    to_event(relay, stand_in, throttle_cap="1h")
    relay.add_destination("contact", stand_in.url + CONTACT)
    relay.routes["/amplitude/events"].append("contact")
    ingest, dispatcher = relay.start()
    stand_in.fail({"endpoint": EVENT, "status": 429, "retry_after": 3600})
    post(ingest, *users(0, 50))
    stand_in.wait_for(50, CONTACT)
    dispatcher.wait_for_metric('relay_depth{destination="contact"}', 0)
    assert dispatcher.metrics()[DEPTH] == 50


# -- unauthorized

def test_refused_credentials_hold_until_a_probe_succeeds(
        relay, stand_in, redis):
    ingest, dispatcher = to_event(relay, stand_in, **SOON).start()
    stand_in.fail({"status": 401})
    post(ingest, event(user="u-1"))
    wait_for_hold(dispatcher, "unauthorized")
    post(ingest, *users(2, 30))
    wait_until(lambda: attempts(dispatcher, "unauthorized") >= 2, "a probe")
    stand_in.recover()
    stand_in.wait_for(29)
    wait_for_end(dispatcher, "unauthorized")
    wait_for_ledger(dispatcher, "delivered", 29)
    # One probe for each hold, never all that wait.
    assert attempts(dispatcher, "unauthorized") == probes(redis)
    assert ledger(dispatcher, "dead") == 0


def test_probe_is_of_another_user_if_there_is_one(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, **SOON).start()
    # Not the credentials: this user's requests are refused.
    stand_in.fail({"contains": "u-forbidden", "status": 403})
    post(ingest, event(user="u-forbidden"))
    wait_for_hold(dispatcher, "unauthorized")
    post(ingest, *users(1, 5))
    stand_in.wait_for(4)
    wait_for_end(dispatcher, "unauthorized")
    # And then it is known whose fault it is.
    line = dispatcher.wait_for_log(event="job_dead")
    assert line["outcome"] == "rejected" and line["status"] == "403"
    wait_for_ledger(dispatcher, "delivered", 4)
    assert ledger(dispatcher, "dead") == 1


def test_only_user_that_there_is_is_probed_with_again(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, **SOON).start()
    stand_in.fail({"status": 403, "count": 3})
    post(ingest, event(kind="First"), event(kind="Second"))
    assert kinds(stand_in.wait_for(2)) == ["First", "Second"]
    assert attempts(dispatcher, "unauthorized") == 3
    wait_for_ledger(dispatcher, "delivered", 2)


# -- failing

def test_failures_in_a_row_hold_until_a_probe_succeeds(relay, stand_in, redis):
    to_event(relay, stand_in, failing_after=5, probe_every="1s",
             retry={"base": "50ms", "cap": "100ms"})
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 503})
    post(ingest, *users(0, 50))
    wait_for_hold(dispatcher, "failing")
    count = len(stand_in.arrived())
    wait_until(lambda: probes(redis) >= 3, "two probes that fail")
    # 32 at once at first; then one for each probe.
    assert len(stand_in.arrived()) <= count + 32 + probes(redis)
    stand_in.recover()
    stand_in.wait_for(50)
    wait_for_end(dispatcher, "failing")
    wait_for_ledger(dispatcher, "delivered", 50)
    assert ledger(dispatcher, "dead") == 0


def test_failures_of_one_user_hold_nothing(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, failing_after=2).start()
    stand_in.fail({"contains": "u-bad", "status": 500, "count": 10})
    post(ingest, event(user="u-bad"))
    wait_for_ledger(dispatcher, "delivered", 1)
    assert attempts(dispatcher, "server_error") == 10
    assert not dispatcher.find_log(event="destination_held")


# -- burning

def test_bad_template_buries_no_more_than_the_limit(relay, stand_in):
    to_event(relay, stand_in, burn_limit=7, probe_every="1s", template='{"a": }')
    ingest, dispatcher = relay.start()
    post(ingest, *users(0, 100))
    wait_for_hold(dispatcher, "burning")
    dispatcher.wait_for_metric(DEAD, 7)
    wait_until(lambda: attempts(dispatcher, "render_error") >= 7 + 3,
               "probes that burn")
    assert dispatcher.metrics()[DEAD] == 7
    assert dispatcher.metrics()[DEPTH] == 93
    assert stand_in.arrived() == []


def test_burning_ends_when_a_probe_is_taken(relay, stand_in, redis):
    to_event(relay, stand_in, burn_limit=10, probe_every="1s")
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 404})
    post(ingest, *users(0, 200))
    wait_for_hold(dispatcher, "burning")
    wait_until(lambda: probes(redis) >= 2, "a probe that burns")
    stand_in.recover()
    wait_for_ledger(dispatcher, "delivered", 190)
    wait_for_end(dispatcher, "burning")
    assert ledger(dispatcher, "dead") == 10


def test_operator_may_let_it_burn_on(relay, stand_in):
    to_event(relay, stand_in, burn_limit=5, probe_every="1h")
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 404})
    post(ingest, *users(0, 12))
    wait_for_hold(dispatcher, "burning")
    for dead in (10, 12):
        relay.relayctl("resume", "event")
        dispatcher.wait_for_metric(DEAD, dead)


# -- full

def test_full_dead_letters_hold_until_there_is_room(relay, stand_in, redis):
    to_event(relay, stand_in, dead_limit=3, burn_limit=0, probe_every="1s")
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 400})
    post(ingest, *users(0, 20))
    wait_for_hold(dispatcher, "full")
    dispatcher.wait_for_metric(DEAD, 3)
    wait_until(lambda: probes(redis) >= 3, "two more tries")
    assert dispatcher.metrics()[DEAD] == 3
    assert dispatcher.metrics()[DEPTH] == 17
    stand_in.recover()
    wait_for_ledger(dispatcher, "delivered", 17)
    relay.relayctl("dead", "replay", "--destination", "event", "--all")
    wait_for_ledger(dispatcher, "delivered", 20)


# -- paused

def test_operator_pauses_and_resumes(relay, stand_in):
    to_event(relay, stand_in)
    relay.set("dispatcher.idle_block", "5m")
    ingest = relay.ingest()
    dispatchers = [relay.dispatcher() for _ in range(2)]
    relay.relayctl("hold", "event", "--note", "maintenance")
    post(ingest, *users(0, 30))
    # One is woken, and sees it.
    wait_until(lambda: any(dispatcher.find_log(
        event="destination_held", reason="paused")
        for dispatcher in dispatchers), "the hold to be seen")
    assert stand_in.arrived() == []
    relay.relayctl("resume", "event")
    stand_in.wait_for(30)


def test_pause_ends_by_itself(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    relay.relayctl("hold", "event", "--for", "1s")
    post(ingest, *users(0, 3))
    wait_for_hold(dispatcher, "paused")
    stand_in.wait_for(3)
    wait_for_end(dispatcher, "paused")


def test_pause_stops_a_busy_destination(relay, stand_in):
    to_event(relay, stand_in, max_in_flight=2)
    ingest, dispatcher = relay.start()
    stand_in.fail({"latency_ms": 50})
    post(ingest, *users(0, 1000))
    stand_in.wait_for(5)
    relay.relayctl("hold", "event")
    wait_for_hold(dispatcher, "paused")
    dispatcher.wait_for_metric('relay_in_flight{destination="event"}', 0)
    count = len(stand_in.arrived())
    assert count < 1000
    # It looks at the hold, and sends nothing.
    looks = dispatcher.metrics()
    wait_until(lambda: dispatcher.metrics()[
        'relay_queue_calls_total{verb="admit",status="ok"}'] > looks[
        'relay_queue_calls_total{verb="admit",status="ok"}'], "another look")
    assert len(stand_in.arrived()) == count


# -- stopping

def test_stop_gives_the_probe_back(relay, redis, deaf_port):
    relay.add_destination("event", f"http://127.0.0.1:{deaf_port}{EVENT}",
                          probe_every="1h")
    relay.add_route(ROUTE, "event")
    relay.set("dispatcher.shutdown_grace", "0s")
    ingest = relay.ingest()
    post(ingest, event())
    redis.call("HSET", HOLD, "reason", "throttled", "epoch", "1", "probe", "1",
               "span", "1")
    dispatcher = relay.dispatcher(ready=False)
    dispatcher.wait_for_metric('relay_in_flight{destination="event"}', 1)
    assert int(held(redis, "probe")) > now(redis) + 3000_000
    assert dispatcher.stop() == 0
    assert dispatcher.find_log(event="job_released")
    assert int(held(redis, "probe")) <= now(redis)
    assert held(redis) == "throttled"
    assert redis.call("LLEN", "{relay:0}:event:ready") == 1
