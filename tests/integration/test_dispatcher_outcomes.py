"""What becomes of a job, by what the destination answers."""

import pytest

from dispatching import (DEAD, ONE_TRY, ROUTE, attempts, dead_letters, event,
                         kinds, ledger, post, to_event, wait_for_ledger)
from harness.redis import free_port
from harness.stand_in import CONTACT, EVENT, StandIn
from harness.wait import wait_until


def test_job_is_delivered_with_the_headers_of_its_destination(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    post(ingest, event(kind="Opened"))
    arrival, = stand_in.wait_for(1)
    assert arrival["endpoint"] == EVENT
    assert arrival["body"]["eventTypeKey"] == "Opened"
    headers = {name.lower(): value
               for name, value in arrival["headers"].items()}
    assert headers["user-agent"].startswith("amplitude-reteno-relay/")
    assert headers["content-type"].startswith("application/json")
    assert "expect" not in headers
    wait_for_ledger(dispatcher, "delivered", 1)
    line = dispatcher.wait_for_log(event="job_delivered")
    assert line["destination"] == "event" and line["status"] == "200"
    assert line["attempt"] == "1" and line["job"].startswith("0-")


def test_failed_job_is_tried_again_before_the_next_of_its_user(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"contains": "First", "status": 500, "count": 2})
    post(ingest, event(kind="First"), event(kind="Second"),
         event(kind="Third"), event(user="u-2", kind="Other"))
    stand_in.wait_for(4)
    accepted = stand_in.accepted()
    mine = [kind for kind in kinds(accepted) if kind != "Other"]
    assert mine == ["First", "Second", "Third"]
    assert kinds(stand_in.arrived()).count("First") == 3
    assert attempts(dispatcher, "server_error") == 2
    retry = dispatcher.find_log(event="job_retry")
    assert [line["attempt"] for line in retry] == ["1", "2"]
    assert all(line["outcome"] == "server_error" for line in retry)


def test_rejected_job_is_dead_with_the_answer(relay, stand_in, redis):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"status": 400, "body": "no such event", "count": 1})
    post(ingest, event(kind="First"), event(kind="Second"))
    stand_in.wait_for(1)
    assert kinds(stand_in.accepted()) == ["Second"]
    dispatcher.wait_for_metric(DEAD, 1)
    letter, = dead_letters(redis).values()
    assert b"no such event" in letter and b"rejected" in letter
    line = dispatcher.wait_for_log(event="job_dead")
    assert line["outcome"] == "rejected" and line["status"] == "400"
    assert "no such event" not in dispatcher.process.log()
    wait_for_ledger(dispatcher, "delivered", 1)


def test_redirect_is_rejected_and_not_followed(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"status": 307, "count": 1})
    post(ingest, event())
    dispatcher.wait_for_metric(DEAD, 1)
    assert len(stand_in.arrived()) == 1


def test_template_error_is_dead_and_says_where(relay, stand_in, redis):
    to_event(relay, stand_in,
             template='{"eventTypeKey": "${input.event_type}",\n'
                      ' "keyValue": "${input.nobody}", "params": []}')
    ingest, dispatcher = relay.start()
    post(ingest, event())
    dispatcher.wait_for_metric(DEAD, 1)
    assert stand_in.arrived() == []
    letter, = dead_letters(redis).values()
    assert b"render_error" in letter and b"event.ftl:2:" in letter
    line = dispatcher.wait_for_log(event="job_dead")
    assert line["outcome"] == "render_error"
    assert "event.ftl:2:" in line["reason"]


@pytest.mark.parametrize("template, why", [
    ('{"eventTypeKey": }', "the output is not JSON"),
    ('{"eventTypeKey": "a<b", "keyValue": "k", "params": []}',
     "eventTypeKey holds a character that Reteno forbids"),
    ('{"eventTypeKey": "a", "params": []}', "nobody to match"),
])
def test_output_that_breaks_a_rule_is_dead(relay, stand_in, template, why):
    ingest, dispatcher = to_event(relay, stand_in, template=template).start()
    post(ingest, event())
    dispatcher.wait_for_metric(DEAD, 1)
    assert why in dispatcher.wait_for_log(event="job_dead")["reason"]
    assert stand_in.arrived() == []


def test_condition_that_declines_skips_the_job(relay, stand_in):
    to_event(relay, stand_in, when='input.event_type != "Secret"')
    ingest, dispatcher = relay.start()
    post(ingest, event(kind="Secret"), event(kind="Open"))
    assert kinds(stand_in.wait_for(1)) == ["Open"]
    wait_for_ledger(dispatcher, "skipped", 1)
    assert ledger(dispatcher, "dead") == 0


def test_conflict_waits(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    # Nobody sent it before: so it is not ours that was taken.
    stand_in.fail({"status": 409, "body": "Duplicated request"})
    post(ingest, event())
    line = dispatcher.wait_for_log(event="job_retry")
    assert line["outcome"] == "conflict" and int(line["delay_ms"]) >= 61000


def test_request_that_hangs_is_unknown(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, timeout="200ms").start()
    stand_in.fail({"break": "hang", "count": 1})
    post(ingest, event())
    stand_in.wait_for(1)
    assert len(stand_in.arrived()) == 2
    assert attempts(dispatcher, "unknown") == 1


def test_unknown_dies_where_the_destination_says_so(relay, stand_in):
    to_event(relay, stand_in, on_unknown="dead")
    ingest, dispatcher = relay.start()
    stand_in.fail({"break": "half", "count": 1})
    post(ingest, event())
    dispatcher.wait_for_metric(DEAD, 1)
    assert attempts(dispatcher, "unknown") == 1


@pytest.mark.parametrize("how", ["reset", "close", "garbage", "half"])
def test_broken_answer_is_unknown_and_tried_again(relay, stand_in, how):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"break": how, "count": 1})
    post(ingest, event())
    wait_for_ledger(dispatcher, "delivered", 1)
    assert attempts(dispatcher, "unknown") == 1


def test_connection_refused_is_a_network_error(relay, stage):
    port = free_port()
    relay.add_destination("event", f"http://127.0.0.1:{port}{EVENT}",
                          retry={"base": "20ms", "cap": "50ms"})
    relay.add_route(ROUTE, "event")
    ingest, dispatcher = relay.start()
    post(ingest, event())
    wait_until(lambda: attempts(dispatcher, "network_error") >= 2,
               "two network errors")
    line = dispatcher.wait_for_log(event="job_retry")
    assert line["reason"] and "status" not in line
    late = StandIn(stage, "--listen", f"127.0.0.1:{port}")
    late.wait_for(1)


def test_job_is_given_up_past_attempts_and_age(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"status": 503})
    post(ingest, event())
    dispatcher.wait_for_metric(DEAD, 1)
    assert len(stand_in.arrived()) == 1


def test_garbage_in_redis_is_dead_and_stops_nothing(relay, stand_in, redis):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"status": 500, "contains": "Held"})
    post(ingest, event(kind="Held"))
    dispatcher.wait_for_log(event="job_retry")
    with redis.client() as client:
        client("RPUSH", "{relay:0}:event:jobs:u:u-1", b"\x00garbage")
        client("RPUSH", "{relay:0}:event:jobs:u:u-1",
               b"\x01" + b"\xff" * 24 + b"\xc1")
        client("HINCRBY", "{relay:0}:event:counts", "accepted", 2)
        client("HINCRBY", "{relay:0}:event:counts", "pending", 2)
    post(ingest, event(kind="Behind"))
    stand_in.recover()
    assert kinds(stand_in.wait_for(2)) == ["Held", "Behind"]
    dispatcher.wait_for_metric(DEAD, 2)
    for line in dispatcher.find_log(event="job_dead"):
        assert line["outcome"] == "render_error"
        assert "no job" in line["reason"]
    wait_for_ledger(dispatcher, "delivered", 2)


def test_destinations_do_not_wait_for_each_other(relay, stand_in):
    to_event(relay, stand_in)
    relay.set("dispatcher.shutdown_grace", "0s")
    relay.add_destination("contact", stand_in.url + CONTACT)
    relay.routes[ROUTE].append("contact")
    ingest, dispatcher = relay.start()
    stand_in.fail({"endpoint": EVENT, "break": "hang"})
    post(ingest, *[event(user=f"u-{i}") for i in range(50)])
    stand_in.wait_for(50, CONTACT)
    dispatcher.wait_for_metric('relay_depth{destination="contact"}', 0)
