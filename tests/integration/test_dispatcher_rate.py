"""Rate limits: for all dispatchers and shards together."""

import bisect

import pytest

from dispatching import event, post, to_event, wait_for_ledger
from harness.stand_in import CONTACT
from harness.wait import wait_until

WAITS = 'relay_rate_waits_total{destination="event"}'


def most_in_a_second(arrivals):
    """Of the seconds that begin with an arrival."""
    times = sorted(arrival["at_ms"] for arrival in arrivals)
    return max(bisect.bisect_left(times, at + 1000) - place
               for place, at in enumerate(times))


@pytest.mark.parametrize("rate, count", [(10, 30), (100, 400)])
def test_rate_is_kept_by_all_together(relay, stand_in, rate, count):
    to_event(relay, stand_in, rate_limit=rate)
    relay.set("redis.shards", "4")
    ingest = relay.ingest()
    dispatchers = [relay.dispatcher() for _ in range(3)]
    post(ingest, *[event(user=f"u-{i}") for i in range(count)])
    arrivals = stand_in.wait_for(count)
    assert most_in_a_second(arrivals) <= rate
    # It was the rate that they waited for, and all had a part in it.
    for dispatcher in dispatchers:
        assert dispatcher.metrics()[WAITS] > 0
        assert dispatcher.find_log(event="job_delivered")


def test_destinations_of_a_bucket_share_its_rate(relay, stand_in):
    to_event(relay, stand_in, rate_limit=50, rate_bucket="api")
    relay.add_destination("contact", stand_in.url + CONTACT, rate_limit=50,
                          rate_bucket="api")
    relay.routes["/amplitude/events"].append("contact")
    ingest, _ = relay.start()
    post(ingest, *[event(user=f"u-{i}") for i in range(75)])
    assert most_in_a_second(stand_in.wait_for(150)) <= 50


def test_jobs_that_are_not_sent_cost_nothing_of_the_rate(relay, stand_in):
    # By the rate these took minutes.
    to_event(relay, stand_in, rate_limit=2,
             when='input.event_type != "Secret"')
    ingest, dispatcher = relay.start()
    post(ingest, *[event(user=f"u-{i}", kind="Secret") for i in range(500)],
         event(user="u-1000", kind="Open"), event(user="u-1001", kind="Open"))
    wait_for_ledger(dispatcher, "skipped", 500)
    wait_for_ledger(dispatcher, "delivered", 2)


def test_empty_queue_costs_nothing_of_the_rate(relay, stand_in):
    # Each look at the queue takes a token, finds nothing, and gives it back. By
    # the rate, one a second, so many took a minute.
    to_event(relay, stand_in, rate_limit=1)
    relay.set("dispatcher.idle_block", "100ms")
    dispatcher = relay.dispatcher()
    claims = 'relay_queue_calls_total{verb="claim",status="ok"}'
    wait_until(lambda: dispatcher.metrics().get(claims, 0) >= 60,
               "sixty looks at the queue")
