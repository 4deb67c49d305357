"""Runs the demo's processes and shows what became of each webhook body.

Called by deploy/demo, which installs and builds first.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECRET = "demo-secret"
PATIENCE_S = 30
ENDPOINTS = {
    "/api/v1/device": "device",
    "/api/v1/contact": "contact",
    "/api/v2/event": "event",
    "/api/v1/events": "anonymous-event",
}
ENDS = {
    "job_delivered": "delivered",
    "job_skipped": "skipped",
    "job_unchanged": "unchanged",
    "job_dead": "dead letter",
    "job_retry": "waiting for a retry",
}
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')


class Failure(Exception):
    """Something a person must read."""


def whole(digits):
    """A whole number; one of more digits than Python reads, as text."""
    return int(digits) if len(digits) <= 4000 else digits


def wait_until(condition, what):
    deadline = time.monotonic() + PATIENCE_S
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise Failure(f"gave up waiting for {what}")
        time.sleep(0.01)


class Log:
    """The key=value lines that a service has written so far."""

    def __init__(self, path):
        self.path = path

    def lines(self):
        text = self.path.read_text(errors="replace")
        for number, line in enumerate(text.splitlines()):
            found = {"at": number}
            for key, value in PAIR.findall(line):
                if value.startswith('"'):
                    value = value[1:-1].replace('\\"', '"')
                    value = value.replace("\\\\", "\\")
                found[key] = value
            yield found

    def find(self, **wanted):
        for line in self.lines():
            if all(line.get(key) == value for key, value in wanted.items()):
                return line
        return None


class Stack:
    """Redis, stand-in, ingest and dispatcher, each on a free place."""

    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        self.processes = []
        self.environment = dict(
            os.environ,
            RELAY_SECRET=SECRET,
            RETENO_AUTHORIZATION="Basic ZGVtbzpkZW1v",
            RETENO_ACCESS_KEY="demo-access-key",
        )

    def start(self):
        self.redis = f"unix:{self.start_redis()}"
        self.stand_in = self.start_stand_in()
        self.ingest_log, self.ingest = self.start_service(
            "relay-ingest", "ingest", "ingest.listen=127.0.0.1:0"
        )
        self.dispatcher_log, _ = self.start_service(
            "relay-dispatcher",
            "dispatcher",
            *(
                f"destinations.{name}.url={self.stand_in}{path}"
                for path, name in ENDPOINTS.items()
            ),
        )

    def spawn(self, name, arguments):
        log = open(self.folder / f"{name}.log", "wb")
        process = subprocess.Popen(
            arguments, stdout=log, stderr=log, env=self.environment
        )
        log.close()
        self.processes.append((name, process))
        return process

    def check_alive(self, name, process):
        if process.poll() is not None:
            text = (self.folder / f"{name}.log").read_text(errors="replace")
            raise Failure(f"{name} ended by itself:\n{text}")

    def start_redis(self):
        socket = self.folder / "redis.sock"
        server = shutil.which("redis-server") or shutil.which("valkey-server")
        if server is None:
            raise Failure("there is no redis-server on this machine")
        process = self.spawn(
            "redis",
            [server, "--port", "0", "--unixsocket", str(socket), "--save", "",
             "--dir", str(self.folder), "--maxmemory-policy", "noeviction"],
        )

        def is_there():
            self.check_alive("redis", process)
            return socket.exists()

        wait_until(is_there, "Redis")
        return socket

    def start_stand_in(self):
        binary = self.build / "tests/support/stand_in/reteno-stand-in"
        process = self.spawn(
            "stand-in",
            [str(binary), "--listen", "127.0.0.1:0",
             "--authorization", self.environment["RETENO_AUTHORIZATION"],
             "--access-key", self.environment["RETENO_ACCESS_KEY"]],
        )

        def address():
            self.check_alive("stand-in", process)
            text = (self.folder / "stand-in.log").read_text(errors="replace")
            found = re.search(r"listening (http://\S+)", text)
            return found and found.group(1)

        return wait_until(address, "the stand-in")

    def start_service(self, binary, room, *settings):
        settings = [f"redis.address={self.redis}",
                    f"{room}.admin.listen=127.0.0.1:0", *settings]
        arguments = [str(self.build / room / binary), "--config",
                     str(ROOT / "deploy/relay.example.yaml")]
        for setting in settings:
            arguments += ["--set", setting]
        process = self.spawn(binary, arguments)
        log = Log(self.folder / f"{binary}.log")
        event = "listening" if room == "ingest" else "redis_connected"

        def line():
            self.check_alive(binary, process)
            return log.find(module=room, event=event) or (
                room == "dispatcher" and log.find(event=event))

        wait_until(lambda: log.find(event="redis_connected") or
                   self.check_alive(binary, process), f"{binary} and Redis")
        found = wait_until(line, binary)
        return log, found.get("address", "")

    def stop(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                try:
                    process.wait(PATIENCE_S)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()

    # What a person would do with curl.

    def call(self, address, method, path, body=None, headers=None):
        where = urllib.parse.urlsplit(
            address if "://" in address else f"http://{address}")
        connection = http.client.HTTPConnection(
            where.hostname, where.port, timeout=PATIENCE_S)
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text, parse_int=whole) if text else None

    def post(self, path):
        route = "users" if path.name.startswith("user-") else "events"
        return self.call(
            self.ingest, "POST", f"/amplitude/{route}", path.read_bytes(),
            {"Content-Type": "application/json", "x-relay-secret": SECRET},
        )

    def arrived(self, since):
        _, answer = self.call(
            self.stand_in, "GET", f"/_stand-in/arrived?since={since}")
        return answer

    def end_of(self, job):
        """The line that says what became of a job, once there is one."""
        def ended():
            for line in self.dispatcher_log.lines():
                if line.get("job") == job and line.get("event") in ENDS:
                    return line
            return None

        return wait_until(ended, f"the end of job {job}")


def take_first(arrivals, destination, accepted):
    for arrival in arrivals:
        if (ENDPOINTS.get(arrival["endpoint"]) == destination
                and arrival["accepted"] == accepted):
            arrivals.remove(arrival)
            return arrival
    return None


def row_of_end(path, end, arrivals):
    outcome = ENDS[end["event"]]
    arrival = None
    if end.get("status"):
        arrival = take_first(arrivals, end["destination"],
                             end["event"] == "job_delivered")
    if "reason" in end and end["event"] != "job_delivered":
        outcome += f": {end['reason']}"
    elif arrival and arrival["reason"]:
        outcome += f": {arrival['status']} {arrival['reason']}"
    return row(path, end["destination"], outcome,
               arrival and arrival["body"])


def rows_of(stack, path, since):
    """What one body came to: a row for each job of it."""
    status, answer = stack.post(path)
    if status != 200:
        return [row(path, "-", f"refused: {status} {answer.get('error')}")], since
    rows = []
    if answer["duplicate"]:
        rows.append(row(path, "-", "duplicate: dropped"))
    elif not answer["jobs"]:
        rows.append(row(path, "-", "nothing in it"))
    # In the order of their ends, which is that of the arrivals.
    ends = sorted(map(stack.end_of, answer["jobs"]), key=lambda end: end["at"])
    arrivals = stack.arrived(since)
    since = max([since, *(arrival["seq"] for arrival in arrivals)])
    rows += [row_of_end(path, end, arrivals) for end in ends]
    return rows, since


def row(path, destination, outcome, received=None):
    return {"body": path.name, "destination": destination,
            "outcome": outcome, "received": received}


def shorten(text, width):
    return text if len(text) <= width else text[: width - 1] + "…"


def show(rows, as_json):
    if as_json:
        for entry in rows:
            print(json.dumps(entry, ensure_ascii=False), flush=True)
        return
    for entry in rows:
        received = entry["received"]
        text = "" if received is None else json.dumps(
            received, ensure_ascii=False)
        print(f"{shorten(entry['body'], 44):44}  "
              f"{shorten(entry['destination'], 15):15}  "
              f"{shorten(entry['outcome'], 100)}", flush=True)
        if text:
            print(f"{'':44}  {'':15}  → {shorten(text, 140)}", flush=True)


def run(stack, options):
    stack.start()
    bodies = sorted(pathlib.Path(options.samples).glob("*.json"))
    if not bodies:
        raise Failure(f"{options.samples} holds no *.json")
    # Users first, as a person is known before what the person does.
    bodies.sort(key=lambda path: not path.name.startswith("user-"))
    if not options.json:
        print(f"{'WEBHOOK BODY':44}  {'DESTINATION':15}  OUTCOME, "
              "AND → WHAT RETENO RECEIVED")
    since = 0
    for path in bodies:
        rows, since = rows_of(stack, path, since)
        show(rows, options.json)
    if options.keep:
        print(f"\ningest     http://{stack.ingest}/amplitude/users and "
              f"/amplitude/events, header x-relay-secret: {SECRET}\n"
              f"stand-in   {stack.stand_in}/_stand-in/arrived\n"
              f"redis      {stack.redis}\n"
              f"logs       {stack.folder}\n"
              "Ctrl-C stops all.", file=sys.stderr, flush=True)
        signal.pause()


def main():
    parser = argparse.ArgumentParser(prog="deploy/demo")
    parser.add_argument("--build", type=pathlib.Path, required=True,
                        help=argparse.SUPPRESS)
    parser.add_argument("--samples", default=ROOT / "deploy/samples")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    # Also where a shell that put us into the background ignores the first.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="relay-demo-") as folder:
        stack = Stack(options.build, pathlib.Path(folder))
        try:
            run(stack, options)
        except Failure as failure:
            print(f"demo: {failure}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            pass
        except BrokenPipeError:
            # Whoever reads has seen enough: `deploy/demo | head`.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        finally:
            stack.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
