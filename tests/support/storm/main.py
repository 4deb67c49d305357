"""tests/storm: see `tests/storm --help`."""

import argparse
import json
import pathlib
import random
import re
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

# pylint: disable=wrong-import-position
from harness.redis import RedisServer
from harness.relay import Relay
from harness.stage import Stage
from harness.stand_in import CONTACT, DEVICE, EVENT, StandIn
from harness.wait import wait_until
from storm import oracle
from storm.faults import Answers, Blows
from storm.senders import EVENTS, THREADS, USERS, Sender

LEAST = 5  # of each kind of fault
STUCK_S = 180  # without a job less, when all is well again
RATE = 400  # requests per second to the destinations of users, in one bucket
# What may be left in Redis: no job, no lease, nobody who waits.
LEFT = re.compile(
    r"\{relay:(\d+:(meta|destinations|(event|device|contact):"
    r"(counts|wake|history|seen:\d|sent:\d))"
    r"|hold:(event|device|contact)|flow:(event|users)"
    r"|\d+\}:(meta|destinations|(event|device|contact):"
    r"(counts|wake|history|seen:\d|sent:\d)))\}?")

# STORM LEASE: faults.py stops dispatchers for longer.
KEYS = {"timeout": "500ms", "lease": "5500ms", "probe_every": "1s",
        "throttle_cap": "2s", "max_lease_losses": 1000, "burn_limit": 0,
        "failing_after": 40, "connect_timeout": "300ms",
        "retry": {"base": "20ms", "cap": "500ms", "max_attempts": 10000}}
PARAM = '{"name": "%s", "value": "${%s?json_string}"}'
EVENT_TEMPLATE = '{"eventTypeKey": "Stormed", "params": [%s]}\n' % ", ".join(
    PARAM % pair for pair in (("externalCustomerId", "input.user_id"),
                              ("delivery", "input.uuid"), ("job", "relay.id")))
DEVICE_TEMPLATE = """\
{"deviceId": "${input.device_id?json_string}", "category": "MOBILE",
 "osType": "IOS", "appVersion": "${input.uuid?json_string} ${relay.id}"}
"""
CONTACT_TEMPLATE = """\
{"externalCustomerId": "${input.user_id?json_string}", "channels": [],
 "fields": [{"id": 1, "value": "${input.uuid?json_string} ${relay.id}"}]}
"""


def read_arrival(arrival):
    """(delivery id, job id) of an accepted request."""
    body = arrival["body"]
    if arrival["endpoint"] == EVENT:
        values = {param["name"]: param["value"] for param in body["params"]}
        return values["delivery"], values["job"]
    if arrival["endpoint"] == DEVICE:
        return tuple(body["appVersion"].split(" "))
    return tuple(body["fields"][0]["value"].split(" "))


class Storm:
    def __init__(self, stage, seed, shards):
        self.stage = stage
        self.stand_in = StandIn(stage, "--keep", 200000)
        self.redis = RedisServer(stage, with_aof=True)
        self.relay = self.configure(shards)
        # Sockets of their own: a port could be another's after a restart.
        self.ingests = [self.relay.ingest(
            "--set", f"ingest.listen=unix:{stage.folder}/ingest-{number}")
            for number in range(2)]
        self.dispatchers = [self.relay.dispatcher("--set", "log.level=debug")
                            for _ in range(3)]
        self.promises = oracle.Promises()
        self.arrivals = {endpoint: oracle.Arrivals()
                         for endpoint in (EVENT, DEVICE, CONTACT)}
        self.last = 0
        self.replayed = set()  # ids of jobs that were dead
        self.senders = [Sender(self.ingests, self.promises, number, seed)
                        for number in range(THREADS)]
        self.players = [Answers(self.stand_in, seed),
                        Blows(self.ingests, self.dispatchers, self.redis,
                              self.promises, seed)]

    def configure(self, shards):
        relay = Relay(self.stage, self.redis.address)
        url = self.stand_in.url
        relay.add_destination("event", url + EVENT, EVENT_TEMPLATE,
                              endpoint="event", **KEYS)
        relay.add_destination("device", url + DEVICE, DEVICE_TEMPLATE,
                              endpoint="device", rate_limit=RATE,
                              rate_bucket="users", **KEYS)
        relay.add_destination("contact", url + CONTACT, CONTACT_TEMPLATE,
                              endpoint="contact", after=["device"],
                              unchanged_for="1m", rate_limit=RATE,
                              rate_bucket="users", **KEYS)
        relay.add_route(EVENTS, "event")
        relay.add_route(USERS, "device", "contact")
        relay.set("redis.shards", str(shards))
        relay.set("redis.request_timeout", "500ms")
        relay.set("redis.connect_timeout", "500ms")
        relay.set("dispatcher.audit_every", "2s")
        return relay

    # -- the storm

    def blow(self, seconds):
        for player in self.players:
            player.start()
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.collect()
            time.sleep(0.2)
        for player in self.players:
            player.end()

    def settle(self):
        """All is well again; what was taken arrives."""
        self.stand_in.recover()
        for service in self.ingests + self.dispatchers:
            service.wait_until_ready()
        for sender in self.senders:
            sender.end()
        self.drain()
        self.replay_refused()
        self.drain()

    def replay_refused(self):
        """A job whose credentials were refused, and again after another's were
        taken, is dead: that is the rule, and an operator replays it."""
        for name in ("event", "device", "contact"):
            letters = json.loads(self.relay.relayctl(
                "dead", "list", "--destination", name, "--json").stdout)
            assert all(letter["status"] == 401 for letter in letters), letters
            self.replayed.update(letter["id"] for letter in letters)
            if letters:
                self.relay.relayctl("dead", "replay", "--all", "--yes",
                                    "--destination", name)

    def drain(self):
        depth = None
        while depth != 0:
            depth = wait_until(lambda than=depth: self.less_than(than),
                               "the queue to drain", STUCK_S)[0]
        self.collect()

    def collect(self):
        """Takes what arrived since, lest the stand-in drop it."""
        for arrival in self.stand_in.accepted(since=self.last):
            self.last = max(self.last, arrival["seq"])
            self.arrivals[arrival["endpoint"]].add(
                arrival["seq"], *read_arrival(arrival))

    def metrics(self, name):
        """The values of a metric of the queue, by destination and the rest."""
        return {key: value
                for key, value in self.dispatchers[0].metrics().items()
                if key.startswith(name + "{")}

    def less_than(self, depth):
        """The depth of all destinations, when it is less; in a list."""
        self.collect()
        depths = self.metrics("relay_depth").values()
        is_less = depths and (depth is None or sum(depths) < depth)
        return [sum(depths)] if is_less else None

    # -- the verdict

    def sends(self):
        return oracle.Sends(
            process.log() for process in self.stage.processes
            if process.name == "relay-dispatcher")

    def complaints(self, sends):
        """What is wrong, each with examples."""
        found = {}
        for endpoint, route in ((EVENT, EVENTS), (DEVICE, USERS),
                                (CONTACT, USERS)):
            arrivals = self.arrivals[endpoint]
            found.update({
                f"lost {endpoint}":
                    oracle.lost(self.promises.kept_of(route), arrivals),
                f"made up {endpoint}":
                    oracle.made_up(self.promises.posted_to(route), arrivals),
                f"overtaken {endpoint}": oracle.overtaken(arrivals, self.replayed),
                f"made twice {endpoint}": oracle.made_twice(arrivals),
                f"repeated without a reason {endpoint}":
                    oracle.repeats(arrivals, sends)[1],
            })
        found["before the device"] = oracle.too_early(
            self.arrivals[DEVICE], self.arrivals[CONTACT], self.replayed)
        for name in ("relay_ledger_difference", "relay_leased_groups",
                     "relay_waiting_groups", "relay_ready_groups",
                     "relay_dead_letters"):
            found[name] = [key for key, value in self.metrics(name).items()
                           if value != 0]
        found["keys left"] = [key for key in self.redis.client().keys()
                              if not LEFT.match(key)]
        found["faults too few"] = [kind for player in self.players
                                   for kind in player.tally.too_few(LEAST)]
        return {what: cases for what, cases in found.items() if cases}

    def figures(self, sends):
        metrics = self.dispatchers[0].metrics()

        def ledger(entry):
            return sum(int(value) for key, value in metrics.items()
                       if key.startswith("relay_ledger_total")
                       and f'entry="{entry}"' in key)
        return {
            "webhooks": len(self.promises.posted),
            "promised": len(self.promises.kept),
            "refused_posts": self.promises.refused,
            "arrived": {endpoint: len(arrivals.all)
                        for endpoint, arrivals in self.arrivals.items()},
            "repeats": {endpoint: oracle.repeats(arrivals, sends)[0]
                        for endpoint, arrivals in self.arrivals.items()},
            "duplicates_dropped": ledger("duplicates"),
            "leases_lost": ledger("lease_losses"),
            "dead_and_replayed": len(self.replayed),
            "faults": {kind: played for player in self.players
                       for kind, played in player.tally.played.items()},
        }


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tests/storm", description="""
        Kills, stops and spoils everything at random while webhooks come in,
        then lets the queue drain and holds what arrived against what was
        promised. The last line of the output is the figures, as JSON.""")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--shards", type=int, default=3)
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    seed = arguments.seed
    if seed is None:
        seed = random.SystemRandom().randrange(1 << 32)
    print(f"storm: {arguments.seconds:g} s, seed {seed}", flush=True)
    stage = Stage()
    try:
        storm = Storm(stage, seed, arguments.shards)
        storm.blow(arguments.seconds)
        began = time.monotonic()
        storm.settle()
        drained_s = time.monotonic() - began
        sends = storm.sends()
        complaints = storm.complaints(sends)
        for what, cases in complaints.items():
            print(f"storm: {what}: {len(cases)}: {', '.join(cases[:5])}")
        print(json.dumps({"seconds": arguments.seconds, "seed": seed,
                          "drained_s": round(drained_s, 1),
                          **storm.figures(sends),
                          "complaints": {what: len(cases) for what, cases
                                         in complaints.items()}}))
        return 1 if complaints else 0
    finally:
        stage.close()


if __name__ == "__main__":
    sys.exit(main())
