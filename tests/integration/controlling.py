"""What relayctl's tests share: dead letters to look at, and runs of it."""

import json
import os
import pty
import subprocess

from dispatching import ONE_TRY, ROUTE, event, post, to_event
from harness.stage import ROOT, build_dir
from harness.stand_in import EVENT
from harness.wait import PATIENCE_S, wait_until

BINARY = build_dir() / "dispatcher/ctl/relayctl"
GUIDE = ROOT / "tests/conformance/guide"


def run(stage, *arguments, check=True, stdin="", **environment):
    """relayctl without a configuration, unless the arguments name one."""
    clean = {key: value for key, value in stage.environment.items()
             if key != "RELAY_CONFIG"}
    done = subprocess.run(
        [BINARY, *[str(argument) for argument in arguments]],
        env={**clean, **environment}, text=True, input=stdin,
        capture_output=True, timeout=PATIENCE_S, check=False)
    assert not check or done.returncode == 0, done.stdout + done.stderr
    return done


def nowhere(relay, name="event"):
    """Only a destination that nobody listens at, in place of any others."""
    relay.destinations.clear()
    relay.routes.clear()
    relay.add_destination(name, "http://127.0.0.1:1" + EVENT)
    relay.add_route(ROUTE, name)
    return relay


def stats(relay, destination="event"):
    """A row of relayctl stats."""
    rows = json.loads(relay.relayctl("stats", "--json").stdout)
    return next(row for row in rows if row["destination"] == destination)


def wait_for_dead(relay, count, destination="event"):
    wait_until(lambda: stats(relay, destination)["dead_now"] == count,
               f"{count} dead letters")


def listed(relay, *arguments):
    """The rows of relayctl dead list."""
    return json.loads(
        relay.relayctl("dead", "list", "--json", *arguments).stdout)


def shown(relay, job, *arguments):
    return json.loads(
        relay.relayctl("dead", "show", job, "--json", *arguments).stdout)


def bury(relay, stand_in, count, body="no such event"):
    """So many rejected events, then a stand-in that takes all: their ids."""
    ingest, _ = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"status": 400, "body": body})
    for number in range(count):
        post(ingest, event(user=f"u-{number}"))
        wait_for_dead(relay, number + 1)
    stand_in.recover()
    return [row["id"] for row in listed(relay)]


def bury_each(relay, stand_in, *events, status=400):
    """These events, rejected one after the other: their ids."""
    ingest, _ = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"status": status})
    for number, one in enumerate(events):
        post(ingest, one)
        wait_for_dead(relay, number + 1)
    stand_in.recover()
    return [row["id"] for row in listed(relay)]


def bury_many(relay, stand_in, count):
    """So many render errors; then no dispatcher, and a template that works."""
    ingest, dispatcher = to_event(
        relay, stand_in, template="${nothing}", burn_limit=0).start()
    for first in range(0, count, 500):
        post(ingest, *[event(user=f"u-{number}") for number in
                       range(first, min(first + 500, count))])
    wait_for_dead(relay, count)
    dispatcher.stop()
    to_event(relay, stand_in)


def begin(relay, *arguments, failpoint="", **streams):
    """relayctl in the background: a Popen, its output as text."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE,
               "stderr": subprocess.PIPE, **streams}
    # Its own: another run writes the other one while this one reads.
    config = relay.stage.write("background.yaml", relay.text())
    return subprocess.Popen(
        [BINARY, *relay.arguments(config), *[str(one) for one in arguments]],
        env={**relay.stage.environment, **relay.environment,
             "RELAY_FAILPOINT": failpoint}, text=True, **streams)


class Terminal:
    """Somebody at a terminal, who runs relayctl."""

    def __init__(self, relay, *arguments):
        self.ours, theirs = pty.openpty()
        self.child = begin(relay, *arguments, stdin=theirs, stdout=theirs,
                           stderr=theirs)
        os.close(theirs)
        self.shown = ""

    def read(self):
        try:
            self.shown += os.read(self.ours, 65536).decode()
            return True
        except OSError:  # the other end was closed
            return False

    def wait_for(self, text):
        while text not in self.shown:
            assert self.read(), self.shown

    def type(self, text):
        os.write(self.ours, text.encode())

    def end(self):
        """The exit status."""
        while self.read():
            pass
        os.close(self.ours)
        return self.child.wait(PATIENCE_S)
