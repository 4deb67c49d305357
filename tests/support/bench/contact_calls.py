"""tests/bench/contact-calls: see its --help."""

import argparse
import json
import pathlib
import random
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from harness.redis import RedisServer
from harness.relay import Relay, sample
from harness.stage import ROOT, Stage
from harness.stand_in import CONTACT, StandIn
from harness.wait import wait_until

ROUTE = "/amplitude/users"
USERS = 2000
ZIPF = 1.1  # the exponent: a few users make most visits
VISIT = 10  # events, each with its user update
# What changes: the plan within a visit, the app's version between two.
CHANGES_PLAN, UPDATES_APP = 0.05, 0.1
AT_ONCE = 200  # visits that are open at a time
PER_SECOND = 500  # updates that come in; the destination can take thrice that
BATCH = 5  # in one request
LATENCY_MS = 40
CONTENDERS = {
    "neither": {},
    "unchanged_for": {"unchanged_for": "1h"},
    "coalesce": {"coalesce": "latest"},
    "both": {"unchanged_for": "1h", "coalesce": "latest"},
}
SETTLE_S = 600


class Visitor:
    """What Amplitude knows of one user."""

    def __init__(self, number, chance):
        self.chance = chance
        self.user = dict(sample("user-01-known-with-email.json"),
                         user_id=f"user-{number}", device_id=f"device-{number}")
        self.user["user_properties"] = dict(
            self.user["user_properties"], email=f"user-{number}@example.com")
        self.version = 0

    def begin_visit(self):
        if self.chance.random() < UPDATES_APP:
            self.version += 1
            self.user["version_name"] = f"4.{self.version}.0"

    def update(self):
        if self.chance.random() < CHANGES_PLAN:
            self.user["user_properties"]["subscription_product"] = \
                f"plan-{self.chance.randrange(5)}"
        return json.loads(json.dumps(self.user))


def stream(visits, seed):
    """User updates in the order in which they come: many visits at a time."""
    chance = random.Random(seed)
    visitors = [Visitor(number, chance) for number in range(USERS)]
    weights = [1 / (rank + 1) ** ZIPF for rank in range(USERS)]
    to_come = chance.choices(visitors, weights, k=visits)
    open_visits = []
    while to_come or open_visits:
        while to_come and len(open_visits) < AT_ONCE:
            visitor = to_come.pop()
            visitor.begin_visit()
            open_visits.append([visitor, VISIT])
        visit = chance.choice(open_visits)
        yield visit[0].update()
        visit[1] -= 1
        if visit[1] == 0:
            open_visits.remove(visit)


def post_all(ingest, updates):
    began = time.monotonic()
    with ingest.client() as client:
        for first in range(0, len(updates), BATCH):
            time.sleep(max(0, began + first / PER_SECOND - time.monotonic()))
            answer = ingest.post(ROUTE, updates[first:first + BATCH],
                                 client=client)
            assert answer.status == 200, answer


def play(updates, keys):
    """Calls that the destination got, and what the ledger says."""
    stage = Stage()
    try:
        # It takes what it had a moment ago: what is measured is what is sent.
        stand_in = StandIn(stage, "--keep", 10, "--duplicate-window-ms", 0)
        stand_in.fail({"latency_ms": LATENCY_MS})
        relay = Relay(stage, RedisServer(stage).address)
        relay.add_destination(
            "contact", stand_in.url + CONTACT,
            (ROOT / "deploy/templates/contact.ftl").read_text(),
            endpoint="contact", max_in_flight=64, min_in_flight=64, **keys)
        relay.add_route(ROUTE, "contact")
        relay.settings += VARS
        ingest, dispatcher = relay.start()
        post_all(ingest, updates)
        metrics = {}

        def is_drained():
            metrics.update(dispatcher.metrics())
            return metrics.get('relay_depth{destination="contact"}') == 0
        wait_until(is_drained, "the queue to drain", SETTLE_S)
        return {entry: int(metrics.get(
            f'relay_ledger_total{{destination="contact",entry="{entry}"}}', 0))
            for entry in ("delivered", "unchanged", "superseded", "dead")}
    finally:
        stage.close()


VARS = """\
vars:
  contact_fields:
    1: user_properties.subscription_product
    2: version_name
    3: os_version
    4: language
    5: country
  email: user_properties.email
  app_id: ""
"""


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/bench/contact-calls",
                                     description="""
        How many calls `unchanged_for` and `coalesce` save of a destination for
        contacts, when each event brings a user update: users by Zipf, ten
        events a visit, two hundred visits at a time.""")
    parser.add_argument("--visits", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    updates = list(stream(arguments.visits, arguments.seed))
    print(f"{'':>14} {'calls':>8} {'of updates':>10}")
    lines = []
    for name, keys in CONTENDERS.items():
        ledger = play(updates, keys)
        assert sum(ledger.values()) == len(updates), ledger
        share = ledger["delivered"] / len(updates)
        print(f"{name:>14} {ledger['delivered']:>8} {share:>10.1%}", flush=True)
        lines.append({"bench": "contact-calls", "contender": name,
                      "updates": len(updates), **ledger})
    for line in lines:
        print(json.dumps(line))


if __name__ == "__main__":
    main()
