"""Starting, idling, stopping, dying."""

import itertools
import re
import signal

from dispatching import (DEPTH, attempts, event, kinds, ledger, post, to_event,
                         wait_for_ledger)
from harness.stage import build_dir
from harness.stand_in import CONTACT, EVENT
from harness.wait import wait_until


def command(relay, *options):
    return [build_dir() / "dispatcher/relay-dispatcher", *relay.arguments(),
            *options]


def refused(relay):
    """The one line that a dispatcher ends with, status 2."""
    process = relay.stage.start(
        "relay-dispatcher", command(relay), relay.environment)
    assert process.run() == 2
    lines = process.log().splitlines()
    assert len(lines) == 1, lines
    return lines[0]


def calls(redis, command):
    """How often Redis ran this."""
    found = re.search(rf"cmdstat_{command}:calls=(\d+)",
                      redis.call("INFO", "commandstats").decode())
    return int(found[1]) if found else 0


# -- starting

def test_template_that_does_not_compile_is_refused_at_start(relay, stand_in):
    to_event(relay, stand_in, template='{\n  "a": "${input.}"\n}')
    line = refused(relay)
    assert "destinations.event.template" in line
    assert re.search(r"event\.ftl:2:\d+", line)


def test_condition_that_does_not_compile_is_refused_at_start(relay, stand_in):
    to_event(relay, stand_in, when="input.user_id ??? 1")
    line = refused(relay)
    assert re.search(r"relay\.yaml:\d+: destinations\.event\.when:1:\d+", line)


def test_header_with_a_line_break_is_refused_at_start(relay, stand_in):
    to_event(relay, stand_in, headers={"x-key": "${env:BROKEN_KEY}"})
    relay.environment["BROKEN_KEY"] = "s3cret\nX-More: 1"
    line = refused(relay)
    assert "x-key" in line and "s3cret" not in line


def test_check_says_that_all_is_well(relay, stand_in, stage):
    to_event(relay, stand_in)
    process = stage.start("relay-dispatcher", command(relay, "--check"))
    assert process.run() == 0


# -- idling

def test_idle_dispatcher_sleeps_on_redis(relay, stand_in, redis):
    to_event(relay, stand_in)
    relay.set("dispatcher.idle_block", "100ms")
    ingest, dispatcher = relay.start()
    post(ingest, event())
    wait_for_ledger(dispatcher, "delivered", 1)
    slept = calls(redis, "blpop")
    asked = calls(redis, "evalsha")
    wait_until(lambda: calls(redis, "blpop") >= slept + 10, "ten sleeps")
    # One question and one claim a sleep: one destination, one shard.
    assert calls(redis, "evalsha") - asked <= 24


def test_sleeping_dispatcher_is_woken_by_a_job(relay, stand_in, redis):
    to_event(relay, stand_in)
    relay.set("dispatcher.idle_block", "5m")
    ingest, _ = relay.start()
    for i in range(5):
        post(ingest, event(kind=f"Event {i}"))
        stand_in.wait_for(i + 1)


def test_lost_wake_is_made_up_for_while_others_are_busy(
        relay, stand_in, redis):
    to_event(relay, stand_in)
    relay.add_destination("rare", stand_in.url + CONTACT)
    relay.add_route("/rare", "rare")
    ingest = relay.ingest()
    assert ingest.post("/rare", event()).status == 200
    # Out of sight until the dispatcher has looked, then back without a wake:
    # as if the one who was woken had died.
    redis.call("RENAME", "{relay:0}:rare:ready", "{relay:0}:hidden")
    redis.call("DEL", "{relay:0}:rare:wake")
    dispatcher = relay.dispatcher()
    post(ingest, event(kind="First"))
    stand_in.wait_for(1, EVENT)
    redis.call("RENAME", "{relay:0}:hidden", "{relay:0}:rare:ready")
    number = itertools.count()

    def is_there():
        # Never a sleep as long as dispatcher.idle_block.
        post(ingest, event(kind=f"Event {next(number)}"))
        return stand_in.accepted(CONTACT)

    wait_until(is_there, "the job nobody was woken for")
    wait_for_ledger(dispatcher, "delivered", next(number) + 1)


def test_retry_is_woken_for_by_its_time(relay, stand_in):
    to_event(relay, stand_in)
    relay.set("dispatcher.idle_block", "5m")
    ingest, _ = relay.start()
    stand_in.fail({"status": 500, "count": 3})
    post(ingest, event())
    stand_in.wait_for(1)


def test_room_is_never_passed(relay, stand_in):
    to_event(relay, stand_in, max_in_flight=3)
    relay.set("dispatcher.shutdown_grace", "0s")
    ingest, dispatcher = relay.start()
    stand_in.fail({"break": "hang"})
    post(ingest, *[event(user=f"u-{i}") for i in range(20)])
    dispatcher.wait_for_metric('relay_in_flight{destination="event"}', 3)
    assert len(stand_in.arrived()) == 3
    dispatcher.wait_for_metric(DEPTH, 20)


# -- stopping

def test_stop_lets_attempts_end(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"latency_ms": 700})
    post(ingest, event(kind="Slow"))
    stand_in.wait_for(1, accepted=False)
    post(ingest, event(kind="Later"))
    dispatcher.process.signal(signal.SIGTERM)
    dispatcher.wait_for_log(event="stopping")
    answer = dispatcher.get("/readyz")
    assert answer.status == 503 and "stopping" in answer.text
    assert dispatcher.process.run() == 0
    assert kinds(stand_in.accepted()) == ["Slow"]
    stand_in.recover()
    dispatcher.start()
    assert kinds(stand_in.wait_for(2)) == ["Slow", "Later"]
    assert ledger(dispatcher, "delivered") == 2


def test_stop_gives_back_what_does_not_end(relay, stand_in):
    to_event(relay, stand_in)
    relay.set("dispatcher.shutdown_grace", "100ms")
    ingest, dispatcher = relay.start()
    stand_in.fail({"break": "hang"})
    post(ingest, event())
    stand_in.wait_for(1, accepted=False)
    assert dispatcher.stop() == 0
    assert dispatcher.find_log(event="job_retry", outcome="unknown")
    stand_in.recover()
    dispatcher.start()
    stand_in.wait_for(1)


def test_second_signal_ends_at_once(relay, stand_in):
    to_event(relay, stand_in)
    ingest, dispatcher = relay.start()
    stand_in.fail({"break": "hang"})
    post(ingest, event())
    stand_in.wait_for(1, accepted=False)
    dispatcher.process.signal(signal.SIGTERM)
    dispatcher.wait_for_log(event="stopping")
    dispatcher.process.signal(signal.SIGTERM)
    assert dispatcher.process.run() == 1


# -- dying

def test_jobs_of_a_killed_dispatcher_are_taken_over(relay, stand_in):
    to_event(relay, stand_in, timeout="500ms", lease="5500ms")
    ingest = relay.ingest()
    first = relay.dispatcher()
    stand_in.fail({"break": "hang", "count": 1})
    post(ingest, event(kind="First"), event(kind="Second"))
    stand_in.wait_for(1, accepted=False)
    first.kill()
    second = relay.dispatcher()
    assert kinds(stand_in.wait_for(2)) == ["First", "Second"]
    wait_for_ledger(second, "delivered", 2)
    assert attempts(second, "delivered") == 2


def test_redis_that_goes_and_comes_back_loses_nothing(
        relay, stand_in, redis):
    redis.stop()
    redis.with_aof = True
    redis.start()
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"latency_ms": 300, "count": 1})
    post(ingest, event(kind="First"), event(kind="Second"))
    stand_in.wait_for(1, EVENT, accepted=False)
    redis.kill()
    wait_until(lambda: dispatcher.get("/readyz").status == 503, "unreadiness")
    assert "redis" in dispatcher.get("/readyz").text
    redis.start()
    assert kinds(stand_in.wait_for(2)) == ["First", "Second"]
    wait_for_ledger(dispatcher, "delivered", 2)
