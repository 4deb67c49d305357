"""Whatever is wrong with Redis: both services keep running, say so once, and go
on when it is well again; nothing is lost, and the ledger is right. How long
that takes is told at the end of the run, and not judged."""

import http.client
import shutil
import signal
import struct
import threading
import time

import pytest

from dispatching import ROUTE, event, kinds, ledger, to_event
from harness.redis import RedisServer
from harness.relay import Relay
from harness.stage import build_dir
from harness.wait import wait_until

# Enough for Redis to be a second busy with loading it.
FILLING = 2000


class Trouble:
    """One kind of it. `refuses`: webhooks are not taken meanwhile. `empties`:
    Redis comes back without what it had."""

    refuses = True
    drains = False  # what is there is delivered all the same
    empties = False
    with_aof = True
    options = ()

    def __init__(self, stage):
        self.stage = stage
        self.redis = self.start_redis()

    def start_redis(self):
        return RedisServer(self.stage, with_port=True, with_aof=self.with_aof,
                           options=self.options)

    def begin(self):
        """Returns when it has begun."""

    def end(self):
        """Returns when Redis is as it was."""


class Refused(Trouble):
    def begin(self):
        self.redis.kill()

    def end(self):
        self.redis.start()


class RestartedEmpty(Refused):
    with_aof = False
    empties = True


class Frozen(Trouble):
    def begin(self):
        self.redis.process.signal(signal.SIGSTOP)

    def end(self):
        self.redis.process.signal(signal.SIGCONT)


class Reset(Trouble):
    """Every connection is cut as soon as it is made."""

    def begin(self):
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self.cut, daemon=True)
        self.thread.start()

    def cut(self):
        with self.redis.client() as client:
            while not self.is_over.wait(0.002):
                client("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")

    def end(self):
        self.is_over.set()
        self.thread.join()


class ReadOnly(Trouble):
    """As a primary after a failover."""

    def begin(self):
        self.redis.call("REPLICAOF", "127.0.0.1", 1)

    def end(self):
        self.redis.call("REPLICAOF", "NO", "ONE")


class OutOfMemory(Trouble):
    drains = True

    def begin(self):
        self.redis.call("CONFIG", "SET", "maxmemory", 1)

    def end(self):
        self.redis.call("CONFIG", "SET", "maxmemory", 0)


class CannotSave(Trouble):
    """MISCONF: its last snapshot failed."""

    with_aof = False

    def start_redis(self):
        self.folder = self.stage.folder / "snapshots"
        self.folder.mkdir()
        return RedisServer(self.stage, with_port=True,
                           options=["--dir", self.folder])

    def begin(self):
        shutil.rmtree(self.folder)
        self.redis.call("CONFIG", "SET", "save", "1 1")
        self.redis.call("BGSAVE")
        wait_until(lambda: b"rdb_last_bgsave_status:err" in
                   self.redis.call("INFO", "persistence"), "the failure")

    def end(self):
        self.redis.call("CONFIG", "SET", "save", "")
        self.redis.call("CONFIG", "SET", "stop-writes-on-bgsave-error", "no")


class Busy(Trouble):
    """Somebody's script does not end."""

    options = ("--lua-time-limit", "50")

    def begin(self):
        self.hog = self.redis.client()
        self.hog.sock.sendall(b"EVAL 'while true do end' 0\r\n")
        wait_until(self.is_busy, "Redis to be busy")

    def is_busy(self):
        try:
            self.redis.call("PING")
        except Exception as refusal:  # RedisError
            return "BUSY" in str(refusal)
        return False

    def end(self):
        self.redis.call("SCRIPT", "KILL")
        self.hog.close()


class Loading(Trouble):
    """It restarts, and reads what it has, slowly."""

    def begin(self):
        with self.redis.client() as client:
            for number in range(FILLING):
                client("SET", f"filling:{number}", "x")
        self.redis.kill()
        self.redis.options = ["--key-load-delay", "500",
                              "--loading-process-events-interval-bytes",
                              "1024"]
        self.starter = threading.Thread(target=self.redis.start)
        self.starter.start()

    def end(self):
        self.starter.join()
        with self.redis.client() as client:
            for number in range(FILLING):
                client("DEL", f"filling:{number}")


class NoScript(Trouble):
    refuses = False

    def begin(self):
        self.redis.call("SCRIPT", "FLUSH")


class ClockSet(Trouble):
    """Its clock jumps forth by hours, then back to where it was."""

    refuses = False
    jump_s = 5 * 3600

    def start_redis(self):
        self.shift = self.stage.write("clock-shift", struct.pack("q", 0))
        library = build_dir() / "tests/support/clock_shift/clock-shift.so"
        return RedisServer(self.stage, with_port=True, with_aof=True,
                           environment={"LD_PRELOAD": str(library),
                                        "RELAY_CLOCK_SHIFT": str(self.shift)})

    def set_clock(self, shift_s):
        before = int(self.redis.call("TIME")[0])
        with open(self.shift, "r+b") as file:
            file.write(struct.pack("q", shift_s))
        wait_until(lambda: abs(int(self.redis.call("TIME")[0]) - before) > 3600,
                   "the jump")

    def begin(self):
        self.set_clock(self.jump_s)

    def end(self):
        self.set_clock(0)


class ClockSetBack(ClockSet):
    jump_s = -5 * 3600


KINDS = [Refused, RestartedEmpty, Frozen, Reset, ReadOnly, OutOfMemory,
         CannotSave, Busy, Loading, NoScript, ClockSet, ClockSetBack]


class Line:
    """Both services, and one user's events."""

    def __init__(self, stage, stand_in, redis):
        relay = to_event(Relay(stage, redis.tcp_address), stand_in,
                         timeout="500ms", lease="5500ms")
        relay.set("redis.request_timeout", "500ms")
        relay.set("redis.connect_timeout", "500ms")
        self.stand_in = stand_in
        self.ingest, self.dispatcher = relay.start()
        self.taken = 0

    def post(self):
        """The next event, once."""
        try:
            answer = self.ingest.post(ROUTE, event(kind=f"Event {self.taken}"))
        except (OSError, http.client.HTTPException):
            return False
        assert answer.status in (200, 503), answer
        self.taken += answer.status == 200
        return answer.status == 200

    def services(self):
        return (self.ingest, self.dispatcher)

    @staticmethod
    def said(service):
        """What the service said of its trouble."""
        return [(line["event"], line.get("verb"), line["reason"])
                for line in service.find_log(event="redis_lost") +
                service.find_log(event="redis_refused")]

    def arrived(self):
        return list(dict.fromkeys(kinds(self.stand_in.accepted())))


@pytest.mark.parametrize("kind", KINDS)
def test_services_outlive(kind, stage, stand_in, tell):
    trouble = kind(stage)
    line = Line(stage, stand_in, trouble.redis)
    assert line.post()
    stand_in.wait_for(1)
    # This one is tried again and again, also while there is trouble.
    stand_in.fail({"status": 500})
    assert line.post()
    stand_in.wait_for(2, accepted=False)

    trouble.begin()
    if kind.refuses:
        wait_until(lambda: not line.post(), "a refusal")
        for service in line.services()[:1 if kind.drains else 2]:
            wait_until(lambda s=service: line.said(s), "it to be said")
        for _ in range(5):
            line.post()
    else:
        assert line.post()
    stand_in.recover()
    trouble.end()

    began = time.monotonic()
    wait_until(line.post, "the next to be taken")
    last = f"Event {line.taken - 1}"
    wait_until(lambda: last in line.arrived(), "it to arrive")
    tell(f"recovery from {kind.__name__}: {time.monotonic() - began:.3f} s")
    for service in line.services():
        assert service.process.is_running()
        # A reconnect in between may be told, too.
        said = line.said(service)
        assert max(map(said.count, said), default=0) <= 2, said
        assert len(said) <= 8, said
    if not kind.empties:
        assert line.arrived() == [f"Event {n}" for n in range(line.taken)]
        wait_until(lambda: ledger(line.dispatcher, "delivered") == line.taken,
                   "the ledger")
    for name, value in line.dispatcher.metrics().items():
        if name.startswith("relay_ledger_difference"):
            assert value == 0, (name, value)
