"""tests/bench/render: see its --help."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
BENCH = ROOT / "tests/bench"
GUIDE = ROOT / "tests/conformance/guide"
SHIPPED = ROOT / "deploy/templates"
SAMPLES = ROOT / "deploy/samples"
EXAMPLE = ROOT / "deploy/relay.example.yaml"
FREEMARKER = pathlib.Path("/usr/share/java/freemarker.jar")
SECRETS = {"RELAY_SECRET": "s", "RETENO_AUTHORIZATION": "a",
           "RETENO_ACCESS_KEY": "k"}
USER = SAMPLES / "user-01-known-with-email.json"
EVENT = SAMPLES / "event-01-order-of-a-known-user.json"
# That event with the parameters that the guide's template names: it prints no
# others, and is to be changed to name one's own.
GUIDE_EVENT = BENCH / "guide-event.json"
ANONYMOUS = SAMPLES / "event-02-anonymous-device.json"
PAIRS = [
    (GUIDE / "device.ftl", USER),
    (GUIDE / "contact.ftl", USER),
    (GUIDE / "event.ftl", GUIDE_EVENT),
    (SHIPPED / "device.ftl", USER),
    (SHIPPED / "contact.ftl", USER),
    (SHIPPED / "event.ftl", EVENT),
    (SHIPPED / "anonymous-event.ftl", ANONYMOUS),
]
# Until its compiler has nothing left to do.
JVM_WARM_S = 8
JVM = ["java", "-XX:+UseSerialGC", "-Xms256m", "-Xmx256m"]


class Failed(Exception):
    """One line for whoever runs the bench."""


class Worker:
    """A process that renders on command: render_worker.c, RenderWorker.java."""

    def __init__(self, name, command):
        self.name = name
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **SECRETS})

    def tell(self, *fields):
        self.process.stdin.write("\t".join(str(f) for f in fields) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer or answer.startswith("error: "):
            raise Failed(f"{self.name}: {answer or 'has ended'}")
        return answer

    def run(self, seconds):
        """Renders a second of CPU, and allocations, in so many seconds."""
        renders, cpu_ns, allocations = (
            int(n) for n in self.tell("run", seconds).split("\t"))
        return renders / (cpu_ns / 1e9), allocations

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def compile_java(folder):
    done = subprocess.run(
        ["javac", "-nowarn", "-cp", FREEMARKER, "-d", folder,
         BENCH / "RenderWorker.java"],
        capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(done.stderr)
    return Worker("FreeMarker", [
        *JVM, "-cp", f"{FREEMARKER}:{folder}", "RenderWorker"])


def variables(ours, template, sample):
    """What a template of a destination sees, as one JSON object."""
    return {
        "input": json.loads(sample.read_text()),
        "vars": json.loads(ours.tell("vars", EXAMPLE)),
        "identity": "user_id",
        "relay": {"id": "0-1", "destination": template.stem,
                  "route": "/amplitude", "received_at": 1795166400000,
                  "accepted_at": 1795166400001, "attempt": 1,
                  "delivery_id": "d-1"},
    }


def shown(path):
    path = path.resolve()
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)


def compare(first, second, template):
    if first.read_bytes() != second.read_bytes():
        raise Failed(f"{template}: ours and FreeMarker's output differ: "
                     f"diff {first} {second}")


def measure(ours, theirs, pair, folder, options):
    template, sample = pair
    values = folder / "variables.json"
    values.write_text(json.dumps(variables(ours, template, sample)))
    outputs = [folder / name for name in ("ours", "theirs", "escaped")]
    ours.tell("load", template, values, "off", outputs[0])
    theirs.tell("load", template, values, "off", outputs[1])
    compare(outputs[0], outputs[1], template)
    theirs.run(options.warm)
    rates = {"ours": [], "theirs": [], "escaped": []}
    allocations = 0
    for _ in range(options.rounds):
        rates["theirs"].append(theirs.run(options.seconds)[0])
        for name, escape in (("ours", "off"), ("escaped", "json")):
            ours.tell("load", template, values, escape, outputs[2])
            rate, allocated = ours.run(options.seconds)
            rates[name].append(rate)
            allocations += allocated
    median = {name: statistics.median(rate) for name, rate in rates.items()}
    return {
        "template": shown(template),
        "input": shown(sample),
        "output_bytes": outputs[0].stat().st_size,
        "renders_per_s": round(median["ours"]),
        "escape_json_per_s": round(median["escaped"]),
        "freemarker_per_s": round(median["theirs"]),
        "ratio": round(median["ours"] / median["theirs"], 2),
        "mallocs": allocations,
        "rounds": options.rounds,
        "cpu_s_a_round": options.seconds,
    }


def read_options():
    parser = argparse.ArgumentParser(
        prog="tests/bench/render",
        description="Renders a second on one core, ours beside FreeMarker's "
        "on a warm JVM: a JSON line for each template. Rounds take turns; the "
        "median counts. Time is CPU time of the process. The input is parsed "
        "before the clock runs, on both sides; our index of its keys is made "
        "in every render. ratio is ours (escape: off, FreeMarker's bytes) to "
        "FreeMarker's; escape_json_per_s is ours with escape: json; mallocs "
        "are all calls in our timed rounds. The first look is whether both "
        "print the same.")
    parser.add_argument("--template", type=pathlib.Path,
                        help="another template, with --input")
    parser.add_argument("--input", type=pathlib.Path,
                        help="a JSON object, its variable input")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.5,
                        help="of a round (%(default)s)")
    parser.add_argument("--warm", type=float, default=JVM_WARM_S,
                        help="seconds to warm the JVM up, for each template "
                        "(%(default)s)")
    options = parser.parse_args()
    if (options.template is None) != (options.input is None):
        parser.error("--template and --input go together")
    return options


def main():
    options = read_options()
    build = ROOT / os.environ["RELAY_BUILD_DIR"]
    pairs = PAIRS if options.template is None else [
        (options.template, options.input)]
    with tempfile.TemporaryDirectory(prefix="relay-bench-") as folder:
        folder = pathlib.Path(folder)
        worker = build / "tests/bench/bench-render-worker"
        with (Worker("ours", [worker]) as ours,
              compile_java(folder) as theirs):
            for pair in pairs:
                row = measure(ours, theirs, pair, folder, options)
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, ValueError) as failure:
        sys.exit(f"tests/bench/render: {failure}")
