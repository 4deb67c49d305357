"""What the dispatcher's tests share: one event destination, and its numbers."""

from harness.stand_in import EVENT
from harness.wait import wait_until

ROUTE = "/amplitude/events"
DEAD = 'relay_dead_letters{destination="event"}'
DEPTH = 'relay_depth{destination="event"}'
QUICK = {"retry": {"base": "20ms", "cap": "50ms"}}
# Given up at the first failure.
ONE_TRY = {"retry": {"base": "20ms", "cap": "50ms", "max_attempts": 1,
                     "max_age": "0s"}}


def event(user="u-1", kind="Opened", **more):
    return {"event_type": kind, "user_id": user, "uuid": f"{user}-{kind}",
            **more}


def to_event(relay, stand_in, **keys):
    """The destination `event` and its route."""
    relay.add_destination("event", stand_in.url + EVENT,
                          **{"endpoint": "event", **QUICK, **keys})
    relay.add_route(ROUTE, "event")
    return relay


def post(ingest, *events):
    """All in one request; they are in Redis then."""
    answer = ingest.post(ROUTE, list(events))
    assert answer.status == 200, answer


def kinds(arrivals):
    return [arrival["body"]["eventTypeKey"] for arrival in arrivals]


def attempts(dispatcher, outcome):
    """How many came to this."""
    return dispatcher.metrics().get(
        f'relay_attempts_total{{destination="event",outcome="{outcome}"}}', 0)


def ledger(dispatcher, entry):
    return dispatcher.metrics().get(
        f'relay_ledger_total{{destination="event",entry="{entry}"}}', 0)


def wait_for_ledger(dispatcher, entry, count):
    wait_until(lambda: ledger(dispatcher, entry) == count,
               f"{count} {entry} in the ledger")
    metrics = dispatcher.metrics()
    for name, value in metrics.items():
        if name.startswith("relay_ledger_difference"):
            assert value == 0, (name, value)


def dead_letters(redis, prefix="relay"):
    """The raw records of the destination's dead letters, by job."""
    with redis.client() as client:
        return client.hash(f"{{{prefix}:0}}:event:dead:jobs")
