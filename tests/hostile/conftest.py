"""The fixtures of tests/support/harness, and one of an ingest under attack."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness.fixtures import *  # noqa: E402,F403 pylint: disable=all
from harness.stand_in import EVENT  # noqa: E402

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def event_relay(relay):
    """One route to one destination that is never reached."""
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_route("/amplitude/events", "event")
    return relay


@pytest.fixture
def ingest(event_relay):
    """One accepted job, and after the test it is there still, and another is
    accepted."""
    running = event_relay.ingest()
    first = running.post("/amplitude/events", {"uuid": "first"})
    assert first.json["accepted"] == 1
    yield running
    assert running.process.is_running()
    again = running.post("/amplitude/events",
                         [{"uuid": "first"}, {"uuid": "last"}])
    assert (again.status, again.json["duplicate"],
            again.json["accepted"]) == (200, 1, 1)
