"""Every step of a job's life goes wrong once, in each way: the job arrives all
the same, in order, and the ledger is right."""

import http.client
import pathlib
import re
import signal
import threading

import pytest

from dispatching import ROUTE, event, kinds, ledger, to_event
from harness.stage import ROOT
from harness.wait import wait_until

COUNT = 3
ACTIONS = ("crash", "stop", "error")
HEADER = (ROOT / "common/base/failpoint.h").read_text()
POINTS = re.findall(r'X\([A-Z_]+, "(\w+)"\)', HEADER)
INGEST = [point for point in POINTS
          if point.startswith(("body", "enqueue", "webhook"))]
OPERATOR = [point for point in POINTS if point.startswith("replay")]
DISPATCHER = [point for point in POINTS if point not in INGEST + OPERATOR]
# The first claim is made when it starts; the next is for a job.
SECOND = ("claim_send", "claim_reply")
# A request that was sent may have been taken, though nobody heard of it.
MAY_REPEAT = ("http_sent", "http_answered", "finish_send", "finish_reply")


@pytest.fixture
def line(relay, stand_in):
    """A relay whose leases lapse soon."""
    return to_event(relay, stand_in, timeout="500ms", lease="5500ms")


class Poster:
    """Posts events of one user in order, each until it is taken, by a thread."""

    def __init__(self, ingest, count):
        self.ingest = ingest
        self.count = count
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            for number in range(self.count):
                wait_until(lambda n=number: self.is_taken(f"Event {n}"),
                           f"event {number} to be taken")
        except AssertionError as failure:
            self.failure = failure

    def is_taken(self, kind):
        try:
            return self.ingest.post(ROUTE, event(kind=kind)).status == 200
        except (OSError, http.client.HTTPException):
            return False

    def join(self):
        self.thread.join()
        assert self.failure is None, self.failure


def start_dispatcher(line, point, action):
    number = 2 if point in SECOND else 1
    return line.dispatcher(RELAY_FAILPOINT=f"{point}:{action}:{number}")


def wait_for_hit(log, point, action):
    wait_until(lambda: f"failpoint: {point}: {action}" in log(),
               f"{point} to be hit")


def is_stopped(process):
    status = pathlib.Path(f"/proc/{process.pid}/stat").read_text()
    return status.rpartition(")")[2].split()[0] == "T"


def go_on_after(service, action):
    """The process is what it was before."""
    if action == "crash":
        service.process.is_stopped_by_test = True
        assert service.process.wait() == -signal.SIGKILL
        service.environment.clear()
        service.start()
    elif action == "stop":
        wait_until(lambda: is_stopped(service.process), "the stop")
        service.process.signal(signal.SIGCONT)


def check_arrival(stand_in, dispatcher, may_repeat=False):
    """All events of the user came, in order."""
    wait_until(lambda: ledger(dispatcher, "delivered") == COUNT,
               f"{COUNT} deliveries")
    found = kinds(stand_in.accepted())
    assert list(dict.fromkeys(found)) == [f"Event {n}" for n in range(COUNT)]
    assert may_repeat or len(found) == COUNT
    check_ledger(dispatcher)


def check_ledger(dispatcher):
    for name, value in dispatcher.metrics().items():
        if name.startswith("relay_ledger_difference"):
            assert value == 0, (name, value)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("point", INGEST)
def test_ingest_loses_nothing_at(line, stand_in, point, action):
    ingest = line.ingest(RELAY_FAILPOINT=f"{point}:{action}:2")
    dispatcher = line.dispatcher()
    log = ingest.process.log
    poster = Poster(ingest, COUNT)
    wait_for_hit(log, point, action)
    go_on_after(ingest, action)
    poster.join()
    check_arrival(stand_in, dispatcher)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("point", DISPATCHER)
def test_dispatcher_loses_nothing_at(line, stand_in, point, action):
    ingest = line.ingest()
    dispatcher = start_dispatcher(line, point, action)
    log = dispatcher.process.log
    poster = Poster(ingest, COUNT)
    wait_for_hit(log, point, action)
    go_on_after(dispatcher, action)
    poster.join()
    if (point, action) == ("rendered", "error"):
        # The one that could not be rendered waits for an operator.
        wait_until(lambda: ledger(dispatcher, "dead") == 1, "its death")
        line.relayctl("dead", "replay", "--all", "--destination", "event")
        wait_until(lambda: ledger(dispatcher, "delivered") == COUNT,
                   "all to arrive")
        check_ledger(dispatcher)
    else:
        check_arrival(stand_in, dispatcher, point in MAY_REPEAT)


@pytest.mark.parametrize("point", DISPATCHER)
def test_another_takes_over_from_one_that_stopped_at(line, stand_in, point):
    ingest = line.ingest()
    stopped = start_dispatcher(line, point, "stop")
    Poster(ingest, COUNT).join()
    wait_for_hit(stopped.process.log, point, "stop")
    other = line.dispatcher()
    wait_until(lambda: ledger(other, "delivered") == COUNT, "the take-over")
    stopped.process.signal(signal.SIGCONT)
    stopped.wait_until_ready()
    Poster(ingest, COUNT + 1).join()
    wait_until(lambda: ledger(other, "delivered") == COUNT + 1, "one more")
    found = kinds(stand_in.accepted())
    assert list(dict.fromkeys(found)) == [
        f"Event {n}" for n in range(COUNT + 1)]
    assert point in MAY_REPEAT or len(found) == COUNT + 1
    check_ledger(other)


@pytest.mark.parametrize("action", ["crash", "error"])
@pytest.mark.parametrize("point", OPERATOR)
def test_replay_loses_nothing_at(line, stand_in, point, action):
    stand_in.fail({"status": 400})
    ingest, dispatcher = line.start()
    Poster(ingest, COUNT).join()
    wait_until(lambda: ledger(dispatcher, "dead") == COUNT, "the deaths")
    stand_in.recover()
    line.environment["RELAY_FAILPOINT"] = f"{point}:{action}"
    done = line.relayctl("dead", "replay", "--all", "--destination", "event",
                         check=False)
    assert done.returncode != 0
    assert f"failpoint: {point}: {action}" in done.stderr
    line.environment.clear()
    line.relayctl("dead", "replay", "--all", "--destination", "event",
                  check=False)
    check_arrival(stand_in, dispatcher)


def test_point_that_does_not_exist_is_refused(line):
    line.environment["RELAY_FAILPOINT"] = "nowhere:crash"
    done = line.relayctl("stats", check=False)
    assert done.returncode != 0
    assert "RELAY_FAILPOINT" in done.stderr


def test_points_are_all_of_some_process():
    """Each is hit by a test above, as each is a parameter of one."""
    assert sorted(INGEST + DISPATCHER + OPERATOR) == sorted(POINTS)
    assert INGEST and DISPATCHER and OPERATOR
