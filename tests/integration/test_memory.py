"""What a long life costs: the processes stay as small as they were, and Redis
keeps what docs/operating.md says that it keeps, and no more."""

import os
import pathlib
import re
import threading

import pytest

from dispatching import ROUTE, event, ledger, to_event
from harness.stage import ROOT
from harness.wait import wait_until

IS_FULL = bool(os.environ.get("RELAY_TESTS_FULL"))
IS_SANITIZED = "asan" in os.environ.get("RELAY_BUILD_DIR", "")
JOBS = 1_000_000 if IS_FULL else 20_000
BATCH = 500
MOST_WAITING = 10_000
USERS = 5000
SETTLE_S = 1800
# Of a hundred jobs, one is refused and four fail at first.
DEAD, FLAKY = 1, 4
GROWTH_BYTES = 4 << 20
# Tables and buffers that grow by doubling; keys that there are always.
REDIS_SLACK_BYTES = 4 << 20
OPERATING = (ROOT / "docs/operating.md").read_text()


def stated_bytes(of):
    """What the page says that one costs in Redis."""
    found = re.search(rf"\| a {of} \| (\d+) bytes", OPERATING)
    assert found, f"docs/operating.md does not say what a {of} costs"
    return int(found[1])


def rss_bytes(service):
    status = pathlib.Path(f"/proc/{service.process.pid}/status").read_text()
    return int(re.search(r"RssAnon:\s+(\d+) kB", status)[1]) * 1024


def kind_of(number):
    place = number % 100
    return ("Dead" if place < DEAD else
            "Flaky" if place < DEAD + FLAKY else "Fine")


class Load:
    """Posts all jobs, never so many that the queue is what grows."""

    def __init__(self, ingest, dispatcher):
        self.ingest = ingest
        self.dispatcher = dispatcher
        self.posted = 0

    def done(self):
        return (ledger(self.dispatcher, "delivered") +
                ledger(self.dispatcher, "dead"))

    def post_until(self, count):
        with self.ingest.client() as client:
            while self.posted < count:
                wait_until(lambda: self.posted - self.done() < MOST_WAITING,
                           "the queue to drain", SETTLE_S)
                self.post(client)
        wait_until(lambda: self.done() == count, f"{count} jobs to be done",
                   SETTLE_S)

    def post(self, client):
        numbers = range(self.posted, self.posted + BATCH)
        answer = self.ingest.post(ROUTE, [
            event(user=f"u-{number % USERS}", kind=kind_of(number),
                  uuid=f"uuid-{number}") for number in numbers],
            client=client)
        assert answer.status == 200, answer
        self.posted += BATCH


class Faults(threading.Thread):
    """Lets the flaky ones fail now and then."""

    def __init__(self, stand_in):
        super().__init__(daemon=True)
        self.stand_in = stand_in
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            self.stand_in.fail({"contains": "Dead", "status": 400},
                               {"contains": "Flaky", "status": 500,
                                "count": BATCH * FLAKY // 100})
            self.is_over.wait(0.1)

    def end(self):
        self.is_over.set()
        self.join()


@pytest.mark.skipif(IS_SANITIZED, reason="a sanitizer's memory is its own")
def test_memory_of_all_stays_flat(relay, stand_in, redis, tell):
    to_event(relay, stand_in, dead_limit=0, burn_limit=0, failing_after=0,
             retry={"base": "5ms", "cap": "20ms", "max_attempts": 1000})
    ingest, dispatcher = relay.start()
    load = Load(ingest, dispatcher)
    faults = Faults(stand_in)
    faults.start()
    load.post_until(JOBS // 5)
    before = {service: rss_bytes(service) for service in (ingest, dispatcher)}

    load.post_until(JOBS)
    faults.end()
    for service, bytes_then in before.items():
        growth = rss_bytes(service) - bytes_then
        tell(f"memory of {service.name} after {JOBS} jobs: "
             f"{rss_bytes(service)} bytes, {growth:+} since {JOBS // 5}")
        assert growth < GROWTH_BYTES, service.name

    with redis.client() as client:
        letters = client.hash("{relay:0}:event:dead:jobs")
        assert [key for key in client.keys() if ":jobs:" in key] == []
    assert len(letters) == JOBS * DEAD // 100
    used = int(re.search(rb"used_memory_dataset:(\d+)",
                         redis.call("INFO", "memory"))[1])
    stated = JOBS * stated_bytes("delivery id") + sum(
        stated_bytes("dead letter") + len(letter)
        for letter in letters.values())
    tell(f"memory of Redis: {used} bytes, stated {stated}")
    assert used < stated + REDIS_SLACK_BYTES
