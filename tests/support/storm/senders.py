"""Amplitude, in small: threads that post webhooks, and repeat each until it is
taken, or, now and then, give it up."""

import http.client
import random
import threading

from harness.web import Client

THREADS = 6
USERS_OF_A_THREAD = 8
# Between posts, and between repeats.
PAUSE_S = 0.015
POST_TIMEOUT_S = 2
GIVES_UP = 0.02
EVENTS, USERS = "/amplitude/events", "/amplitude/users"
SHARE_OF_USERS = 0.3


class Sender:
    """One thread, and users that nobody else sends for."""

    def __init__(self, ingests, promises, number, seed):
        self.ingests = ingests
        self.promises = promises
        self.random = random.Random(f"{seed}-{number}")
        self.numbers = {f"u{number}-{user}": 0
                        for user in range(USERS_OF_A_THREAD)}
        self.is_over = threading.Event()
        self.failure = None
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        try:
            while not self.is_over.wait(PAUSE_S):
                self.send_next()
        except Exception as failure:  # told by end(), in the main thread
            self.failure = failure

    def send_next(self):
        user = self.random.choice(sorted(self.numbers))
        route = USERS if self.random.random() < SHARE_OF_USERS else EVENTS
        delivery = f"{user}/{self.numbers[user]}"
        self.numbers[user] += 1
        body = {"uuid": delivery, "user_id": user, "device_id": f"d-{user}",
                "event_type": "Stormed"}
        while not self.post(delivery, route, body):
            if self.random.random() < GIVES_UP:
                return
            self.is_over.wait(PAUSE_S)

    def post(self, delivery, route, body):
        self.promises.begin(delivery, route)
        is_taken = False
        try:
            is_taken = self.is_taken(route, body)
        finally:
            self.promises.end(delivery, is_taken)
        return is_taken

    def is_taken(self, route, body):
        ingest = self.random.choice(self.ingests)
        try:
            with Client(ingest.address, timeout=POST_TIMEOUT_S) as client:
                answer = ingest.post(route, body, client=client)
        except (OSError, http.client.HTTPException):
            return False
        if answer.status not in (200, 503):
            raise AssertionError(f"{route} answered {answer}")
        return answer.status == 200

    def end(self):
        self.is_over.set()
        self.thread.join()
        if self.failure is not None:
            raise self.failure
