"""A destination's hold, as it should be. A verb works on a copy, which counts
when the verb writes: what a look finds over is still there for the next."""

import dataclasses

STRENGTH = {"throttled": 1, "failing": 2, "unauthorized": 3, "burning": 4,
            "full": 5, "paused": 6}
UNPROBED = ("full", "paused")
BY_OPERATOR = -1


@dataclasses.dataclass
class Hold:
    reason: str = ""
    was: str = ""  # the reason of the one before
    epoch: int = 0
    streak: int = 0
    since: int = 0
    ends: int = 0
    probe: int = 0
    span: int = 0
    ended: int = 0
    accepted: int = 0
    is_known: bool = False

    def state(self):
        return (self.reason or "none", self.epoch, self.streak, self.since,
                self.ends, self.probe, self.accepted)

    def end(self, now):
        self.was, self.reason = self.reason, ""
        self.ended, self.ends, self.probe = now, 0, 0

    def mend(self, now, probe_every=None):
        """What a clock that jumped, or the end of its time, makes of it."""
        self.since = min(self.since, now)
        self.ended = min(self.ended, now)
        self.accepted = min(self.accepted, now)
        self.ends = min(self.ends, now + self.span)
        if probe_every is not None:
            self.probe = min(self.probe, now + max(self.span, probe_every))
        if self.reason and 0 < self.ends <= now:
            self.end(now)
        if not self.reason and now - self.ended > self.span:
            self.streak = 0

    def admit(self, now, probe_every):
        """("open", "probe" or "hold", ms to wait)."""
        self.mend(now, probe_every)
        if not self.reason:
            return "open", 0
        if 0 < self.probe <= now:
            self.probe = now + probe_every
            return "probe", 0
        times = [at - now for at in (self.probe, self.ends) if at > 0]
        return "hold", min(times, default=-1)

    def is_obeyed(self, reason, epoch):
        if epoch == BY_OPERATOR:
            return True
        return (epoch == self.epoch or not self.is_known) and (
            not self.reason or STRENGTH[reason] >= STRENGTH[self.reason])

    def hold(self, now, reason, epoch, span, is_asked):
        """(whether it is new, whether anything was written)."""
        self.mend(now)
        if not self.is_obeyed(reason, epoch):
            if is_asked and self.reason and 0 < self.probe < now + span:
                self.probe = now + span
                self.span = max(self.span, span)
                return False, True
            return False, False
        is_new = self.reason != reason
        last = self.reason or self.was
        self.streak = self.streak + 1 if last == reason else 1
        if is_new:
            self.since = now
        self.epoch = max(self.epoch, epoch) + 1
        self.reason, self.span = reason, span
        self.probe = self.ends = 0
        if reason not in UNPROBED:
            self.probe = now + max(1, span)
        elif span:
            self.ends = now + span
        self.is_known = True
        return is_new, True

    def resume(self, now, epoch):
        """Whether there was one to end."""
        self.mend(now)
        if not self.reason or epoch not in (BY_OPERATOR, self.epoch):
            return False
        self.end(now)
        if epoch != BY_OPERATOR:
            self.accepted = now
        return True

    def unprobe(self, now, epoch):
        self.mend(now)
        if not self.reason or self.probe == 0 or self.epoch != epoch:
            return False
        self.probe = now
        return True
