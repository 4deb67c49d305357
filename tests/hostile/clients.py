"""What the hostile tests share: requests as bytes, crowds of sockets, and what
the process they attack is measured by."""

import os
import resource
import socket
import struct

from harness.relay import SECRET, SECRET_HEADER
from harness.stage import build_dir
from harness.wait import wait_until
from harness.web import open_socket

NOBODY = "http://127.0.0.1:9"
MIB = 1024 * 1024
DROPPED = "relay_ingest_dropped_connections_total"
HEAD = (f"POST /amplitude/events HTTP/1.1\r\nHost: relay\r\n"
        f"{SECRET_HEADER}: {SECRET}\r\n"
        "Content-Type: application/json\r\n").encode()


def request(body, *lines):
    """A whole request with this body and these lines more in its head."""
    more = b"".join(line.encode() + b"\r\n" for line in lines)
    return HEAD + more + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def chunked(*parts, size=None):
    """Bodies as chunks, or one body as chunks of `size` bytes."""
    if size:
        parts = [parts[0][at:at + size]
                 for at in range(0, len(parts[0]), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                    for part in parts) + b"0\r\n\r\n"


def memory_bytes(service):
    """Resident memory."""
    with open(f"/proc/{service.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def room(size):
    """How much memory may grow for `size` bytes: sanitizers take more."""
    return size * (8 if "asan" in str(build_dir()) else 1)


def depth(ingest):
    return ingest.metrics()['relay_depth{destination="event"}']


def allow_sockets(count):
    """Lets this process open so many."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < count + 100:
        resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, hard))


class Crowd:
    """Many connections that each send the same first bytes."""

    def __init__(self, address, count, data=b""):
        allow_sockets(count)
        self.sockets = []
        for _ in range(count):
            self.add(address, data)

    def add(self, address, data):
        sock = open_socket(address)
        self.sockets.append(sock)
        try:
            sock.sendall(data)
        except OSError:
            pass

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for sock in self.sockets:
            sock.close()

    def open_count(self):
        return sum(is_open(sock) for sock in self.sockets)


def is_open(sock):
    """Nothing came, and no end."""
    sock.setblocking(False)
    try:
        sock.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def reset(sock):
    """Closes with a reset, not with an end."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                    struct.pack("ii", 1, 0))
    sock.close()


def send_and_read(address, data):
    """What comes back before the end, whatever the end is."""
    reply = b""
    with open_socket(address) as sock:
        try:
            sock.sendall(data)
            sock.shutdown(socket.SHUT_WR)
            while part := sock.recv(65536):
                reply += part
        except OSError:
            pass
    return reply


def drip(sock, data, what):
    """Sends byte after byte, for ever, until something comes back: that, up to
    its end."""
    at = 0

    def is_over():
        nonlocal at
        try:
            if data:
                sock.send(data[at % len(data):at % len(data) + 1])
                at += 1
        except OSError:
            pass
        return read_now(sock)

    reply = wait_until(is_over, what)
    sock.setblocking(True)
    while part := sock.recv(65536):
        reply += part
    return reply


def read_now(sock):
    """What is there; false while nothing is."""
    sock.setblocking(False)
    try:
        return sock.recv(65536)
    except BlockingIOError:
        return b""
