"""Clients that take their time. Each has a whole request's time, not the time
of a byte; others are served meanwhile."""

import pytest

from clients import DROPPED, HEAD, depth, drip, is_open, request
from harness.wait import wait_until
from harness.web import open_socket, parse_answer


@pytest.fixture
def ingest(event_relay):
    """With a short time for a request."""
    event_relay.set("ingest.request_timeout", "300ms")
    return event_relay.ingest()


SLOW = {
    "request-line": (b"", b"A" * 10 + b" / "),
    "empty-lines": (b"", b"\r\n"),
    "headers": (HEAD, b"X-Slow: 1\r\n"),
    "one-header": (HEAD + b"X-Slow: ", b"x"),
    "body": (HEAD + b"Content-Length: 100000\r\n\r\n{", b" "),
    "chunk-size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "trailers": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
                 b"A: b\r\n"),
}


@pytest.mark.parametrize("part", SLOW)
def test_request_that_comes_byte_by_byte_is_ended_in_time(ingest, part):
    begin, rest = SLOW[part]
    with open_socket(ingest.address) as slow:
        slow.sendall(begin)
        answer = parse_answer(drip(slow, rest, "an answer"))
    assert answer.status == 408
    assert answer.headers["Connection"] == "close"
    assert answer.json["error"]
    assert ingest.post("/amplitude/events", {"a": 1}).status == 200
    assert depth(ingest) == 1
    assert ingest.metrics()[DROPPED + '{reason="slow"}'] == 1
    assert ingest.find_log(event="request_refused", status="408")


def test_rest_of_a_refused_body_that_does_not_come_is_waited_for_in_time(
        ingest):
    with open_socket(ingest.address) as slow:
        slow.sendall(request(b"x" * 1000).replace(b"secret:", b"other:")[:-9])
        reply = drip(slow, b"", "an answer")
    assert parse_answer(reply).status == 401
    assert reply.count(b"HTTP/1.1 ") == 1


def test_slow_clients_do_not_slow_the_others(ingest):
    slow = [open_socket(ingest.address) for _ in range(200)]
    for number, sock in enumerate(slow):
        sock.sendall((HEAD + b"Content-Length: 90\r\n\r\n{")[:number + 1])
    with ingest.client() as client:
        for number in range(100):
            answer = ingest.post("/amplitude/events", {"uuid": str(number)},
                                 client=client)
            assert answer.json["accepted"] == 1
    for sock in slow:
        sock.close()


def test_client_that_reads_no_answers_is_ended_in_time(event_relay, stage):
    """Through a Unix socket: its buffers do not grow."""
    event_relay.set("ingest.request_timeout", "300ms")
    event_relay.set("ingest.listen", f"unix:{stage.folder}/ingest.sock")
    ingest = event_relay.ingest()
    burst = request(b"x") * 200
    with open_socket(ingest.address) as sock:
        sock.setblocking(False)

        def is_ended():
            try:
                while sock.send(burst):
                    pass
            except BlockingIOError:
                pass
            except OSError:
                return True
            return False

        wait_until(is_ended, "the end of the connection")
    assert ingest.metrics()[DROPPED + '{reason="stalled"}'] == 1


def test_request_in_two_parts_within_its_time_is_taken(event_relay):
    patient = event_relay.ingest()
    body = request(b'{"a":1}')
    for at in range(len(body)):
        with open_socket(patient.address) as sock:
            sock.sendall(body[:at])
            if at % 50 == 0:
                assert patient.post("/none", "").status == 404
            sock.sendall(body[at:])
            assert parse_answer(sock.recv(65536)).json["accepted"] == 1


def test_answer_is_there_though_the_client_sends_on(ingest):
    """Closing at once would take the answer from it."""
    body = b"x" * (5 * 1024 * 1024)
    with open_socket(ingest.address) as sock:
        sock.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body))
        sock.sendall(body)
        assert parse_answer(sock.recv(65536)).status == 413
        assert not is_open(sock)
