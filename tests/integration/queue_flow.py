"""The verbs of rate limits and holds as Python calls."""

from queue_scripts import Queue

PROBE_EVERY = 60_000
HOLD = "{relay:hold:event}"
STATE = ["reason", "epoch", "streak", "since", "until", "probe", "accepted",
         "note"]


class Flow(Queue):
    """The verbs of flow and holds."""

    def flow(self, rate, asked=0, returned=0, away=0, bucket="event"):
        return self.run("flow", ["{relay:flow:%s}" % bucket], rate, asked,
                        returned, away)

    def admit(self, probe_every=PROBE_EVERY):
        """("open", "probe" or "hold", wait, state)"""
        reply = self.run("admit", [HOLD], probe_every)
        assert reply[0] == int(self.clock)
        return reply[1].decode(), reply[2], self.state(reply[3:])

    @staticmethod
    def state(fields):
        state = dict(zip(STATE, fields))
        state["reason"] = state["reason"].decode()
        return state

    def hold(self, reason, epoch=None, span=1000, is_asked=False, note=""):
        """(is_new, state); under the epoch of now unless another is given."""
        if epoch is None:
            epoch = self.hold_state()["epoch"]
        reply = self.run("hold", [HOLD], reason, epoch, span, int(is_asked),
                         note)
        return reply[0] == 1, self.state(reply[1:])

    def resume(self, epoch=-1, only=""):
        reply = self.run("resume", [HOLD], epoch, only)
        return reply[0] == 1, self.state(reply[1:])

    def unprobe(self, epoch):
        return self.run("unprobe", [HOLD], epoch)

    def hold_state(self):
        return self.state(self.run("hold_state", [HOLD])[1:])
