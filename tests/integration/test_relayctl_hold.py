"""relayctl hold and resume: an operator's hold of a destination."""

import re

import pytest

from controlling import nowhere, stats
from dispatching import ROUTE, event, post, to_event
from harness.stand_in import CONTACT
from harness.wait import wait_until

HOLD = "{relay:hold:event}"


def held(redis):
    return redis.call("HGET", HOLD, "reason")


def test_held_destination_is_told_and_stays(relay, stand_in, redis):
    to_event(relay, stand_in)
    post(relay.ingest(), event())
    done = relay.relayctl("hold", "event", "--note", "maintenance")
    first, *rest = done.stdout.splitlines()
    assert first == ("event is on hold (paused); relayctl resume event "
                     "ends it")
    assert "none is lost" in rest[0]
    assert "1 job pending; from 1000000 on (max_depth)" in rest[1]
    assert held(redis) == b"paused"
    assert redis.call("HGET", HOLD, "note") == b"maintenance"
    assert redis.call("HGET", HOLD, "ends") == b"0"


def test_hold_ends_when_it_was_said(relay, stand_in, redis):
    to_event(relay, stand_in)
    done = relay.relayctl("hold", "event", "--for", "1h")
    assert re.match(r"event is on hold \(paused\) until 20\S+Z; ", done.stdout)
    ends = int(redis.call("HGET", HOLD, "ends"))
    since = int(redis.call("HGET", HOLD, "since"))
    assert ends - since == 3600 * 1000


def test_hold_of_what_is_on_hold_says_so(relay, stand_in, redis):
    to_event(relay, stand_in)
    relay.relayctl("hold", "event", "--for", "1h")
    done = relay.relayctl("hold", "event")
    assert "on hold (paused); it was before (paused);" in done.stdout
    assert redis.call("HGET", HOLD, "ends") == b"0"


def test_resume_ends_it_once(relay, stand_in, redis):
    to_event(relay, stand_in)
    relay.relayctl("hold", "event")
    done = relay.relayctl("resume", "event")
    assert re.match(r"event is sent to again; it was on hold \(paused\) since "
                    r"20\S+Z\n$", done.stdout)
    assert held(redis) == b""
    done = relay.relayctl("resume", "event")
    assert done.stdout == "event was not on hold\n"


@pytest.mark.parametrize("reason, hint", [
    ("unauthorized", "put the right one into the configuration"),
    ("full", "relayctl dead replay, or dead purge"),
    ("burning", "look at what died with relayctl dead list"),
])
def test_resume_says_what_brings_it_back(relay, stand_in, redis, reason, hint):
    to_event(relay, stand_in)
    redis.call("HSET", HOLD, "reason", reason, "epoch", "1", "since", "1000")
    done = relay.relayctl("resume", "event")
    assert f"on hold ({reason}) since 1970-01-01T00:00:01.000Z" in done.stdout
    assert hint in done.stdout


def test_resume_wakes_a_dispatcher(relay, stand_in, redis):
    to_event(relay, stand_in)
    post(relay.ingest(), event())
    relay.relayctl("hold", "event")
    redis.call("DEL", "{relay:0}:event:wake")
    relay.relayctl("resume", "event")
    assert redis.call("LLEN", "{relay:0}:event:wake") == 1


def test_destination_taken_out_of_the_configuration_can_be_held(
        relay, stand_in, redis):
    to_event(relay, stand_in)
    ingest = relay.ingest()
    post(ingest, event())
    ingest.stop()
    nowhere(relay, "another")
    relay.relayctl("hold", "event")
    assert held(redis) == b"paused"
    done = relay.relayctl("resume", "event")
    assert "not in this configuration: nobody sends to it" in done.stdout


@pytest.mark.parametrize("command", ["hold", "resume"])
def test_mistyped_destination_is_told(relay, stand_in, command):
    to_event(relay, stand_in)
    done = relay.relayctl(command, "evnt", check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "no destination evnt; did you mean event?" in done.stderr


@pytest.mark.parametrize("span", ["0", "soon", "5"])
def test_wrong_span_is_told(relay, stand_in, span):
    to_event(relay, stand_in)
    done = relay.relayctl("hold", "event", "--for", span, check=False)
    assert done.returncode == 2
    assert f"--for {span}: write 30m, 2h or 1d" in done.stderr


# -- with a dispatcher

def test_nothing_is_sent_until_it_is_resumed(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    relay.relayctl("hold", "event", "--note", "maintenance")
    dispatcher.wait_for_log(event="destination_held", reason="paused")
    post(ingest, event())
    dispatcher.stop()
    assert stats(relay)["pending"] == 1 and stand_in.arrived() == []
    relay.dispatcher(ready=False)
    relay.relayctl("resume", "event")
    stand_in.wait_for(1)


def test_others_are_sent_to_meanwhile(relay, stand_in):
    to_event(relay, stand_in)
    relay.add_destination("contact", stand_in.url + CONTACT)
    relay.add_route(ROUTE, "event", "contact")
    relay.relayctl("hold", "event")
    relay.dispatcher(ready=False)  # the hold is a reason not to be
    post(relay.ingest(), event())
    stand_in.wait_for(1)
    wait_until(lambda: stats(relay, "contact")["delivered"] == 1, "delivery")
    assert stats(relay)["pending"] == 1


def test_refused_key_holds_until_it_is_resumed(relay, stand_in):
    to_event(relay, stand_in, probe_every="1h")
    stand_in.fail({"status": 401})
    ingest, _ = relay.start()
    post(ingest, event())
    wait_until(lambda: stats(relay)["hold"] is not None, "the hold")
    hold = stats(relay)["hold"]
    assert hold["reason"] == "unauthorized" and hold["next_probe_at"]
    text = relay.relayctl("stats").stdout
    assert "event: it refuses our key (401, 403); put the right one" in text
    stand_in.recover()
    done = relay.relayctl("resume", "event")
    assert "it was on hold (unauthorized)" in done.stdout
    wait_until(lambda: stats(relay)["delivered"] == 1, "the delivery")
    assert stats(relay)["hold"] is None
