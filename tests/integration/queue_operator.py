"""The operator's verbs of the queue as Python calls."""

from queue_scripts import BLOCK, Queue


class Operator(Queue):
    """The verbs that move or remove by hand."""

    def block(self, verb, *args, to="event"):
        return self.run(verb, self.keys(to, names=BLOCK), self.birth, *args)

    def remove_dead(self, *ids, word="dead_purged", to="event"):
        return self.block("remove_dead", word, *ids, to=to)

    def import_dead(self, letter, to="event", job_id=None):
        tries = [value for one in letter["tries"] for value in one]
        return self.block(
            "import", job_id or letter["id"], letter["group"],
            letter["element"], letter["died"], letter["outcome"],
            letter["status"], letter["note"], letter["body"],
            letter["template"], letter["attempts"], letter["first"],
            letter["losses"], *tries, to=to)

    def purge(self, limit=1000, to="event", dependents=()):
        """(removed, groups left)"""
        return tuple(self.run("purge", self.keys(to, *dependents, names=BLOCK),
                              self.birth, limit))

    def forget(self, group, to="event", dependents=()):
        """All calls of one forgetting; how many jobs it removed."""
        keys = self.keys(to, *dependents, names=BLOCK)
        removed, place = self.run("forget", keys, self.birth, group, "")
        while place != b"":
            more, place = self.run("forget", keys, self.birth, group, place)
            removed += more
        return removed

    def history(self, job_id="", limit=100, over=0):
        """(how many to pass over next, jobs as lists)"""
        reply = self.block("history", over, job_id, limit)
        return reply[0], [reply[i:i + 7] for i in range(1, len(reply), 7)]

    def find_job(self, job_id, to="event"):
        """What it says of it; None when it is not there."""
        place = ["", "", 0]
        while True:
            word, *fields = self.block("find_job", job_id, *place, to=to)
            if word == b"no":
                return None
            if word != b"more":
                return dict(zip(["group", "element", "ahead", "until",
                                 "attempts", "first", "losses", "tries"],
                                fields), place=word.decode())
            assert fields != place
            place = fields

    def audit(self, *place):
        """One piece: groups, requeued, jobs, pending, fingerprint, next."""
        reply = self.block("audit", *(place or ("", "")))
        return dict(zip(["groups", "requeued", "jobs", "pending", "print"],
                        reply), next=reply[5:])

    def audit_all(self):
        """(groups, requeued, jobs) of a whole pass."""
        total, place = [0, 0, 0], ("", "")
        while True:
            piece = self.audit(*place)
            for i, name in enumerate(("groups", "requeued", "jobs")):
                total[i] += piece[name]
            assert piece["next"] != list(place)
            place = piece["next"]
            if place == [b"", b""]:
                return tuple(total)

    def letters(self):
        return self.dead_page(limit=10_000)[1]

    def fill(self):
        """Jobs in every place: three each in a group that is leased, one that
        waits and one that is ready."""
        for group in ("u:leased", "u:waiting", "u:ready"):
            for body in (b"1", b"2", b"3"):
                self.enqueue(group, body)
            if group != "u:ready":
                (lease,) = self.claim().leases
                if group == "u:waiting":
                    self.retry(lease)
                else:
                    self.held = lease
        self.check_places()

    def place_jobs(self):
        """Two each in two groups that are ready, one in one that waits."""
        self.enqueue("u:waiting", b"1")
        self.retry(self.claim().leases[0])
        for body in (b"1", b"2"):
            self.enqueue("u:1", body)
            self.enqueue("u:2", body)

    def everything(self):
        """All of the shard, byte by byte."""
        return {key: self.redis("DUMP", key)
                for key in sorted(self.redis("KEYS", "{relay*"))}
