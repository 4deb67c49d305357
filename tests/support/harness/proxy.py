"""A proxy in front of a RedisServer that sees every command, and answers some of
them itself: as a Redis of another version would, or late."""

import contextlib
import io
import socket
import threading


class RedisProxy:
    """proxy.answers["WAITAOF"] = lambda words: b":1\\r\\n" answers that command;
    all others go to Redis. `seen` has the words of all that came, in order.

    Commands of a connection are answered one after the other; those that Redis
    answers late hold up their own connection only."""

    def __init__(self, redis):
        self.redis = redis
        self.answers = {}
        self.seen = []
        self.gates = {}
        self.socks = []
        self.path = redis.folder / "proxy.sock"
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.path))
        self.listener.listen()
        self.run(self.accept)

    @property
    def address(self):
        """As the relay's configuration takes it."""
        return f"unix:{self.path}"

    def count(self, name):
        return sum(words[0] == name for words in self.seen)

    @contextlib.contextmanager
    def held(self, name):
        """Meanwhile this command gets no answer."""
        gate = self.gates[name] = threading.Event()
        try:
            yield
        finally:
            del self.gates[name]
            gate.set()

    def close(self):
        for sock in [self.listener, *self.socks]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    @staticmethod
    def run(function, *arguments):
        threading.Thread(target=function, args=arguments, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                self.socks.append(client)
                self.run(self.serve, client)

    def serve(self, client):
        with contextlib.suppress(OSError, ValueError), \
                socket.socket(socket.AF_UNIX) as server:
            server.connect(str(self.redis.socket))
            commands, replies = client.makefile("rb"), server.makefile("rb")
            while raw := read_value(commands):
                client.sendall(self.answer(raw, server, replies))
        client.close()

    def answer(self, raw, server, replies):
        words = words_of(raw)
        self.seen.append(words)
        if words[0] in self.gates:
            self.gates[words[0]].wait()
        if words[0] in self.answers:
            return self.answers[words[0]](words)
        server.sendall(raw)
        return read_value(replies)


def read_value(file):
    """The bytes of one command or reply; empty at the end."""
    line = file.readline()
    if line[:1] == b"$" and line[1:2] != b"-":
        return line + file.read(int(line[1:]) + 2)
    if line[:1] == b"*" and line[1:2] != b"-":
        return line + b"".join(read_value(file) for _ in range(int(line[1:])))
    return line


def words_of(raw):
    """The words of a command, whatever bytes they hold."""
    file = io.BytesIO(raw)
    count = int(file.readline()[1:])
    return [file.read(int(file.readline()[1:]) + 2)[:-2].decode("latin-1")
            for _ in range(count)]
