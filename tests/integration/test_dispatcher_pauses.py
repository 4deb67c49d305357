"""429 and refused credentials: the destination is left alone for a while."""

from dispatching import attempts, event, post, to_event, wait_for_ledger
from harness.wait import wait_until


def test_429_pauses_the_destination_for_as_long_as_it_asks(relay, stand_in):
    to_event(relay, stand_in, retry={"max_attempts": 1, "max_age": "0s"})
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 429, "retry_after": 1, "count": 1})
    post(ingest, event(user="u-1"))
    paused = dispatcher.wait_for_log(event="destination_paused")
    assert paused["destination"] == "event"
    assert paused["reason"] == "throttled"
    assert 1000 <= int(paused["ms"]) <= 1125
    answer = dispatcher.get("/readyz")
    assert answer.status == 503
    assert "destination event is paused: throttled" in answer.text
    # Others of the destination wait, too; no attempt was spent.
    post(ingest, *[event(user=f"u-{i}") for i in range(2, 6)])
    stand_in.wait_for(5)
    dispatcher.wait_for_log(event="destination_resumed")
    assert attempts(dispatcher, "throttled") == 1
    wait_for_ledger(dispatcher, "delivered", 5)
    wait_until(lambda: dispatcher.get("/readyz").status == 200, "readiness")


def test_after_a_pause_one_job_tries_first(relay, stand_in):
    to_event(relay, stand_in, throttle_cap="1s")
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 429, "retry_after": 1})
    post(ingest, event(user="u-0"))
    dispatcher.wait_for_log(event="destination_paused")
    post(ingest, *[event(user=f"u-{i}") for i in range(1, 20)])
    wait_until(
        lambda: len(dispatcher.find_log(event="destination_paused")) >= 3,
        "two probes that are refused")
    stand_in.recover()
    stand_in.wait_for(20)
    wait_for_ledger(dispatcher, "delivered", 20)
    # Twenty groups waited, and each pause was begun by one request.
    assert (attempts(dispatcher, "throttled") ==
            len(dispatcher.find_log(event="destination_paused")))


def test_refused_credentials_pause_until_a_probe_succeeds(relay, stand_in):
    to_event(relay, stand_in, probe_every="1s",
             retry={"max_attempts": 1, "max_age": "0s"})
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 401})
    post(ingest, event(user="u-1"))
    paused = dispatcher.wait_for_log(event="destination_paused")
    assert paused["reason"] == "unauthorized"
    post(ingest, *[event(user=f"u-{i}") for i in range(2, 30)])
    wait_until(lambda: attempts(dispatcher, "unauthorized") >= 2, "a probe")
    stand_in.recover()
    stand_in.wait_for(29)
    dispatcher.wait_for_log(event="destination_resumed")
    wait_for_ledger(dispatcher, "delivered", 29)
    # One probe for each pause, never all that wait.
    assert (attempts(dispatcher, "unauthorized") ==
            len(dispatcher.find_log(event="destination_paused")))
