"""The stack of docker-compose.yml, as a newcomer would start it."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deploy/samples"
SECRET = "compose-secret"
PATIENCE_S = 120


def free_port():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        result = condition()
        if result:
            return result
        assert time.monotonic() < deadline, f"gave up waiting for {what}"
        time.sleep(0.1)


class Stack:
    def __init__(self):
        self.command = (
            ["docker-compose"] if shutil.which("docker-compose")
            else ["docker", "compose"]
        ) + ["-p", f"relay-test-{os.getpid()}"]
        self.relay_port = free_port()
        self.stand_in_port = free_port()
        self.environment = dict(
            os.environ,
            RELAY_PORT=str(self.relay_port),
            STAND_IN_PORT=str(self.stand_in_port),
            RELAY_SECRET=SECRET,
            DOCKER_BUILDKIT="0",
            COMPOSE_DOCKER_CLI_BUILD="0",
        )

    def compose(self, *arguments, check=True):
        done = subprocess.run(
            [*self.command, *arguments], cwd=ROOT, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            timeout=1200, check=False,
        )
        assert done.returncode == 0 or not check, done.stdout[-8000:]
        return done.stdout

    def call(self, port, method, path, body=None, headers=None):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else None
        except OSError:
            return 0, None
        finally:
            connection.close()

    def post(self, route, body):
        return self.call(
            self.relay_port, "POST", f"/amplitude/{route}", json.dumps(body),
            {"Content-Type": "application/json", "x-relay-secret": SECRET},
        )

    def accepted(self):
        _, answer = self.call(
            self.stand_in_port, "GET", "/_stand-in/arrived?accepted=1")
        return answer or []

    def relayctl(self, *arguments):
        return self.compose("run", "--rm", "-T", "relayctl", *arguments)


@pytest.fixture(scope="module")
def stack():
    stack = Stack()
    try:
        stack.compose("up", "-d", "--build")
        event = sample("event-01-order-of-a-known-user.json")
        wait_until(lambda: stack.post("events", event)[0] == 200, "ingest")
        yield stack
        if os.environ.get("RELAY_COMPOSE_LOGS"):
            print(stack.compose("logs", check=False))
    finally:
        stack.compose("down", "-v", "--remove-orphans", check=False)


def sample(name):
    return json.loads((SAMPLES / name).read_text())


def event_of(user, number):
    event = sample("event-01-order-of-a-known-user.json")
    event.update(user_id=user, uuid=f"compose-{user}-{number}",
                 event_type=f"Step {number}")
    return event


def customer(arrival):
    return next(param["value"] for param in arrival["body"]["params"]
                if param["name"] == "externalCustomerId")


def test_webhook_posted_to_the_stack_arrives_at_reteno(stack):
    arrived = wait_until(stack.accepted, "the first event")
    assert arrived[0]["body"]["eventTypeKey"] == "Order Placed"


def test_dead_letter_replayed_by_relayctl_arrives(stack):
    stack.call(stack.stand_in_port, "POST", "/_stand-in/faults", json.dumps(
        [{"contains": "to-be-rejected", "status": 400}]))
    status, answer = stack.post("events", event_of("to-be-rejected", 1))
    assert status == 200
    job = answer["jobs"][0]
    wait_until(lambda: job in stack.relayctl("dead", "list"), "a dead letter")
    assert "rejected" in stack.relayctl("dead", "show", job)
    stack.call(stack.stand_in_port, "DELETE", "/_stand-in/faults")
    stack.relayctl("dead", "replay", "--destination", "event", job)
    wait_until(
        lambda: any(a["endpoint"] == "/api/v2/event"
                    and customer(a) == "to-be-rejected"
                    for a in stack.accepted()),
        "the replayed event")


def test_three_dispatchers_keep_the_order_of_each_user(stack):
    stack.compose("up", "-d", "--no-recreate", "--scale", "dispatcher=3")
    users = [f"scaled-{n}" for n in range(5)]
    for number in range(8):
        for user in users:
            assert stack.post("events", event_of(user, number))[0] == 200

    def steps():
        found = {user: [] for user in users}
        for arrival in stack.accepted():
            if arrival["endpoint"] == "/api/v2/event":
                user = customer(arrival)
                if user in found:
                    found[user].append(arrival["body"]["eventTypeKey"])
        return found

    wait_until(lambda: all(len(s) == 8 for s in steps().values()),
               "all events of all users")
    for user, seen in steps().items():
        assert seen == [f"Step {n}" for n in range(8)], user
