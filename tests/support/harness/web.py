"""HTTP as a test needs it: whole answers, and raw bytes."""

import http.client
import json
import socket
import ssl
import urllib.parse

from .wait import PATIENCE_S


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers  # http.client.HTTPMessage: names in any case
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


class Client:
    """A kept connection to one server; as a context manager it closes.

    `base` is a URL, host:port, or unix:/path."""

    def __init__(self, base, timeout=PATIENCE_S, ca_file=None):
        if base.startswith("unix:"):
            self.connection = UnixConnection(base[len("unix:"):], timeout)
            return
        where = urllib.parse.urlsplit(
            base if "://" in base else f"http://{base}")
        if where.scheme == "https":
            self.connection = http.client.HTTPSConnection(
                where.hostname, where.port, timeout=timeout,
                context=ssl.create_default_context(cafile=ca_file))
        else:
            self.connection = http.client.HTTPConnection(
                where.hostname, where.port, timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.connection.close()

    def request(self, method, path, body=None, headers=None):
        """An object or array as body is sent as JSON, without saying so."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        self.connection.request(method, path, body, headers or {})
        answer = self.connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def request(base, method, path, body=None, headers=None, **options):
    """One request on a connection of its own."""
    with Client(base, **options) as client:
        return client.request(method, path, body, headers)


def open_socket(base, timeout=PATIENCE_S):
    """A plain connection to the server, for bytes of the test's own."""
    if base.startswith("unix:"):
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(timeout)
        sock.connect(base[len("unix:"):])
        return sock
    where = urllib.parse.urlsplit(base if "://" in base else f"http://{base}")
    return socket.create_connection((where.hostname, where.port), timeout)


def send_raw(base, data, finish=True):
    """Sends bytes, says that there are no more (unless told not to), and
    returns all that comes back until the server closes."""
    with open_socket(base) as sock:
        sock.sendall(data)
        if finish:
            sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def read_all(sock):
    """Until the end. An end by reset raises ConnectionResetError."""
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def parse_answer(data):
    """The first answer in raw bytes."""
    head, _, rest = data.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    headers = http.client.HTTPMessage()
    for line in lines[1:]:
        name, _, value = line.decode("latin-1").partition(":")
        headers[name] = value.strip()
    length = int(headers.get("Content-Length", len(rest)))
    return Answer(int(lines[0].split()[1]), headers, rest[:length])
