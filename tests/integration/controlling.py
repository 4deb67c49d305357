"""What relayctl's tests share: dead letters to look at, and runs of it."""

import json
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
