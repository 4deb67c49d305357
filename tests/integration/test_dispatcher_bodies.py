"""What was sent to a user last: bodies that are unchanged, and duplicates."""

import pytest

from dispatching import ledger, wait_for_ledger
from harness.stand_in import CONTACT, StandIn
from harness.wait import wait_until

ROUTE = "/amplitude/users"


@pytest.fixture
def forgetful(stage):
    """A stand-in that takes the same contact twice within the minute."""
    return StandIn(stage, "--duplicate-window-ms", 0)


def to_contact(relay, stand_in, **keys):
    relay.add_destination("event", stand_in.url + CONTACT,
                          **{"endpoint": "contact",
                             "retry": {"base": "20ms", "cap": "50ms"}, **keys})
    relay.add_route(ROUTE, "event")
    return relay.start()


def post(ingest, *values, user="u-1"):
    """User updates, which differ in one field."""
    answer = ingest.post(ROUTE, [{"user_id": user, "value": value}
                                 for value in values])
    assert answer.status == 200, answer


TEMPLATE = """\
{"externalCustomerId": "${input.user_id}", "channels": [],
 "fields": [{"id": 1, "value": "${input.value}"}]}
"""


def values(stand_in):
    return [body["fields"][0]["value"] for body in stand_in.bodies()]


def test_unchanged_body_is_not_sent_again(relay, stand_in):
    ingest, dispatcher = to_contact(relay, stand_in, template=TEMPLATE,
                                    unchanged_for="1h")
    post(ingest, "A", "A", "A")
    wait_for_ledger(dispatcher, "unchanged", 2)
    assert values(stand_in) == ["A"]
    assert ledger(dispatcher, "delivered") == 1
    line = dispatcher.wait_for_log(event="job_unchanged")
    assert line["outcome"] == "unchanged" and "status" not in line
    # Of another user it is news.
    post(ingest, "A", user="u-2")
    stand_in.wait_for(2)


def test_body_that_went_and_came_back_is_sent(relay, forgetful):
    ingest, dispatcher = to_contact(relay, forgetful, template=TEMPLATE,
                                    unchanged_for="1h")
    post(ingest, "A", "B", "A")
    wait_for_ledger(dispatcher, "delivered", 3)
    assert values(forgetful) == ["A", "B", "A"]
    assert ledger(dispatcher, "unchanged") == 0


def test_unchanged_body_is_sent_without_the_setting(relay, forgetful):
    ingest, dispatcher = to_contact(relay, forgetful, template=TEMPLATE)
    post(ingest, "A", "A")
    wait_for_ledger(dispatcher, "delivered", 2)
    assert values(forgetful) == ["A", "A"]


def test_unchanged_is_what_was_delivered_only(relay, stand_in):
    ingest, dispatcher = to_contact(relay, stand_in, template=TEMPLATE,
                                    unchanged_for="1h", burn_limit=0)
    stand_in.fail({"status": 400, "count": 1})
    post(ingest, "A", "A", "A")
    wait_for_ledger(dispatcher, "unchanged", 1)
    assert ledger(dispatcher, "dead") == 1
    assert ledger(dispatcher, "delivered") == 1
    assert values(stand_in) == ["A"]


def test_duplicate_of_what_we_sent_is_delivered(relay, stand_in):
    """Taken, but its answer was lost: the repeat is called a duplicate."""
    ingest, dispatcher = to_contact(relay, stand_in, template=TEMPLATE)
    stand_in.fail({"break": "reset", "taken": True, "count": 1})
    post(ingest, "A")
    wait_for_ledger(dispatcher, "delivered", 1)
    assert [a["status"] for a in stand_in.arrived()][-1] == 409
    line = dispatcher.wait_for_log(event="job_delivered")
    assert line["status"] == "409" and line["attempt"] == "2"


def test_duplicate_of_something_else_is_a_conflict(relay, stand_in):
    """A, B, A within the minute: the third is refused, and the contact is as B
    made it."""
    ingest, dispatcher = to_contact(relay, stand_in, template=TEMPLATE)
    post(ingest, "A", "B", "A")
    line = dispatcher.wait_for_log(event="job_retry")
    assert line["outcome"] == "conflict" and int(line["delay_ms"]) >= 61000
    assert values(stand_in) == ["A", "B"]
    wait_until(lambda: ledger(dispatcher, "delivered") == 2, "the first two")


def test_unchanged_body_is_sent_again_when_it_is_old(relay, forgetful):
    ingest, dispatcher = to_contact(relay, forgetful, template=TEMPLATE,
                                    unchanged_for="1s")

    def is_sent_again():
        post(ingest, "A")
        return len(values(forgetful)) >= 2

    wait_until(is_sent_again, "the memory to end")
    assert ledger(dispatcher, "unchanged") > 0
