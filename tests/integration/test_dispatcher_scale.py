"""Several of each, one Redis: nothing twice, nothing lost, order per user."""

import threading

from dispatching import event, kinds, post, to_event
from harness.stand_in import by_customer
from harness.wait import wait_until

USERS = 40
EVENTS = 25


def test_two_ingests_and_three_dispatchers_keep_the_order(relay, stand_in):
    to_event(relay, stand_in)
    relay.set("redis.shards", "4")
    ingests = [relay.ingest() for _ in range(2)]
    dispatchers = [relay.dispatcher() for _ in range(3)]
    stand_in.fail({"contains": "Event 3", "status": 500, "count": 20})

    def feed(ingest, users):
        for number in range(EVENTS):
            post(ingest, *[event(user=user, kind=f"Event {number}")
                           for user in users])

    users = [f"u-{i}" for i in range(USERS)]
    threads = [threading.Thread(target=feed, args=(ingest, users[i::2]))
               for i, ingest in enumerate(ingests)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    arrivals = stand_in.wait_for(USERS * EVENTS)
    expected = [f"Event {number}" for number in range(EVENTS)]
    found = by_customer(arrivals)
    assert sorted(found) == sorted(users)
    for user, own in found.items():
        assert kinds(own) == expected, user
    wait_until(lambda: all(
        dispatcher.metrics()['relay_depth{destination="event"}'] == 0
        for dispatcher in dispatchers), "an empty queue")
    for name, value in dispatchers[0].metrics().items():
        if name.startswith("relay_ledger_difference"):
            assert value == 0, (name, value)
    # All three had a part in it.
    for dispatcher in dispatchers:
        assert dispatcher.find_log(event="job_delivered")
