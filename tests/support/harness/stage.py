"""One test's folder and processes."""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile

from .wait import PATIENCE_S, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
LOG_TAIL_BYTES = 20000
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def build_dir():
    """Where the binaries are: RELAY_BUILD_DIR, from the project's folder."""
    return ROOT / os.environ.get("RELAY_BUILD_DIR", "build/dev")


def unquote(value):
    if not value.startswith('"'):
        return value
    return re.sub(
        r"\\(?:x([0-9a-fA-F]{2})|(.))",
        lambda m: chr(int(m[1], 16)) if m[1] else ESCAPES.get(m[2], m[2]),
        value[1:-1])


class Process:
    """A child process, its standard output and error in one log file."""

    def __init__(self, name, argv, log, environment):
        self.name = name
        self.log_path = log
        self.is_stopped_by_test = False
        with open(log, "ab") as file:
            self.child = subprocess.Popen(
                [str(arg) for arg in argv], stdin=subprocess.DEVNULL,
                stdout=file, stderr=subprocess.STDOUT, env=environment)

    @property
    def pid(self):
        return self.child.pid

    def is_running(self):
        return self.child.poll() is None

    def log(self):
        return self.log_path.read_text(errors="replace")

    def log_lines(self):
        """The lines of the relay's own log, as dicts."""
        for line in self.log().splitlines():
            if line.startswith("ts="):
                yield {key: unquote(value) for key, value in PAIR.findall(line)}

    def find_log(self, **wanted):
        """All lines that have these values."""
        wanted = {key: str(value) for key, value in wanted.items()}
        return [line for line in self.log_lines()
                if wanted.items() <= line.items()]

    def wait_for_log(self, **wanted):
        """The first line that has these values."""
        return self.wait_until(lambda: self.find_log(**wanted),
                               f"a log line with {wanted}")[0]

    def wait_until(self, condition, what, timeout=PATIENCE_S):
        """As wait_until(), but fails at once when the process ends."""
        def is_met():
            value = condition()
            if not value and not self.is_running():
                # It may have come true just before the end.
                value = condition()
                assert value, (f"{self.name} ended with {self.child.returncode}"
                               f" before {what}:\n{self.log()}")
            return value

        return wait_until(is_met, f"{what} of {self.name}", timeout)

    def signal(self, number):
        self.child.send_signal(number)

    def wait(self, timeout=PATIENCE_S):
        """The exit status; negative for a signal."""
        return self.child.wait(timeout)

    def stop(self, timeout=PATIENCE_S):
        """SIGTERM; the exit status."""
        self.is_stopped_by_test = True
        self.signal(signal.SIGTERM)
        return self.wait(timeout)

    def kill(self):
        """SIGKILL: no farewell."""
        self.is_stopped_by_test = True
        self.signal(signal.SIGKILL)
        self.wait()

    def run(self, timeout=PATIENCE_S):
        """Waits for an end that is expected; the exit status."""
        self.is_stopped_by_test = True
        return self.wait(timeout)


class Stage:
    """A temporary folder and what runs in it. close() stops everything and
    complains about what did not end well."""

    def __init__(self):
        # Short: the path of a unix socket has at most 107 bytes.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="relay-"))
        self.processes = []
        self.environment = dict(os.environ)
        self.environment.setdefault(
            "UBSAN_OPTIONS", "print_stacktrace=1:halt_on_error=1")

    def start(self, name, argv, environment=None):
        """Starts a process; `name` is free, its log is name-N.log."""
        log = self.folder / f"{name}-{len(self.processes)}.log"
        process = Process(name, argv, log,
                          {**self.environment, **(environment or {})})
        self.processes.append(process)
        return process

    def write(self, name, text):
        """A file in the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(text, bytes):
            path.write_bytes(text)
        else:
            path.write_text(text)
        return path

    def logs(self):
        """(title, tail) of every process."""
        for process in self.processes:
            yield (f"{process.name}, pid {process.pid}",
                   process.log()[-LOG_TAIL_BYTES:])

    def close(self):
        complaints = []
        for process in reversed(self.processes):
            complaints += self.close_one(process)
        shutil.rmtree(self.folder, ignore_errors=True)
        assert not complaints, "\n".join(complaints)

    @staticmethod
    def close_one(process):
        was_running = process.is_running()
        if was_running:
            process.signal(signal.SIGCONT)
            process.signal(signal.SIGTERM)
            try:
                process.wait()
            except subprocess.TimeoutExpired:
                process.kill()
                return [f"{process.name} did not end on SIGTERM"]
        status = process.child.returncode
        if "Sanitizer" in process.log() or "runtime error:" in process.log():
            return [f"{process.name}: a sanitizer spoke:\n{process.log()}"]
        if not was_running and not process.is_stopped_by_test:
            return [f"{process.name} ended by itself with {status}:\n"
                    f"{process.log()}"]
        if was_running and status != 0:
            return [f"{process.name} ended with {status}:\n{process.log()}"]
        return []
