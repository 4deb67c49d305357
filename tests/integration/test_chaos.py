"""Everything that can die does, while events come in: none is lost or made, and
each user's stay in order."""

import http.client
import itertools
import re
import signal
import socket
import threading

from dispatching import ROUTE, event, kinds, ledger, to_event
from harness.redis import RedisServer
from harness.relay import Relay
from harness.stand_in import by_customer
from harness.wait import wait_until

USERS = 6
# Between two blows.
ARRIVALS = 25
# So many bytes of a connection pass, each way; then it is cut.
CUTS = [700, 40000, 5000, 1500, 90000, 12000, 300, 25000]
KEY = re.compile(r"\{relay:\d\}:(meta|destinations|event:(counts|wake|history|"
                 r"seen:\d))")


class CuttingProxy:
    """TCP in front of a Redis; while `is_cutting`, new connections end in the
    middle of something."""

    def __init__(self, path):
        self.path = str(path)
        self.is_cutting = False
        self.cuts = itertools.cycle(CUTS)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client = self.listener.accept()[0]
            except OSError:
                return  # closed
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.path)
            except OSError:
                client.close()
                continue
            for pair in ((client, server), (server, client)):
                limit = next(self.cuts) if self.is_cutting else None
                threading.Thread(target=self.carry, args=(*pair, limit),
                                 daemon=True).start()

    @staticmethod
    def carry(source, sink, limit):
        try:
            while limit is None or limit > 0:
                data = source.recv(65536)
                if not data:
                    break
                sink.sendall(data[:limit])
                if limit is not None:
                    limit -= len(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


class Feed:
    """One user's events, each posted until it is taken, by a thread."""

    def __init__(self, ingests, number):
        self.ingests = itertools.cycle(ingests)
        self.user = f"u-{number}"
        self.taken = 0
        self.failure = None
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.is_over.is_set():
                wait_until(self.post, f"the next of {self.user} to be taken")
        except AssertionError as failure:
            self.failure = failure

    def post(self):
        try:
            answer = next(self.ingests).post(
                ROUTE, event(user=self.user, kind=f"Event {self.taken}"))
        except (OSError, http.client.HTTPException):
            return False
        assert answer.status in (200, 503), answer
        if answer.status == 200:
            self.taken += 1
        return answer.status == 200

    def end(self):
        self.is_over.set()
        self.thread.join()
        assert self.failure is None, self.failure


def blows(redis, ingests, dispatchers):
    """What happens, in this order."""
    def kill(service):
        service.kill()
        service.start(ready=False)

    def end(service):
        assert service.stop() == 0
        service.start(ready=False)

    def kill_redis():
        redis.kill()
        redis.start()

    def stop_redis():
        redis.process.signal(signal.SIGSTOP)
        wait_until(lambda: not any(ingest.is_ready() for ingest in ingests),
                   "both ingests to miss Redis")
        redis.process.signal(signal.SIGCONT)

    def fill_redis():
        redis.call("CONFIG", "SET", "maxmemory", 1)
        ingests[0].wait_for_log(event="redis_refused", verb="enqueue")
        redis.call("CONFIG", "SET", "maxmemory", 0)

    return [
        lambda: kill(dispatchers[0]),
        kill_redis,
        lambda: redis.call("SCRIPT", "FLUSH"),
        lambda: kill(ingests[1]),
        stop_redis,
        lambda: redis.call("CLIENT", "KILL", "TYPE", "normal"),
        fill_redis,
        lambda: end(dispatchers[1]),
        lambda: end(ingests[1]),
        lambda: kill(dispatchers[2]),
        kill_redis,
    ]


def repeats_of(numbers, user):
    """How many are the one before again; all others are the next."""
    repeats = 0
    for before, number in zip([-1, *numbers], numbers):
        assert number in (before, before + 1), (user, numbers)
        repeats += number == before
    return repeats


def test_nothing_is_lost_or_made_or_overtaken_whatever_dies(stage, stand_in):
    redis = RedisServer(stage, with_aof=True)
    proxy = CuttingProxy(redis.socket)
    relay = to_event(Relay(stage, proxy.address), stand_in,
                     timeout="500ms", lease="5500ms")
    relay.set("redis.shards", "3")
    relay.set("redis.request_timeout", "500ms")
    relay.set("redis.connect_timeout", "500ms")
    ingests = [relay.ingest() for _ in range(2)]
    dispatchers = [relay.dispatcher() for _ in range(3)]
    proxy.is_cutting = True
    redis.call("CLIENT", "KILL", "TYPE", "normal")

    feeds = [Feed(ingests, number) for number in range(USERS)]
    for blow in blows(redis, ingests, dispatchers):
        stand_in.wait_for(len(stand_in.accepted()) + ARRIVALS)
        blow()
    proxy.is_cutting = False
    for feed in feeds:
        feed.end()
    redis.call("CLIENT", "KILL", "TYPE", "normal")
    for service in ingests + dispatchers:
        service.wait_until_ready()

    taken = sum(feed.taken for feed in feeds)
    wait_until(lambda: ledger(dispatchers[0], "delivered") == taken,
               f"{taken} deliveries")
    found = by_customer(stand_in.accepted())
    repeats = 0
    for feed in feeds:
        numbers = [int(kind.rpartition(" ")[2])
                   for kind in kinds(found[feed.user])]
        repeats += repeats_of(numbers, feed.user)
        assert numbers[-1] == feed.taken - 1
    metrics = dispatchers[0].metrics()
    # Only what a dispatcher had in hand when it was killed came twice.
    assert repeats <= ledger(dispatchers[0], "lease_losses")
    assert ledger(dispatchers[0], "accepted") == taken
    for name, value in metrics.items():
        if name.startswith("relay_ledger_difference"):
            assert value == 0, (name, value)
    assert [key for key in redis.client().keys()
            if not KEY.fullmatch(key)] == []
    proxy.close()
