"""A private redis-server, and a client that knows the protocol only."""

import shutil
import socket

from .wait import PATIENCE_S


class RedisError(Exception):
    """An answer that is an error."""


class RedisClient:
    """client("SET", "key", b"\\x00") and so on. Bytes in, bytes out."""

    def __init__(self, path, timeout=PATIENCE_S):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(timeout)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.file.close()
        self.sock.close()

    def __call__(self, *arguments):
        parts = [b"*%d\r\n" % len(arguments)]
        for argument in arguments:
            raw = (argument if isinstance(argument, bytes)
                   else str(argument).encode())
            parts.append(b"$%d\r\n%s\r\n" % (len(raw), raw))
        self.sock.sendall(b"".join(parts))
        return self.read()

    def read(self):
        line = self.file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest.decode()
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return self.read_bulk(int(rest))
        if kind == b"*":
            return (None if rest == b"-1"
                    else [self.read() for _ in range(int(rest))])
        if kind == b"-":
            raise RedisError(rest.decode())
        raise ConnectionError(f"not Redis: {line!r}")

    def read_bulk(self, length):
        if length < 0:
            return None
        data = self.file.read(length + 2)
        if len(data) != length + 2:
            raise ConnectionError("Redis closed the connection")
        return data[:-2]

    def keys(self, pattern="*"):
        return sorted(key.decode(errors="replace")
                      for key in self("KEYS", pattern))

    def hash(self, key):
        """A hash as a dict of bytes."""
        flat = self("HGETALL", key)
        return dict(zip(flat[::2], flat[1::2]))


class RedisServer:
    """One redis-server, or valkey-server, in the stage's folder.

    with_port adds a TCP port of 127.0.0.1; with_aof an append-only file that
    is written before each answer."""

    def __init__(self, stage, name="redis", with_port=False, with_aof=False,
                 options=(), environment=None):
        self.stage = stage
        self.name = name
        self.folder = stage.folder / name
        self.folder.mkdir()
        self.socket = self.folder / "redis.sock"
        self.port = free_port() if with_port else 0
        self.with_aof = with_aof
        self.options = list(options)
        self.environment = environment or {}
        self.start()

    def start(self):
        """Also again, after stop() or kill(): with what was on disk."""
        binary = shutil.which("redis-server") or shutil.which("valkey-server")
        assert binary, "there is no redis-server on this machine"
        self.process = self.stage.start(self.name, [
            binary, "--bind", "127.0.0.1", "--port", self.port,
            "--unixsocket", self.socket, "--dir", self.folder, "--save", "",
            "--maxmemory-policy", "noeviction",
            "--appendonly", "yes" if self.with_aof else "no",
            "--appendfsync", "always", *self.options], self.environment)
        self.process.wait_until(self.answers, "an answer to PING")

    def answers(self):
        try:
            with self.client() as client:
                return client("PING") == "PONG"
        except (OSError, RedisError):
            return False

    @property
    def address(self):
        """As the relay's configuration takes it."""
        return f"unix:{self.socket}"

    @property
    def tcp_address(self):
        return f"127.0.0.1:{self.port}"

    def client(self, timeout=PATIENCE_S):
        return RedisClient(self.socket, timeout)

    def call(self, *arguments):
        """One command on a connection of its own."""
        with self.client() as client:
            return client(*arguments)

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()


def free_port():
    """A port that was free just now."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]
