"""The stand-in for Reteno, and what it tells about itself."""

import re

from .stage import build_dir
from .wait import PATIENCE_S, wait_until
from .web import Client, request

AUTHORIZATION = "Basic dGVzdDp0ZXN0LWtleQ=="
ACCESS_KEY = "test-access-key"

DEVICE = "/api/v1/device"
MOBILE_EVENTS = "/api/v1/events"
CONTACT = "/api/v1/contact"
EVENT = "/api/v2/event"


class StandIn:
    """A running stand-in. `options` are more of its command line. Unless it
    is bare it knows the secrets above, and no rate that options do not give.
    """

    def __init__(self, stage, *options, name="stand-in", ca_file=None,
                 bare=False):
        self.stage = stage
        self.name = name
        self.ca_file = ca_file
        self.options = [str(option) for option in options]
        if not bare:
            self.options = ["--authorization", AUTHORIZATION, "--access-key",
                            ACCESS_KEY, "--rate", "off", *self.options]
        self.url = None
        self.start("127.0.0.1:0")

    def start(self, listen=None):
        """Also again, after stop(): at the same address."""
        self.process = self.run(
            self.stage, "--listen", listen or self.url.partition("//")[2],
            *self.options, name=self.name)
        self.url = self.process.wait_until(self.find_url, "its address")

    @staticmethod
    def run(stage, *arguments, name="stand-in"):
        """The bare process."""
        return stage.start(name, [
            build_dir() / "tests/support/stand_in/reteno-stand-in", *arguments])

    def find_url(self):
        found = re.search(r"^listening (\S+)$", self.process.log(), re.M)
        return found and found.group(1)

    def stop(self):
        return self.process.stop()

    def call(self, method, path, body=None):
        answer = request(self.url, method, f"/_stand-in/{path}", body,
                         ca_file=self.ca_file)
        assert answer.status == 200, answer
        return answer.json

    # -- what arrived

    def arrived(self, endpoint=None, since=0, accepted=False, limit=None):
        """What arrived, in order: a list of dicts."""
        path = f"arrived?since={since}"
        if accepted:
            path += "&accepted=1"
        if limit is not None:
            path += f"&limit={limit}"
        return [arrival for arrival in self.call("GET", path)
                if endpoint in (None, arrival["endpoint"])]

    def accepted(self, endpoint=None, since=0):
        return self.arrived(endpoint, since, accepted=True)

    def bodies(self, endpoint=None):
        """Those of what was accepted."""
        return [arrival["body"] for arrival in self.accepted(endpoint)]

    def wait_for(self, count, endpoint=None, accepted=True,
                 timeout=PATIENCE_S):
        """Until so many arrived; all that did."""
        return wait_until(
            lambda: at_least(self.arrived(endpoint, accepted=accepted), count),
            f"{count} requests at the stand-in", timeout)

    def forget(self):
        self.call("DELETE", "arrived")

    def stats(self):
        return self.call("GET", "stats")

    def count(self, endpoint, status):
        """How many were answered so; "none" for those without an answer."""
        return self.stats()["counts"][endpoint].get(str(status), 0)

    # -- faults

    def fail(self, *rules):
        """Puts these rules in place of those there are; see faults.h."""
        self.call("POST", "faults", list(rules))

    def recover(self):
        self.call("DELETE", "faults")

    def hits(self):
        """How often each rule was played, in their order."""
        return [entry["hits"] for entry in self.call("GET", "faults")]

    # -- as a client of Reteno

    def client(self):
        return Client(self.url, ca_file=self.ca_file)


def at_least(found, count):
    return found if len(found) >= count else None


def customer_of(arrival):
    """Whose a request is: externalCustomerId, externalUserId or the device."""
    body = arrival["body"]
    for param in body.get("params", ()):
        if param["name"] == "externalCustomerId":
            return param["value"]
    return body.get("externalCustomerId", body.get(
        "externalUserId", body.get("deviceId")))


def by_customer(arrivals):
    """The requests of each customer, in the order in which they arrived."""
    found = {}
    for arrival in arrivals:
        found.setdefault(customer_of(arrival), []).append(arrival)
    return found
