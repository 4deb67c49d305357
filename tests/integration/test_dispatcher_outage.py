"""After an outage of the destination: who goes first, and how many at once."""

import bisect

from dispatching import event, kinds, post, to_event, wait_for_ledger
from harness.wait import wait_until


def users(first, last, **more):
    return [event(user=f"u-{i}", **more) for i in range(first, last)]


def test_new_users_are_not_starved_by_retries(relay, stand_in):
    to_event(relay, stand_in, failing_after=0, max_in_flight=4,
             retry={"base": "10ms", "cap": "10ms"})
    ingest, dispatcher = relay.start()
    stand_in.fail({"contains": "Old", "status": 500})
    post(ingest, *users(0, 200, kind="Old"))
    wait_until(lambda: len(stand_in.arrived()) > 300, "many retries")
    # All of them are due again at any time; the new are served all the same.
    post(ingest, *users(1000, 1050, kind="New"))
    stand_in.wait_for(50)
    assert kinds(stand_in.accepted()) == ["New"] * 50
    stand_in.recover()
    wait_for_ledger(dispatcher, "delivered", 250)


def test_first_second_after_an_outage_sees_no_more_than_the_rate(
        relay, stand_in, tell):
    rate = 100
    to_event(relay, stand_in, rate_limit=rate, failing_after=5,
             probe_every="1s", retry={"base": "10ms", "cap": "100ms"})
    ingest = relay.ingest()
    dispatchers = [relay.dispatcher() for _ in range(2)]
    stand_in.fail({"status": 503})
    post(ingest, *users(0, 300))
    dispatchers[0].wait_for_log(event="destination_held", reason="failing")
    count = len(stand_in.arrived())
    stand_in.recover()
    stand_in.wait_for(300)
    times = sorted(a["at_ms"] for a in stand_in.arrived(since=0)[count:])
    most = max(bisect.bisect_left(times, at + 1000) - place
               for place, at in enumerate(times))
    first = bisect.bisect_left(times, times[0] + 1000)
    tell(f"after an outage: {first} in the first second, {most} in the worst, "
         f"of {rate}")
    assert most <= rate


def test_after_a_hold_the_destination_is_tried_out(relay, stand_in):
    """No herd: few at once at first, more with each answer."""
    to_event(relay, stand_in, min_in_flight=1, max_in_flight=32,
             probe_every="1s", throttle_cap="1s")
    ingest, dispatcher = relay.start()
    limit = 'relay_in_flight_limit{destination="event"}'
    assert dispatcher.metrics()[limit] == 32
    stand_in.fail({"status": 429, "retry_after": 1, "count": 1},
                  {"latency_ms": 100})
    post(ingest, *users(0, 1))
    dispatcher.wait_for_log(event="destination_held")
    post(ingest, *users(1, 200))
    wait_for_ledger(dispatcher, "delivered", 200)
    # The probe, one, two, four.
    assert at_once(stand_in.accepted()[:2]) == 1
    assert at_once(stand_in.accepted()[:8]) <= 4
    dispatcher.wait_for_metric(limit, 32)


def at_once(arrivals):
    """The most that were not answered yet when another came."""
    return max(sum(1 for other in arrivals if other["at_ms"] <= one["at_ms"]
                   < other["answered_at_ms"]) for one in arrivals)


def test_slow_destination_is_called_less_at_once(relay, stand_in):
    to_event(relay, stand_in, max_in_flight=16)
    ingest, dispatcher = relay.start()
    post(ingest, *users(0, 200))
    wait_for_ledger(dispatcher, "delivered", 200)
    limit = 'relay_in_flight_limit{destination="event"}'
    assert dispatcher.metrics()[limit] == 16
    stand_in.fail({"latency_ms": 150})
    post(ingest, *users(200, 400))
    wait_until(lambda: dispatcher.metrics()[limit] < 16, "fewer at once")
    wait_for_ledger(dispatcher, "delivered", 400)
