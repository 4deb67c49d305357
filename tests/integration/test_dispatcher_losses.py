"""Jobs that were in the hands of a dispatcher that died."""

import signal

from dispatching import (dead_letters, event, kinds, ledger, post, to_event,
                         wait_for_ledger)
from harness.stand_in import EVENT
from harness.wait import wait_until

LEASE = {"timeout": "500ms", "lease": "5500ms"}


def test_poison_dies_and_what_was_claimed_beside_it_does_not(
        relay, stand_in, redis):
    to_event(relay, stand_in, max_lease_losses=1, **LEASE)
    ingest = relay.ingest()
    dispatcher = relay.dispatcher()
    stand_in.fail({"break": "hang"})
    post(ingest, event(user="u-poison", kind="Poison"),
         event(user="u-poison", kind="Behind"),
         *[event(user=f"u-{i}", kind="Beside") for i in range(6)])
    # All are in its hand when it dies.
    stand_in.wait_for(7, accepted=False)
    dispatcher.kill()
    stand_in.fail({"contains": "Poison", "break": "hang"})
    times = 1
    while not dead_letters(redis):
        dispatcher = relay.dispatcher()
        wait_until(lambda: dead_letters(redis) or kinds(
            stand_in.arrived()).count("Poison") > times,
            "the poison to be tried, or dead", timeout=60)
        if not dead_letters(redis):
            times += 1
            dispatcher.kill()
    # Once beside others, once alone.
    assert times == 2
    letter, = dead_letters(redis).values()
    assert b"lease_lost" in letter
    wait_for_ledger(dispatcher, "delivered", 7)
    assert sorted(kinds(stand_in.accepted())) == ["Behind"] + ["Beside"] * 6
    assert ledger(dispatcher, "dead") == 1


def test_suspects_are_tried_one_at_a_time(relay, stand_in):
    to_event(relay, stand_in, **LEASE)
    ingest = relay.ingest()
    dispatcher = relay.dispatcher()
    stand_in.fail({"break": "hang"})
    post(ingest, *[event(user=f"u-{i}") for i in range(4)])
    stand_in.wait_for(4, accepted=False)
    dispatcher.kill()
    stand_in.fail({"latency_ms": 200})
    second = relay.dispatcher()
    stand_in.wait_for(4)
    wait_for_ledger(second, "delivered", 4)
    arrivals = stand_in.accepted()
    for one, other in zip(arrivals, arrivals[1:]):
        assert other["at_ms"] >= one["answered_at_ms"]
    suspects = second.find_log(event="job_suspect")
    assert len(suspects) == 4
    assert all(line["losses"] == "0" for line in suspects)
    assert second.metrics()['relay_suspects_total{destination="event"}'] == 4


def test_idle_dispatcher_takes_over_when_the_lease_is_over(
        relay, stand_in, tell):
    to_event(relay, stand_in, **LEASE)
    relay.set("dispatcher.idle_block", "5m")
    ingest = relay.ingest()
    first = relay.dispatcher()
    second = relay.dispatcher()
    # Whichever of them has it hangs, and is stopped.
    stand_in.fail({"break": "hang", "count": 1})
    post(ingest, event())
    began = stand_in.wait_for(1, accepted=False)[0]["at_ms"]
    owner = wait_until(
        lambda: next((d for d in (first, second) if d.metrics()[
            'relay_in_flight{destination="event"}'] == 1), None), "the owner")
    owner.process.signal(signal.SIGSTOP)
    try:
        arrival = stand_in.wait_for(1)[0]
    finally:
        owner.process.signal(signal.SIGCONT)
    late = arrival["at_ms"] - began - 5500
    tell(f"lease takeover: {late} ms after the lease was over")
    owner.wait_for_log(event="job_fenced")
    wait_for_ledger(second, "delivered", 1)
    assert len(stand_in.arrived()) == 2


def test_stop_gives_a_suspect_back(relay, stand_in, redis, deaf_port):
    to_event(relay, stand_in, **LEASE)
    relay.set("dispatcher.shutdown_grace", "0s")
    ingest = relay.ingest()
    dispatcher = relay.dispatcher()
    stand_in.fail({"break": "hang", "count": 1})
    post(ingest, event())
    stand_in.wait_for(1, accepted=False)
    dispatcher.kill()
    # The suspect comes to one who cannot even connect, and is told to stop.
    url = f"destinations.event.url=http://127.0.0.1:{deaf_port}{EVENT}"
    second = relay.dispatcher("--set", url)
    second.wait_for_log(event="job_suspect")
    second.stop()
    assert second.find_log(event="job_released")
    # It is nobody's now: no lease has to end first.
    third = relay.dispatcher()
    line = third.wait_for_log(event="job_suspect")
    assert line["losses"] == "0"
    wait_for_ledger(third, "delivered", 1)
