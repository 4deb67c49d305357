"""The verbs of the queue as Python calls, straight to a private Redis.

The scripts are loaded as CMake joins them (prelude first), but with another
clock: now() reads the key test:clock, so that a test can move the time.
"""

import collections
import itertools
import pathlib
import shutil
import socket
import struct
import subprocess
import tempfile
import time

LUA = pathlib.Path(__file__).resolve().parents[2] / "common/queue/lua"
CLOCK_LINE = "local time = redis.call('TIME')"
TEST_CLOCK_LINES = """local ms = tonumber(redis.call('GET', 'test:clock'))
	local time = { math.floor(ms / 1000), ms % 1000 * 1000 }"""
BLOCK = ["ready", "leased", "tokens", "waiting", "heads", "attempts", "counts",
         "wake", "dead", "dead:jobs", "history", "sent:0", "sent:1"]
# What a script has between clock.lua and itself, if not the prelude.
SHARED = {"flow": [], **{verb: ["holds"] for verb in (
    "admit", "unprobe", "hold", "resume", "hold_state")},
          "enqueue": ["prelude", "windows"],
          "claim": ["prelude", "windows", "heads", "suspects", "turns"],
          "finish": ["prelude", "windows", "heads"],
          **{verb: ["prelude", "heads", "pending"] for verb in (
              "purge", "forget")},
          **{verb: ["prelude", "heads", "places"] for verb in (
              "find_job", "audit")}}
SEEN = ["seen:%d" % slot for slot in range(7)]
STATS = ["now", "accepted", "replayed", "imported", "delivered", "dead",
         "skipped", "unchanged", "superseded", "forgotten", "purged",
         "dead_purged", "dead_forgotten", "duplicates", "lease_losses",
         "pending", "dead_now", "ready", "leased", "waiting", "seen", "sent",
         "oldest"]


class RedisError(Exception):
    """An error reply."""


class Client:
    """A connection; calls are Redis commands."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.file = self.socket.makefile("rb")

    def close(self):
        self.file.close()
        self.socket.close()

    def send(self, *args):
        parts = [b"*%d\r\n" % len(args)]
        for arg in args:
            raw = arg if isinstance(arg, bytes) else str(arg).encode()
            parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
        self.socket.sendall(b"".join(parts))

    def read(self):
        line = self.file.readline()
        if not line:
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RedisError(rest.decode())
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self.file.read(size + 2)[:-2]
        if kind == b"*":
            return [self.read() for _ in range(int(rest))]
        return rest

    def __call__(self, *args):
        self.send(*args)
        return self.read()


class Server:
    """A private redis-server on a unix socket in a temporary folder."""

    def __init__(self, *options):
        self.folder = tempfile.mkdtemp(prefix="queue-redis-")
        self.path = self.folder + "/redis.sock"
        self.options = options
        self.process = None
        self.start()

    def start(self):
        self.process = subprocess.Popen(
            ["redis-server", "--port", "0", "--unixsocket", self.path,
             "--dir", self.folder, "--save", "", *self.options],
            stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 10
        while True:
            try:
                client = Client(self.path)
                client("PING")
                return client.close()
            except (OSError, RedisError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.01)

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)


def script(verb):
    """The text of a verb with the movable clock, joined as CMake does it."""
    clock = (LUA / "clock.lua").read_text()
    assert CLOCK_LINE in clock
    return clock.replace(CLOCK_LINE, TEST_CLOCK_LINES) + "".join(
        (LUA / (name + ".lua")).read_text()
        for name in [*SHARED.get(verb, ["prelude"]), verb])


HEAD = struct.Struct(">BBQQQ")  # JOB HEAD (common/job/job.h)


def unpack(data):
    """MessagePack of the kinds that the scripts write."""
    value, rest = unpack_first(data)
    assert rest == b""
    return value


def unpack_first(data):
    kind = data[0]
    if kind < 0x80:
        return kind, data[1:]
    if kind & 0xe0 == 0xa0:
        end = 1 + (kind & 0x1f)
        return data[1:end], data[end:]
    if kind == 0xd9:
        end = 2 + data[1]
        return data[2:end], data[end:]
    if kind & 0xf0 == 0x90:
        values, rest = [], data[1:]
        for _ in range(kind & 0x0f):
            value, rest = unpack_first(rest)
            values.append(value)
        return values, rest
    form = {0xcc: ">B", 0xcd: ">H", 0xce: ">I", 0xcf: ">Q",
            0xcb: ">d"}[kind]
    end = 1 + struct.calcsize(form)
    return struct.unpack(form, data[1:end])[0], data[end:]


def id_number(job_id):
    shard, number = job_id.split(b"-")
    assert shard == b"0"
    return int(number)


def element_of(number, order, accepted_ms, body, flags=0):
    return HEAD.pack(2, flags, number, order, accepted_ms) + body


class Lease:
    def __init__(self, token, fields):
        self.token = token
        self.group, self.element, self.id = fields[0], fields[1], fields[2]
        self.attempts, self.first_ms, self.losses = fields[3:6]
        self.is_suspect, self.refused_ms, self.sent = fields[6:]

    @property
    def body(self):
        return self.element[HEAD.size:]


class Claimed:
    def __init__(self, token, reply):
        self.now, self.left_ms, self.next_ms, self.has_more = reply[:4]
        self.token = token
        self.leases = [Lease(token, reply[i:i + 9])
                       for i in range(4, len(reply), 9)]

    @property
    def bodies(self):
        return [lease.body for lease in self.leases]

    @property
    def groups(self):
        return [lease.group for lease in self.leases]


class Queue:
    """One shard, seen by one process."""

    BLOCK = BLOCK
    SEEN = SEEN
    START = 1_700_000_000_000
    DAY = 86_400_000
    LEASE = 40_000
    RETRY_LIMIT = 3_600_000

    def __init__(self, client, shard=0, prefix="relay"):
        self.redis = client
        self.shard = shard
        self.tag = "{%s:%d}" % (prefix, shard)
        self.shas = {}
        self.tokens = itertools.count(1)
        self.birth = None
        self.settings = collections.defaultdict(lambda: self.DEFAULTS)
        if client("GET", "test:clock") is None:
            self.set_clock(self.START)

    # -- time

    def set_clock(self, at_ms):
        self.redis("SET", "test:clock", at_ms)

    @property
    def clock(self):
        return int(self.redis("GET", "test:clock"))

    def pass_time(self, ms):
        self.set_clock(self.clock + ms)

    # -- keys

    def key(self, destination, name):
        return "%s:%s:%s" % (self.tag, destination, name)

    def jobs(self, destination, group):
        if isinstance(group, bytes):
            group = group.decode()
        return self.key(destination, "jobs:" + group)

    def keys(self, *destinations, names=()):
        return ([self.tag + ":meta", self.tag + ":never"] +
                [self.key(destination, name) for destination in destinations
                 for name in list(names)])

    # -- verbs

    def run(self, verb, keys, *args):
        if verb not in self.shas:
            self.shas[verb] = self.redis("SCRIPT", "LOAD", script(verb))
        return self.redis("EVALSHA", self.shas[verb], len(keys), *keys, *args)

    def open(self, *destinations, birth="birth-1", schema=2, shards=1):
        reply = self.run(
            "open", self.keys() + [self.tag + ":destinations"],
            birth, schema, shards, *destinations)
        self.birth = reply[0]
        return reply

    DEFAULTS = {"dedupe_for": DAY, "max_depth": 0, "max_group": 0,
                "order": "user", "max_losses": 0, "dead_limit": 0,
                "history": 0, "sent_for": 0, "after": (), "after_limit": 0}

    def configure(self, to="event", **settings):
        """What the scripts are told of a destination from now on."""
        assert not set(settings) - set(self.DEFAULTS)
        self.settings[to] = {**self.settings[to], **settings}

    def told(self, to, names, overrides):
        """Of a call: what is configured, or is said for this call alone."""
        settings = {**self.settings[to], **overrides}
        return [settings[name] for name in names.split()]

    def dependents(self, to):
        return [name for name, settings in list(self.settings.items())
                if to in settings["after"]]

    def enqueue_many(self, entries, flags=0, **settings):
        """entries: (group, digest, [destinations], body). A verdict for each
        entry and destination, flat."""
        names = []
        for entry in entries:
            names += [name for name in entry[2] if name not in names]
        args = [self.birth, len(names)]
        for name in names:
            args += self.told(name, "dedupe_for max_depth max_group order",
                              settings)
        for group, digest, destinations, body in entries:
            places = " ".join(str(names.index(name) + 1)
                              for name in destinations)
            args += [group, digest, places, flags, body]
        return self.run("enqueue", self.keys(*names, names=BLOCK + SEEN),
                        *args)

    def enqueue(self, group, body=b"job", digest="", to="event", **options):
        return self.enqueue_many([(group, digest, [to], body)], **options)[0]

    def claim(self, to="event", token=None, repeat=False, reap_in=0, most=100,
              most_bytes=1 << 30, lease=LEASE, retry_limit=RETRY_LIMIT,
              suspects=True, **settings):
        token = token or "boot-%d" % next(self.tokens)
        after, after_limit = self.told(to, "after after_limit", settings)
        keys = self.keys(to, *after, *(self.dependents(to) if suspects else ()),
                         names=BLOCK)
        reply = self.run("claim", keys, self.birth, token, int(repeat),
                         reap_in, most, most_bytes, lease, retry_limit,
                         int(suspects),
                         *self.told(to, "max_losses dead_limit history "
                                        "sent_for", settings),
                         len(after), after_limit)
        return Claimed(token.encode(), reply)

    def claim_one(self, to="event", **options):
        """The one lease that there must be."""
        (lease,) = self.claim(to, **options).leases
        return lease

    @staticmethod
    def item(lease, settle, outcome, spends=False, delay=0, started=1000,
             took=5, status=200, note="", sent=b"", body="", template=""):
        return [lease.group, lease.token, lease.id, settle, outcome,
                "1" if spends else "0", delay, started, took, status, note,
                sent, body, template]

    def finish_many(self, items, to="event", **settings):
        keys = self.keys(to, *self.dependents(to), names=BLOCK)
        return self.run("finish", keys, self.birth,
                        *self.told(to, "dead_limit history sent_for",
                                   settings),
                        *itertools.chain.from_iterable(items))

    def finish(self, lease, settle="pop", outcome="delivered", to="event",
               **fields):
        settings = {name: fields.pop(name) for name in self.DEFAULTS
                    if name in fields}
        return self.finish_many(
            [self.item(lease, settle, outcome, **fields)], to, **settings)[0]

    def retry(self, lease, delay=1000, spends=True, **fields):
        return self.finish(lease, "retry", "server_error", spends=spends,
                           delay=delay, status=500, **fields)

    def bury(self, lease, **fields):
        return self.finish(lease, "bury", "rejected", spends=True, status=400,
                           **fields)

    def bury_all(self, **fields):
        """What can be claimed; their ids."""
        ids = []
        for lease in self.claim().leases:
            self.bury(lease, **fields)
            ids.append(lease.id)
        return ids

    def replay(self, *ids, to="event", as_sent=False):
        return self.run("replay", self.keys(to, names=BLOCK), self.birth,
                        int(as_sent), *ids)

    def stats(self, to="event"):
        reply = self.run("stats", self.keys(to, names=BLOCK + SEEN),
                         self.birth)
        return dict(zip(STATS, reply))

    def dead(self, *mode, to="event", most_bytes=1 << 30):
        """(has_more, letters as dicts)"""
        reply = self.run("dead", self.keys(to, names=BLOCK), self.birth,
                         most_bytes, *mode)
        names = ["id", "group", "element", "died", "outcome", "status", "note",
                 "attempts", "first", "losses", "body", "template"]
        letters = []
        i = 1
        while i < len(reply):
            letter = dict(zip(names, reply[i:i + 12]))
            tries = reply[i + 12]
            i += 13
            letter["tries"] = [reply[i + 4 * n:i + 4 * n + 4]
                               for n in range(tries)]
            i += 4 * tries
            letters.append(letter)
        return reply[0] == 1, letters

    def done(self, to="event"):
        """What is told of jobs that are done with, the newest first."""
        return [unpack(packed) for packed in self.redis(
            "LRANGE", self.key(to, "history"), 0, -1)]

    def dead_page(self, after_ms=0, after_id="", limit=100, **options):
        return self.dead("page", after_ms, after_id, limit, **options)

    # -- what must always hold

    def ledger(self, to="event"):
        """Both differences; (0, 0) or a job was lost or made."""
        s = self.stats(to)
        jobs = (s["accepted"] + s["replayed"] - s["delivered"] - s["dead"] -
                s["skipped"] - s["unchanged"] - s["superseded"] -
                s["forgotten"] - s["purged"] - s["pending"])
        dead = (s["dead"] + s["imported"] - s["replayed"] - s["dead_purged"] -
                s["dead_forgotten"] - s["dead_now"])
        return jobs, dead

    def check_places(self, to="event", tokenless=0):
        """Every group with a job is in exactly one of ready, leased, waiting,
        and in heads; nothing else is anywhere; pending is what is there. So
        many of the leased ones are suspects that were given back."""
        prefix = self.key(to, "jobs:")
        lists = {key.decode()[len(prefix):].encode(): self.redis("LLEN", key)
                 for key in self.redis("KEYS", "*jobs:[udi]:*")
                 if key.decode().startswith(prefix)}
        ready = self.redis("LRANGE", self.key(to, "ready"), 0, -1)
        leased = self.redis("ZRANGE", self.key(to, "leased"), 0, -1)
        waiting = self.redis("ZRANGE", self.key(to, "waiting"), 0, -1)
        tokens = self.redis("HKEYS", self.key(to, "tokens"))
        heads = self.redis("ZRANGE", self.key(to, "heads"), 0, -1)
        assert sorted(ready + leased + waiting) == sorted(lists)
        assert sorted(heads) == sorted(lists)
        assert set(tokens) <= set(leased)
        assert len(tokens) == len(leased) - tokenless
        stats = self.stats(to)
        assert stats["pending"] == sum(lists.values())
        assert self.ledger(to) == (0, 0)
