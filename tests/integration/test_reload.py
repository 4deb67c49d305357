"""SIGHUP: a dispatcher goes by another configuration without a restart."""

import re
import signal

import pytest

from controlling import listed, wait_for_dead
from dispatching import (DEAD, attempts, event, kinds, ledger, post,
                         to_event, wait_for_ledger)
from harness.relay import EVENT_TEMPLATE
from harness.stand_in import AUTHORIZATION, CONTACT, EVENT, StandIn

OK = "relay_config_last_reload_successful"
LOADED = "relay_config_loaded_timestamp_seconds"
FRAIL = {"retry": {"base": "20ms", "cap": "50ms", "max_attempts": 1,
                   "max_age": "0s"}}
OTHER_TEMPLATE = EVENT_TEMPLATE.replace(
    "${input.event_type?json_string}", "New ${input.event_type?json_string}")


def users(first, last, **more):
    return [event(user=f"u-{i}", **more) for i in range(first, last)]


def wait_for_end(dispatcher, reason):
    return dispatcher.wait_for_log(
        event="destination_resumed", destination="event", reason=reason)


# -- a file that is right

def test_mended_template_is_used_and_its_dead_letters_replay(relay, stand_in):
    broken = EVENT_TEMPLATE.replace("input.user_id", "input.userid")
    ingest, dispatcher = to_event(relay, stand_in, template=broken,
                                  burn_limit=0).start()
    post(ingest, *users(0, 3))
    wait_for_dead(relay, 3)
    to_event(relay, stand_in)
    dispatcher.reload()
    # Also what was there before.
    relay.relayctl("dead", "replay", "--all", "--destination", "event")
    post(ingest, *users(3, 5))
    stand_in.wait_for(5)
    wait_for_ledger(dispatcher, "delivered", 5)
    assert dispatcher.metrics()[DEAD] == 0


def test_attempt_in_flight_ends_under_the_old_and_the_next_goes_by_the_new(
        relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, **FRAIL).start()
    stand_in.fail({"latency_ms": 1500, "count": 1, "status": 503})
    post(ingest, event(user="u-1", kind="First"))
    stand_in.wait_for(1, accepted=False)
    to_event(relay, stand_in, template=OTHER_TEMPLATE)
    dispatcher.reload()
    post(ingest, event(user="u-2", kind="Second"))
    assert kinds(stand_in.wait_for(1)) == ["New Second"]
    # By the old policy one attempt was all it had.
    dispatcher.wait_for_metric(DEAD, 1)
    relay.relayctl("dead", "replay", "--all", "--destination", "event")
    assert kinds(stand_in.wait_for(2)) == ["New Second", "New First"]


def test_changed_url_is_called_from_then_on(relay, stand_in, stage):
    other = StandIn(stage, name="other")
    ingest, dispatcher = to_event(relay, stand_in).start()
    post(ingest, event(user="u-1"))
    stand_in.wait_for(1)
    to_event(relay, other)
    dispatcher.reload()
    post(ingest, event(user="u-2"))
    other.wait_for(1)
    assert len(stand_in.arrived()) == 1


def test_other_settings_are_followed(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, max_in_flight=8).start()
    limit = 'relay_in_flight_limit{destination="event"}'
    assert dispatcher.metrics()[limit] == 8
    to_event(relay, stand_in, max_in_flight=3, unchanged_for="1h",
             when="input.event_type != 'Secret'")
    relay.settings += "log: {level: debug}\n"
    dispatcher.reload()
    assert dispatcher.metrics()[limit] == 3
    post(ingest, event(kind="Secret"))
    wait_for_ledger(dispatcher, "skipped", 1)
    post(ingest, {**event(), "uuid": ""})
    wait_for_ledger(dispatcher, "delivered", 1)
    post(ingest, {**event(), "uuid": ""})
    wait_for_ledger(dispatcher, "unchanged", 1)
    assert dispatcher.find_log(event="attempt_state")


def test_rate_is_followed(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, rate_limit=1).start()
    post(ingest, *users(0, 200))
    stand_in.wait_for(1)
    to_event(relay, stand_in, rate_limit=100000)
    dispatcher.reload()
    stand_in.wait_for(200)
    assert dispatcher.metrics()[
        'relay_rate_waits_total{destination="event"}'] > 0
    # And back to no limit at all.
    to_event(relay, stand_in)
    dispatcher.reload()
    post(ingest, *users(200, 300))
    stand_in.wait_for(300)
    wait_for_ledger(dispatcher, "delivered", 300)


def test_after_is_followed(relay, stand_in):
    relay.add_destination("contact", stand_in.url + CONTACT)
    to_event(relay, stand_in)
    relay.add_route("/amplitude/both", "contact", "event")
    ingest, dispatcher = relay.start()
    stand_in.fail({"endpoint": CONTACT, "status": 503})
    relay.add_destination("event", stand_in.url + EVENT, after=["contact"])
    dispatcher.reload()
    ingest.post("/amplitude/both", event(user="u-1"))
    stand_in.wait_for(1, CONTACT, accepted=False)
    waiting = 'relay_waiting_groups{destination="event"}'
    dispatcher.wait_for_metric(waiting, 1)
    assert stand_in.arrived(EVENT) == []
    stand_in.recover()
    stand_in.wait_for(1, EVENT)


def test_settings_of_the_command_line_stay_over_the_new_file(relay, stand_in):
    to_event(relay, stand_in)
    relay.set("destinations.event.max_in_flight", 5)
    ingest, dispatcher = relay.start()
    to_event(relay, stand_in, max_in_flight=7, template=OTHER_TEMPLATE)
    dispatcher.reload()
    post(ingest, event(kind="First"))
    assert kinds(stand_in.wait_for(1)) == ["New First"]
    assert dispatcher.metrics()[
        'relay_in_flight_limit{destination="event"}'] == 5


# -- what was on hold

def with_key(relay, stand_in, path, **keys):
    """The key in a file of its own, and probes that nobody waits for."""
    return to_event(relay, stand_in, probe_every="1h", headers={
        "authorization": f"${{file:{path}}}",
        "content-type": "application/json"}, **keys)


def test_mended_key_is_tried_at_once(relay, stand_in, stage):
    key = stage.write("key", "Basic d3Jvbmc=")
    ingest, dispatcher = with_key(relay, stand_in, key).start()
    post(ingest, *users(0, 20))
    dispatcher.wait_for_log(event="destination_held", reason="unauthorized")
    stage.write("key", AUTHORIZATION)
    dispatcher.reload()
    wait_for_end(dispatcher, "unauthorized")
    wait_for_ledger(dispatcher, "delivered", 20)
    assert dispatcher.metrics()[DEAD] == 0


def test_mended_key_is_tried_at_once_also_when_the_old_is_refused_later(
        relay, stand_in, stage):
    key = stage.write("key", "Basic d3Jvbmc=")
    ingest, dispatcher = with_key(relay, stand_in, key).start()
    stand_in.fail({"latency_ms": 1500, "count": 5, "status": 401})
    post(ingest, *users(0, 5))
    stand_in.wait_for(5, accepted=False)
    stage.write("key", AUTHORIZATION)
    dispatcher.reload()
    wait_for_ledger(dispatcher, "delivered", 5)
    assert attempts(dispatcher, "unauthorized") == 5


def test_mended_template_ends_burning_at_once(relay, stand_in):
    to_event(relay, stand_in, template="${nothing}", burn_limit=5,
             probe_every="1h")
    ingest, dispatcher = relay.start()
    post(ingest, *users(0, 30))
    dispatcher.wait_for_log(event="destination_held", reason="burning")
    to_event(relay, stand_in, burn_limit=5, probe_every="1h")
    dispatcher.reload()
    wait_for_end(dispatcher, "burning")
    buried = len(listed(relay))
    assert buried == 5
    wait_for_ledger(dispatcher, "delivered", 30 - buried)


def test_throttled_destination_is_left_alone_by_a_reload(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"status": 429, "retry_after": 3600})
    post(ingest, event())
    dispatcher.wait_for_log(event="destination_held", reason="throttled")
    dispatcher.reload()
    dispatcher.metrics()  # Redis has been asked about the hold
    assert dispatcher.metrics()[
        'relay_queue_calls_total{verb="unprobe",status="ok"}'] == 0
    assert stand_in.hits() == [1]


# -- a file that is wrong

def replace(relay, old, new):
    assert old in relay.settings
    relay.settings = relay.settings.replace(old, new)


@pytest.mark.parametrize("spoil, said", [
    (lambda relay: relay.add_template("event.ftl", "{\n ${input.x"),
     r"event\.ftl:\d+:\d+: "),
    (lambda relay: setattr(relay, "settings", relay.settings + "log: [\n"),
     r"relay\.yaml:\d+: "),
    (lambda relay: setattr(relay, "settings",
                           relay.settings + "logg: {level: info}\n"),
     r"relay\.yaml:\d+: logg: unknown key; did you mean log\?"),
    (lambda relay: relay.add_destination(
        "event", "http://127.0.0.1:1" + EVENT,
        headers={"authorization": "${env:NO_SUCH_SECRET}"}),
     r"destinations\.event\.headers\.authorization: .*NO_SUCH_SECRET"),
    (lambda relay: relay.add_destination(
        "event", "http://127.0.0.1:1" + EVENT, when="input."),
     r"relay\.yaml:\d+: destinations\.event\.when"),
    (lambda relay: relay.add_destination(
        "event", "https://127.0.0.1:1" + EVENT, tls={"ca_file": "/nowhere"}),
     r"destinations\.event\.tls\.ca_file: cannot be read"),
    # What needs a restart.
    (lambda relay: replace(
        relay, "redis:\n", "redis:\n  prefix: other\n"),
     r"relay\.yaml: redis\.prefix: needs a restart"),
    (lambda relay: replace(
        relay, "dispatcher:\n  admin:\n    listen: 127.0.0.1:0",
        "dispatcher:\n  admin:\n    listen: 127.0.0.1:1"),
     r"relay\.yaml: dispatcher\.admin\.listen: needs a restart"),
    (lambda relay: relay.add_destination(
        "second", "http://127.0.0.1:1" + EVENT),
     r"relay\.yaml: destinations: .* needs a restart"),
], ids=["template", "yaml", "key", "secret", "when", "ca_file", "redis",
        "listen", "destinations"])
def test_bad_file_is_refused_and_the_old_one_goes_on(
        relay, stand_in, spoil, said):
    ingest, dispatcher = to_event(relay, stand_in).start()
    before = dispatcher.metrics()
    assert before[OK] == 1
    spoil(relay)
    line = dispatcher.refuse_reload()
    assert line["level"] == "error"
    assert re.search(said, line["reason"]), line
    after = dispatcher.metrics()
    assert after[OK] == 0
    assert after[LOADED] == before[LOADED]
    assert dispatcher.is_ready()
    post(ingest, event())
    stand_in.wait_for(1)


def test_file_that_was_mended_is_taken(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    relay.add_template("event.ftl", "${")
    dispatcher.refuse_reload()
    to_event(relay, stand_in)
    dispatcher.reload()
    assert dispatcher.metrics()[OK] == 1
    post(ingest, event())
    stand_in.wait_for(1)
    assert ledger(dispatcher, "accepted") == 1


# -- many of them

def rss_kib(process):
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))


def test_many_reloads_under_load_lose_nothing_and_leak_nothing(
        relay, stand_in, tell):
    jobs = 20
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"latency_ms": 30})
    sizes = []
    for turn in range(60):
        post(ingest, *users(turn * jobs, (turn + 1) * jobs))
        to_event(relay, stand_in, max_in_flight=5 + turn % 7,
                 template=[EVENT_TEMPLATE, OTHER_TEMPLATE][turn % 2])
        dispatcher.reload()
        sizes.append(rss_kib(dispatcher.process))
    stand_in.wait_for(60 * jobs)
    wait_for_ledger(dispatcher, "delivered", 60 * jobs)
    assert len(stand_in.arrived()) == 60 * jobs
    tell(f"RSS over 60 reloads: {sizes[0]}, {sizes[29]}, {sizes[-1]} KiB")
    assert sizes[-1] < 1.5 * sizes[29]


def test_reload_while_it_stops_is_no_matter(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"latency_ms": 1000, "count": 1})
    post(ingest, event())
    stand_in.wait_for(1)
    dispatcher.process.signal(signal.SIGTERM)
    dispatcher.wait_for_log(event="stopping")
    dispatcher.process.signal(signal.SIGHUP)
    assert dispatcher.process.run() == 0
    assert not dispatcher.find_log(event="reloaded")


def test_attempts_of_an_old_configuration_end_with_the_process(
        relay, stand_in):
    relay.set("dispatcher.shutdown_grace", "0s")
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"break": "hang"})
    post(ingest, *users(0, 5))
    stand_in.wait_for(5, accepted=False)
    to_event(relay, stand_in)
    dispatcher.reload()
    post(ingest, *users(5, 8))
    stand_in.wait_for(8, accepted=False)
    assert dispatcher.stop() == 0
