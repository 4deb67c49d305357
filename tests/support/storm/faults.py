"""What goes wrong: two threads, one that strikes processes, one that spoils the
stand-in's answers. Each plays all its kinds in rounds, in an order drawn anew."""

import random
import signal
import threading

# Long enough for every lease to lapse (STORM LEASE).
STOPPED_S = 7.5
SHORT_S = (0.3, 1.2)
BETWEEN_S = 0.2
SPOILT_S = 0.6

ANSWERS = {
    "status_500": {"status": 500},
    "status_503": {"status": 503, "body": "later"},
    "status_429": {"status": 429, "retry_after": 1},
    "status_401": {"status": 401},
    "hang": {"break": "hang", "taken": True},
    "reset": {"break": "reset"},
    "close": {"break": "close"},
    "garbage": {"break": "garbage", "taken": True},
    "half": {"break": "half"},
    "slow": {"latency_ms": 300},
}


class Tally:
    """How often each kind was played, and how often that changed something."""

    def __init__(self, kinds):
        self.played = {kind: 0 for kind in kinds}
        self.changed = {kind: 0 for kind in kinds}

    def count(self, kind, has_changed):
        self.played[kind] += 1
        self.changed[kind] += bool(has_changed)

    def too_few(self, least):
        return sorted(kind for kind, played in self.played.items()
                      if played < least or self.changed[kind] == 0)


class Player:
    """A thread that plays kinds in rounds until it is told to end."""

    def __init__(self, kinds, seed):
        self.kinds = sorted(kinds)
        self.random = random.Random(f"{seed}-{type(self).__name__}")
        self.tally = Tally(kinds)
        self.is_over = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)

    def start(self):
        self.thread.start()

    def run(self):
        try:
            while not self.is_over.is_set():
                for kind in self.random.sample(self.kinds, len(self.kinds)):
                    if self.is_over.wait(BETWEEN_S):
                        break
                    self.tally.count(kind, self.play(kind))
        except Exception as failure:  # told by end(), in the main thread
            self.failure = failure

    def end(self):
        self.is_over.set()
        self.thread.join()
        if self.failure is not None:
            raise self.failure


class Answers(Player):
    def __init__(self, stand_in, seed):
        super().__init__(ANSWERS, seed)
        self.stand_in = stand_in

    def play(self, kind):
        self.stand_in.fail(ANSWERS[kind])
        self.is_over.wait(SPOILT_S)
        has_hit = self.stand_in.hits() != [0]
        self.stand_in.recover()
        return has_hit


class Blows(Player):
    """Kills and stops. Nothing is struck while it is stopped."""

    def __init__(self, ingests, dispatchers, redis, promises, seed):
        super().__init__(["kill_ingest", "stop_ingest", "kill_dispatcher",
                          "stop_dispatcher", "kill_redis", "stop_redis"], seed)
        self.ingests = ingests
        self.dispatchers = dispatchers
        self.redis = redis
        self.promises = promises
        self.stopped = []  # (dispatcher, timer that lets it go on)

    def play(self, kind):
        verb, _, whom = kind.partition("_")
        return getattr(self, verb + "_" + whom)()

    def refusals_of(self, blow):
        """Whether webhooks were refused, or not answered, for the blow."""
        before = self.promises.refused
        blow()
        return self.promises.refused > before

    def pause(self, process):
        """Returns how many webhooks wait for an answer at its end."""
        process.signal(signal.SIGSTOP)
        self.is_over.wait(self.random.uniform(*SHORT_S))
        waiting = self.promises.waiting
        process.signal(signal.SIGCONT)
        return waiting

    def kill_ingest(self):
        ingest = self.random.choice(self.ingests)

        def blow():
            ingest.kill()
            self.is_over.wait(0.1)
            ingest.start(ready=False)
        return self.refusals_of(blow)

    def stop_ingest(self):
        ingest = self.random.choice(self.ingests)
        return self.pause(ingest.process) > 0

    def kill_redis(self):
        def blow():
            self.redis.kill()
            self.redis.start()
        return self.refusals_of(blow)

    def stop_redis(self):
        return self.pause(self.redis.process) > 0

    def upright(self):
        self.stopped = [(dispatcher, timer) for dispatcher, timer in self.stopped
                        if timer.is_alive()]
        down = [dispatcher for dispatcher, _ in self.stopped]
        return [dispatcher for dispatcher in self.dispatchers
                if dispatcher not in down]

    def kill_dispatcher(self):
        dispatcher = self.random.choice(self.upright())
        dispatcher.kill()
        had = in_hand(dispatcher)
        dispatcher.start(ready=False)
        return had > 0

    def stop_dispatcher(self):
        upright = self.upright()
        if len(upright) < 2:
            self.stopped[0][1].join()
            upright = self.upright()
        dispatcher = self.random.choice(upright)
        dispatcher.process.signal(signal.SIGSTOP)
        timer = threading.Timer(
            STOPPED_S, lambda: dispatcher.process.signal(signal.SIGCONT))
        timer.start()
        self.stopped.append((dispatcher, timer))
        return in_hand(dispatcher) > 0

    def end(self):
        super().end()
        for _, timer in self.stopped:
            timer.join()


def in_hand(dispatcher):
    """Attempts that this process began and did not end, by its log."""
    log = dispatcher.process.log()
    return log.count(" to=send") - log.count(" from=send")
