"""relayctl trace: where a job is."""

import json

from controlling import bury_each, nowhere, stats
from dispatching import QUICK, event, to_event
from harness.wait import wait_until

SLOW = {"retry": {"base": "1h", "cap": "1h"}}


def traced(relay, job, *arguments):
    return json.loads(
        relay.relayctl("trace", job, "--json", *arguments).stdout)


def jobs_of(ingest, *events):
    """The ids that ingest gave them."""
    answer = ingest.post("/amplitude/events", list(events))
    return json.loads(answer.text)["jobs"]


def test_job_is_followed_from_pending_to_done(relay, stand_in):
    to_event(relay, stand_in)
    first, second = jobs_of(relay.ingest(), event(kind="A"), event(kind="B"))
    job = traced(relay, first)
    assert job["id"] == first and job["destination"] == "event"
    assert job["state"] == "pending" and job["place"] == "ready"
    assert job["hold"] is None and job["group"] == "u:u-1"
    assert job["delivery_id"] == "u-1-A" and job["attempts"] == 0
    job = traced(relay, second)
    assert job["place"] == "behind" and job["ahead"] == 1
    text = relay.relayctl("trace", second).stdout
    assert text.startswith(
        f"{second} of event is behind 1 other job of its group\n")
    relay.dispatcher()
    stand_in.wait_for(2)
    wait_until(lambda: stats(relay)["delivered"] == 2, "two deliveries")
    job = traced(relay, second)
    assert job["state"] == "done" and job["outcome"] == "delivered"
    assert job["status"] == 200 and job["attempts"] == 1
    assert job["took_ms"] >= 0
    text = relay.relayctl("trace", second).stdout
    assert text.startswith(f"{second} of event is done: delivered\n")


def test_job_that_waits_shows_its_tries(relay, stand_in):
    ingest, _ = to_event(relay, stand_in, **SLOW).start()
    stand_in.fail({"status": 503})
    job, = jobs_of(ingest, event())
    wait_until(lambda: stats(relay)["waiting"] == 1, "the retry")
    where = traced(relay, job)
    assert where["place"] == "waiting" and where["due_at"].endswith("Z")
    assert where["attempts"] == 1
    assert where["history"][0]["outcome"] == "server_error"
    text = relay.relayctl("trace", job).stdout
    assert "is waiting: it is due at 20" in text
    assert "server_error     503" in text


def test_job_in_hand_says_until_when(relay, stand_in):
    relay.set("dispatcher.shutdown_grace", "0")
    ingest, _ = to_event(relay, stand_in).start()
    stand_in.fail({"latency_ms": 5000})
    job, = jobs_of(ingest, event())
    wait_until(lambda: stats(relay)["leased"] == 1, "the attempt")
    assert traced(relay, job)["place"] == "leased"
    assert "is in hand: a dispatcher attempts it, until 20" in \
        relay.relayctl("trace", job).stdout


def test_hold_of_its_destination_is_named(relay, stand_in):
    to_event(relay, stand_in)
    job, = jobs_of(relay.ingest(), event())
    relay.relayctl("hold", "event")
    assert traced(relay, job)["hold"] == "paused"
    assert "event is on hold (paused): an operator did this" in \
        relay.relayctl("trace", job).stdout
    nowhere(relay, "another")
    assert "event is not in this configuration: no dispatcher" in \
        relay.relayctl("trace", job).stdout


def test_dead_job_and_its_replay_are_told_apart(relay, stand_in):
    job, = bury_each(relay, stand_in, event())
    where = traced(relay, job)
    assert where["state"] == "dead" and where["outcome"] == "rejected"
    assert where["history"][0]["status"] == 400
    assert relay.relayctl("trace", job).stdout.startswith(
        f"{job} of event is dead: relayctl dead show")
    relay.relayctl("dead", "replay", job)
    wait_until(lambda: stats(relay)["delivered"] == 1, "the delivery")
    where = traced(relay, job)
    assert where["state"] == "done" and where["outcome"] == "delivered"


def test_purged_letter_is_remembered(relay, stand_in):
    job, = bury_each(relay, stand_in, event())
    relay.relayctl("dead", "purge", job, "--yes")
    assert traced(relay, job)["state"] == "done"
    assert "done: rejected; its dead letter was removed since" in \
        relay.relayctl("trace", job).stdout


def test_job_that_is_nowhere_is_1(relay, stand_in):
    to_event(relay, stand_in, **QUICK)
    done = relay.relayctl("trace", "0-1", check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "0-1 is neither pending, nor dead, nor among the last jobs" in \
        done.stderr


def test_job_is_found_among_many_in_shards(relay, stand_in):
    relay.set("redis.shards", "4")
    to_event(relay, stand_in)
    ids = jobs_of(relay.ingest(), *[event(user=f"u-{n}") for n in range(400)])
    for job in (ids[0], ids[200], ids[399]):
        assert traced(relay, job)["place"] == "ready"
