"""Requests of unusual size, age and order."""

import gzip
import signal
import socket

import pytest

from clients import (HEAD, MIB, chunked, depth, is_open, memory_bytes,
                     request, room, send_and_read)
from harness.wait import wait_until
from harness.web import open_socket, parse_answer, send_raw

# -- old and absurd


NO_FIRST_LINES = [
    (b"GET /\r\n", 400),
    (b"GET / HTTP/0.9\r\n", 505),
    (b"GET / HTTP/2.0\r\n", 505),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
    (b"GET / HTTP/1.1 \r\n", 400),
    (b"GET / HTTPS/1.1\r\n", 400),
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"SSH-2.0-OpenSSH_9.2\r\n", 400),
    (b"*1\r\n$4\r\nPING\r\n", 400),
    (b"{\"a\":1}\n", 400),
]


def test_first_line_that_is_none_is_refused_at_once(ingest):
    """Nothing more needs to come, not even the end."""
    for line, status in NO_FIRST_LINES:
        with open_socket(ingest.address) as sock:
            sock.sendall(line)
            answer = parse_answer(sock.recv(65536))
            assert answer.status == status, line
            assert answer.headers["Connection"] == "close"
            assert answer.json["error"]


def test_absurd_method_is_405(ingest):
    for method in (b"post", b"POSTT", b"P", b"!#$%&'*+-.^_`|~", b"X" * 32):
        data = send_raw(ingest.address,
                        request(b"{}").replace(b"POST", method, 1))
        assert parse_answer(data).status == 405, method
        assert parse_answer(data).headers["Allow"] == "POST"


def test_method_that_is_none_is_400(ingest):
    for method in (b"", b"X" * 33, b"X" * 10_000, b"PO\x00ST", b"PO\tST",
                   b"P\xc3\xb6ST", b"POST,", b"(POST)",
                   b"POST / HTTP/1.1\r\nPOST"):
        data = send_and_read(ingest.address,
                             request(b"{}").replace(b"POST", method, 1))
        assert parse_answer(data).status == 400, method


def test_connect_opens_no_tunnel(ingest):
    data = send_raw(ingest.address, b"CONNECT relay:443 HTTP/1.1\r\n"
                    b"Host: relay\r\n\r\n" + request(b'{"uuid":"inner"}'))
    assert data.count(b"HTTP/1.1 ") == 1
    assert parse_answer(data).status == 404
    assert depth(ingest) == 1


def test_upgrade_is_not_followed(ingest):
    data = send_raw(ingest.address, request(
        b"{}", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c",
        "HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA"))
    assert parse_answer(data).status == 200


# -- large heads


HEADER_BOMBS = [
    b"X: " + b"a" * 100_000,
    b"a" * 100_000 + b": x",
    b"X: 1\r\n" * 10_000,
    b"a:\r\n" * 200,
    b"X: 1\r\n" + b" a\r\n" * 10_000,
    b"Cookie: " + b"a=b; " * 20_000,
]


def test_header_bomb_is_refused(ingest):
    before = memory_bytes(ingest)
    for lines in HEADER_BOMBS * 10:
        data = send_and_read(ingest.address, HEAD + lines + b"\r\n\r\n")
        assert parse_answer(data).status in (400, 431)
    assert memory_bytes(ingest) - before < room(4 * MIB)


def test_head_without_end_is_ended(ingest):
    before = memory_bytes(ingest)
    with open_socket(ingest.address) as sock:
        sock.sendall(HEAD)
        reply = b""

        def is_over():
            nonlocal reply
            sock.setblocking(False)
            try:
                sock.send(b"X-More: of the same\r\n" * 10)
            except BlockingIOError:
                pass
            try:
                reply = sock.recv(65536)
            except BlockingIOError:
                pass
            return reply

        wait_until(is_over, "an answer")
        assert parse_answer(reply).status == 431
    assert memory_bytes(ingest) - before < room(4 * MIB)


# -- large bodies


@pytest.mark.parametrize("size", [10, 1000, 65_536, MIB, 10 * MIB])
def test_ten_mebibytes_in_chunks_are_413(ingest, size):
    before = memory_bytes(ingest)
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(
        b" " * (10 * MIB), size=size)
    reply = send_and_read(ingest.address, data)
    answer = parse_answer(reply)
    assert answer.status == 413
    assert answer.headers["Connection"] == "close"
    assert reply.count(b"HTTP/1.1 ") == 1
    assert memory_bytes(ingest) - before < room(8 * MIB)


def test_chunks_of_one_byte_are_taken(ingest):
    body = b'{"a":"' + b"x" * 100_000 + b'"}'
    data = send_raw(ingest.address, HEAD + b"Transfer-Encoding: chunked\r\n"
                    b"\r\n" + chunked(body, size=1))
    assert parse_answer(data).json["accepted"] == 1


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"])
def test_too_large_a_body_is_refused_though_it_is_never_sent(ingest, expect):
    for length in (MIB + 1, 10 * MIB, 2 ** 63, 10 ** 30):
        with open_socket(ingest.address) as sock:
            sock.sendall(HEAD + expect +
                         b"Content-Length: %d\r\n\r\n" % length)
            answer = parse_answer(sock.recv(65536))
            assert answer.status == 413
            assert answer.headers["Connection"] == "close"
            assert str(MIB) in answer.json["error"]


def test_body_that_nobody_wants_is_skipped(ingest):
    """A short one; the connection is kept, and what follows is a request."""
    unwanted = request(request(b'{"uuid":"inner"}')).replace(
        b"/amplitude/events", b"/none", 1)
    data = send_raw(ingest.address, unwanted + request(b'{"uuid":"outer"}'))
    assert data.count(b"HTTP/1.1 404 ") == 1
    assert data.count(b"HTTP/1.1 200 ") == 1
    assert depth(ingest) == 2


def gzip_request(body):
    return request(body, "Content-Encoding: gzip")


def test_gzip_bomb_is_413_and_costs_no_more_than_its_limit(ingest):
    bomb = gzip.compress(b" " * (200 * MIB), 9)
    assert len(bomb) < MIB
    before = memory_bytes(ingest)
    for _ in range(5):
        answer = parse_answer(send_raw(ingest.address, gzip_request(bomb)))
        assert answer.status == 413
        assert str(MIB) in answer.json["error"]
        assert ingest.post("/amplitude/events", "").status == 400
    assert memory_bytes(ingest) - before < room(8 * MIB)


def test_bombs_inside_each_other_are_one_body(ingest):
    """The coding is taken off once."""
    bomb = gzip.compress(gzip.compress(b" " * (100 * MIB), 9), 9)
    answer = parse_answer(send_raw(ingest.address, gzip_request(bomb)))
    assert answer.status == 400


def test_gzip_of_many_empty_members_is_read(ingest):
    body = gzip.compress(b"") * 40_000 + gzip.compress(b"{}")
    assert len(body) < MIB
    answer = parse_answer(send_raw(ingest.address, gzip_request(body)))
    assert answer.json["accepted"] == 1


def test_gzip_at_the_limit_is_taken_and_over_it_is_413(ingest):
    fits = b'{"a":"' + b"x" * (MIB - 8) + b'"}'
    answer = parse_answer(send_raw(ingest.address,
                                   gzip_request(gzip.compress(fits))))
    assert answer.json["accepted"] == 1
    answer = parse_answer(send_raw(ingest.address,
                                   gzip_request(gzip.compress(fits + b" "))))
    assert answer.status == 413


# -- order and ends


def test_a_thousand_pipelined_requests_are_answered_in_order(ingest):
    bodies = [b'{"uuid":"%d"}' % n if n % 3 else b"%d" % n
              for n in range(1000)]
    data = send_raw(ingest.address,
                    b"".join(request(body) for body in bodies))
    statuses = [int(part[:3]) for part in data.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200 if n % 3 else 400 for n in range(1000)]
    assert depth(ingest) == 1 + statuses.count(200)


def test_client_that_has_sent_all_and_said_so_is_answered(ingest, redis):
    """Half-closed, while Redis is asked."""
    redis.process.signal(signal.SIGSTOP)
    with open_socket(ingest.address) as sock:
        sock.sendall(request(b'{"uuid":"half-closed"}'))
        sock.shutdown(socket.SHUT_WR)
        assert ingest.post("/none", "").status == 404
        assert is_open(sock)
        redis.process.signal(signal.SIGCONT)
        sock.setblocking(True)
        assert parse_answer(sock.recv(65536)).json["accepted"] == 1
        assert sock.recv(1) == b""


@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.99])
def test_client_that_ends_in_the_middle_leaves_nothing(ingest, part):
    whole = request(b'{"uuid":"cut"}')
    reply = send_and_read(ingest.address, whole[:int(len(whole) * part)])
    assert reply == b""
    assert depth(ingest) == 1
    ingest.wait_for_metric("relay_ingest_connections", 0)


def test_requests_before_the_one_cut_off_are_taken(ingest):
    data = send_raw(ingest.address, request(b'{"uuid":"whole"}') +
                    request(b'{"uuid":"cut"}')[:-3])
    assert data.count(b"HTTP/1.1 200 ") == 1
    assert depth(ingest) == 2


def test_empty_lines_before_a_request_are_forgiven(ingest):
    data = send_raw(ingest.address, b"\r\n\r\n" + request(b"{}") + b"\r\n" +
                    request(b"{}"))
    assert data.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize("hosts", [0, 2])
def test_no_host_or_several_are_400(ingest, hosts):
    data = send_raw(ingest.address, request(b"{}").replace(
        b"Host: relay\r\n", b"Host: relay\r\n" * hosts, 1))
    assert parse_answer(data).status == 400
    assert "Host" in parse_answer(data).json["error"]
