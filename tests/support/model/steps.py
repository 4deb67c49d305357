"""Steps: one call of a verb each, made to the real queue and to the model, and
both compared. A step is drawn from a number of its own and from what the model
holds, so a sequence of numbers can be played again with some left out."""

import dataclasses
import json
import pathlib

from queue_operator import Operator as Scripts
from .holds import BY_OPERATOR, STRENGTH, Hold
from .queue import PARTIAL, Queue as Model, Settings

DUMP = (pathlib.Path(__file__).parent / "dump.lua").read_text()
GROUPS = [f"u:{number}" for number in range(5)]
DIGESTS = [f"digest-{number}" for number in range(30)]
LEASE = 1000
DESTINATIONS = {
    "device": Settings(order="user", max_losses=2, history=20),
    "contact": Settings(order="latest", after=("device",), after_limit=4000,
                        sent_for=3000, max_losses=2, dead_limit=6),
    "event": Settings(order="user", dedupe_for=6000, max_depth=25,
                      max_group=12, after=("device", "contact"),
                      after_limit=2500, sent_for=2000, history=10),
    "loose": Settings(order="none", dedupe_for=1200, max_depth=15),
}
ROUTES = [["device", "contact"], ["event"], ["device", "contact", "event"],
          ["loose"], ["event", "loose"]]
PROBE_EVERY = 1500


class Held:
    """A lease, as a dispatcher has it."""

    def __init__(self, destination, token, group, job):
        self.destination = destination
        self.token = token
        self.group = group
        self.id = job


class World:
    """Both queues, and what the dispatchers know."""

    def __init__(self, client):
        client("FLUSHALL")
        self.scripts = Scripts(client)
        self.scripts.open(*DESTINATIONS)
        for name, its in DESTINATIONS.items():
            self.scripts.configure(name, **{
                key: getattr(its, key) for key in self.scripts.DEFAULTS})
        self.scripts.redis("HSET", self.scripts.tag + ":meta", "seq", 1000)
        self.dump_sha = client("SCRIPT", "LOAD", DUMP)
        self.model = Model(DESTINATIONS, 1000)
        self.now = self.scripts.clock
        self.held = []  # leases that some dispatcher believes to have
        self.holds = {name: Hold() for name in DESTINATIONS}
        self.claims = 0

    # -- what steps are made of

    def destination(self, draw):
        return self.model.all[draw.choice(list(DESTINATIONS))]

    # -- ingest

    def enqueue(self, draw):
        entries = []
        for _ in range(draw.randint(1, 4)):
            digest = draw.choice([""] + DIGESTS)
            entries.append((draw.choice(GROUPS), digest, draw.choice(ROUTES),
                            PARTIAL if draw.random() < 0.15 else 0))
        expected = self.model.enqueue(entries, self.now)
        got = self.enqueue_for_real(entries)
        assert got == expected, (entries, got, expected)

    def enqueue_for_real(self, entries):
        """With flags of their own, in one call."""
        scripts = self.scripts
        names = list(dict.fromkeys(
            name for entry in entries for name in entry[2]))
        arguments = [scripts.birth, len(names)]
        for name in names:
            arguments += scripts.told(
                name, "dedupe_for max_depth max_group order", {})
        for group, digest, to, flags in entries:
            places = " ".join(str(names.index(name) + 1) for name in to)
            arguments += [group, digest, places, flags, "body"]
        reply = scripts.run("enqueue", scripts.keys(
            *names, names=scripts.BLOCK + scripts.SEEN), *arguments)
        return [verdict.decode() for verdict in reply]

    # -- dispatchers

    def claim(self, draw):
        destination = self.destination(draw)
        most = draw.randint(1, 4)
        reap_in = 0 if draw.random() < 0.7 else 50
        takes_suspect = draw.random() < 0.7
        self.claims += 1
        token = f"t{self.claims}"
        leases = destination.claim(token, self.now, most, reap_in,
                                   takes_suspect)
        expected = [(group, self.name_of(destination, group), record.count,
                     record.first, record.losses, record.suspect,
                     record.refused or 0, sent)
                    for group, record, sent in leases]
        for is_repeat in (False, True) if draw.random() < 0.25 else (False,):
            claimed = self.claim_for_real(destination.name, token, most,
                                          reap_in, takes_suspect, is_repeat)
            got = [(lease.group.decode(), lease.id.decode(), lease.attempts,
                    lease.first_ms, lease.losses, bool(lease.is_suspect),
                    lease.refused_ms, lease.sent)
                   for lease in claimed.leases]
            if is_repeat:
                got.sort()
                expected.sort()
            assert got == expected, (destination.name, got, expected)
        assert claimed.next_ms == destination.next_ms(
            self.now, reap_in, takes_suspect)
        self.held += [Held(destination, token, lease[0], lease[1])
                      for lease in expected]

    def claim_for_real(self, name, token, most, reap_in, takes_suspect,
                       is_repeat):
        its = DESTINATIONS[name]
        return self.scripts.claim(
            name, token=token, repeat=is_repeat, most=most, reap_in=reap_in,
            lease=its.lease, retry_limit=its.retry_limit,
            suspects=takes_suspect)

    @staticmethod
    def dependents(destination):
        return [other.name for other in destination.dependents]

    @staticmethod
    def name_of(destination, group):
        return destination.head(group).name

    def finish(self, draw):
        """Some of what is held for one destination; stale leases, too."""
        destination = self.destination(draw)
        held = [lease for lease in self.held
                if lease.destination is destination]
        if not held:
            return
        chosen = draw.sample(held, draw.randint(1, len(held)))
        items = [self.item_for(draw, lease) for lease in chosen]
        expected = destination.finish([dict(item) for item in items], self.now)
        got = self.finish_for_real(destination.name, chosen, items)
        assert got == expected, (destination.name, items, got, expected)
        if draw.random() < 0.3:  # as after a lost reply
            got = self.finish_for_real(destination.name, chosen, items)
            assert got == [0] * len(items)
        self.held = [lease for lease in self.held if lease not in chosen]

    @staticmethod
    def item_for(draw, lease):
        settle = draw.choice(["pop", "pop", "pop", "bury", "retry", "requeue",
                              "release"])
        outcome = {
            "pop": draw.choice(["delivered", "delivered", "skipped",
                                "unchanged"]),
            "bury": "rejected", "retry": "server_error", "release": "released",
            "requeue": draw.choice(["throttled", "unauthorized"])}[settle]
        was_sent = settle not in ("release",) and draw.random() < 0.9
        sent = b""
        if draw.random() < 0.7:
            at_ms = draw.choice([0, 0, 1_700_000_000_500])
            sent = bytes([draw.randrange(3)] * 16) + \
                at_ms.to_bytes(8, "big") + bytes([draw.randrange(2)])
        return {"group": lease.group, "token": lease.token, "id": lease.id,
                "settle": settle, "outcome": outcome,
                "spends": settle == "retry" and draw.random() < 0.7,
                "delay": draw.choice([0, 100, 700, 3000]),
                "started": 1000 if was_sent else 0, "took": 5, "sent": sent,
                "body": draw.choice(["", "as it was sent"])}

    def finish_for_real(self, name, leases, items):
        made = [self.scripts.item(
            lease, item["settle"], item["outcome"], spends=item["spends"],
            delay=item["delay"], started=item["started"], took=item["took"],
            sent=item["sent"], body=item["body"])
            for lease, item in zip(leases, items)]
        return self.scripts.finish_many(made, name)

    def crash(self, draw):
        """A dispatcher dies with all that it has: nobody will finish it."""
        destination = self.destination(draw)
        self.held = [lease for lease in self.held
                     if lease.destination is not destination]

    def wake(self, draw):
        """A dispatcher that slept takes the wake."""
        destination = self.destination(draw)
        got = self.scripts.redis(
            "LPOP", self.scripts.key(destination.name, "wake"))
        assert (got is not None) == destination.has_wake
        destination.has_wake = False

    # -- the operator

    def replay(self, draw):
        destination = self.destination(draw)
        if not destination.dead:
            return
        ids = draw.sample(sorted(destination.dead), draw.randint(
            1, min(3, len(destination.dead)))) + ["0-1"]
        as_sent = draw.random() < 0.3
        expected = self.model.replay(destination, ids, as_sent, self.now)
        got = self.scripts.replay(*ids, to=destination.name, as_sent=as_sent)
        assert got == expected
        if draw.random() < 0.3:
            assert self.scripts.replay(*ids, to=destination.name,
                                       as_sent=as_sent) == 0

    def purge(self, draw):
        destination = self.destination(draw)
        limit = draw.randint(1, 8)
        expected = destination.purge(limit)
        got = self.scripts.purge(limit, to=destination.name,
                                 dependents=self.dependents(destination))
        assert got == expected, (got, expected)

    def forget(self, draw):
        destination, group = self.destination(draw), draw.choice(GROUPS)
        expected = destination.forget(group)
        got = self.scripts.forget(group, to=destination.name,
                                  dependents=self.dependents(destination))
        assert got == expected, (got, expected)

    def remove_dead(self, draw):
        destination = self.destination(draw)
        if not destination.dead:
            return
        ids = draw.sample(sorted(destination.dead), 1) + ["0-1"]
        word = draw.choice(["dead_purged", "dead_forgotten"])
        assert destination.remove_dead(ids, word) == 1
        assert self.scripts.remove_dead(*ids, word=word,
                                        to=destination.name) == 1
        assert self.scripts.remove_dead(*ids, word=word,
                                        to=destination.name) == 0

    def carry(self, draw):
        """A letter is exported, purged and imported, twice."""
        destination = self.destination(draw)
        if not destination.dead:
            return
        name = draw.choice(sorted(destination.dead))
        letter = [one for one in self.scripts.dead_page(
            to=destination.name)[1] if one["id"].decode() == name][0]
        kept = destination.dead[name]
        destination.remove_dead([name], "dead_purged")
        self.scripts.remove_dead(name, to=destination.name)
        assert self.scripts.import_dead(letter, to=destination.name) == 1
        assert self.scripts.import_dead(letter, to=destination.name) == 0
        destination.dead[name] = kept
        destination.count(imported=1)

    def audit(self, draw):
        """Finds nothing to mend, ever, and counts what there is."""
        destination = self.destination(draw)
        reply = self.scripts.block("audit", "", "", to=destination.name)
        assert reply[1] == 0
        assert reply[2] == reply[3] == destination.pending

    # -- holds

    def hold_key(self, name):
        return "{relay:hold:%s}" % name

    def check_state(self, reply, hold):
        got = (reply[0].decode(), *reply[1:7])
        assert got == hold.state(), (got, hold.state())

    def admit(self, draw):
        name = draw.choice(list(DESTINATIONS))
        hold = self.holds[name]
        answer, wait = hold.admit(self.now, PROBE_EVERY)
        reply = self.scripts.run("admit", [self.hold_key(name)], PROBE_EVERY)
        assert reply[0] == self.now
        assert (reply[1].decode(), reply[2]) == (answer, wait), (reply, hold)
        self.check_state(reply[3:], hold)

    def epoch_for(self, draw, name):
        epoch = self.holds[name].epoch
        return draw.choice([epoch, epoch, max(0, epoch - 1), BY_OPERATOR])

    def hold(self, draw):
        name = draw.choice(list(DESTINATIONS))
        reason, span = draw.choice(list(STRENGTH)), draw.choice([0, 400, 3000])
        epoch, is_asked = self.epoch_for(draw, name), draw.random() < 0.3
        hold = dataclasses.replace(self.holds[name])
        is_new, was_written = hold.hold(self.now, reason, epoch, span, is_asked)
        if was_written:
            self.holds[name] = hold
        reply = self.scripts.run("hold", [self.hold_key(name)], reason, epoch,
                                 span, int(is_asked), "note")
        assert bool(reply[0]) == is_new, (reply, hold)
        self.check_state(reply[1:], hold)

    def resume(self, draw):
        name = draw.choice(list(DESTINATIONS))
        epoch = self.epoch_for(draw, name)
        hold = dataclasses.replace(self.holds[name])
        was_ended = hold.resume(self.now, epoch)
        if was_ended:
            self.holds[name] = hold
        reply = self.scripts.run("resume", [self.hold_key(name)], epoch, "")
        assert bool(reply[0]) == was_ended
        self.check_state(reply[1:], hold)

    def unprobe(self, draw):
        name = draw.choice(list(DESTINATIONS))
        epoch = max(0, self.epoch_for(draw, name))
        hold = dataclasses.replace(self.holds[name])
        was_back = hold.unprobe(self.now, epoch)
        if was_back:
            self.holds[name] = hold
        assert bool(self.scripts.run(
            "unprobe", [self.hold_key(name)], epoch)) == was_back

    # -- time

    def pass_time(self, draw):
        """Mostly forth."""
        self.now += draw.choice([1, 50, 300, 300, LEASE, LEASE + 1, 5000,
                                 -200, -4000])
        self.scripts.set_clock(self.now)

    STEPS = {"enqueue": 5, "claim": 6, "finish": 6, "crash": 1, "wake": 1,
             "replay": 1, "pass_time": 3, "admit": 1, "hold": 0.5,
             "resume": 0.3, "unprobe": 0.2, "purge": 0.2, "forget": 0.4,
             "remove_dead": 0.3, "carry": 0.3, "audit": 0.5}

    def step(self, draw):
        names, weights = zip(*self.STEPS.items())
        getattr(self, draw.choices(names, weights)[0])(draw)

    # -- comparing

    def compare(self):
        scripts = self.scripts
        state = json.loads(scripts.redis(
            "EVALSHA", self.dump_sha, 1, "test:clock", scripts.tag + ":",
            *DESTINATIONS))
        for name, destination in self.model.all.items():
            expected = expected_state(destination)
            got = clean(state[name], expected)
            for part, value in expected.items():
                assert got[part] == value, (name, part, got[part], value)


def numbers(scores):
    return {group: int(float(score)) for group, score in scores.items()}


def clean(state, expected):
    """Redis's state in the model's terms. Empty tables of Lua are objects."""
    maps = {part: state[part] or {} for part in
            ("jobs", "attempts", "dead", "tokens", "leased", "waiting", "heads",
             "counts")}
    counts = numbers({key: value for key, value in maps["counts"].items()
                      if not key.endswith(("_width", "_window", "turn"))})
    return {
        "jobs": {group: [tuple(job) for job in jobs]
                 for group, jobs in maps["jobs"].items()},
        "ready": list(state["ready"] or []),
        "leased": numbers(maps["leased"]),
        "tokens": maps["tokens"],
        "waiting": numbers(maps["waiting"]),
        "heads": numbers(maps["heads"]),
        "attempts": {group: record_of(record)
                     for group, record in maps["attempts"].items()},
        "dead": {name: tuple(letter) for name, letter in maps["dead"].items()},
        "seen": [list(slot or []) for slot in state["seen"]],
        "sent": [dict(slot or {}) for slot in state["sent"]],
        "counts": {key: value for key, value in counts.items() if value},
        "history": state["history"],
        "wake": bool(state["wake"]),
    }


def record_of(record):
    return (record["id"], record["count"], record["first"], record["losses"],
            record["tries"] or 0, bool(record.get("suspect")),
            record.get("refused"), record.get("sent"))


def expected_state(destination):
    counts = {name: value for name, value in destination.counts.items()
              if value}
    if destination.pending:
        counts["pending"] = destination.pending
    return {
        "jobs": {group: [(job.id, job.flags, job.order, job.accepted)
                         for job in jobs]
                 for group, jobs in destination.jobs.items()},
        "ready": destination.ready,
        "leased": destination.leased,
        "tokens": {group: (token + (" " if sent else "")).encode().hex() +
                   sent.hex()
                   for group, (token, sent) in destination.tokens.items()},
        "waiting": destination.waiting,
        "heads": destination.heads,
        "attempts": {group: (record.id, record.count, record.first,
                             record.losses, record.tries, record.suspect,
                             record.refused,
                             record.sent and record.sent.hex())
                     for group, record in destination.attempts.items()},
        "dead": {name: (letter.group, letter.outcome, letter.body)
                 for name, letter in destination.dead.items()},
        "seen": [sorted(slot) for slot in destination.seen.slots],
        "sent": [{group: value.hex() for group, value in slot.items()}
                 for slot in destination.sent.slots],
        "counts": counts,
        "history": destination.history,
        "wake": destination.has_wake,
    }
