"""Many clients at once: the process holds what its limits say, and an honest
client is served meanwhile."""

import signal

import pytest

from clients import (DROPPED, HEAD, MIB, Crowd, depth, memory_bytes, request,
                     room)
from harness.wait import wait_until
from harness.web import open_socket, parse_answer

CONNECTIONS = "relay_ingest_connections"
BUFFERED = "relay_ingest_buffered_bytes"
IDLE = 10_000
HALF_HEAD = HEAD[:-4]


def post(ingest, uuid, client=None):
    answer = ingest.post("/amplitude/events", {"uuid": uuid}, client=client)
    assert answer.status == 200


def wait_for_connections(ingest, count):
    ingest.wait_for_metric(CONNECTIONS, count)


@pytest.mark.parametrize("data", [b"", HALF_HEAD], ids=["silent", "half-head"])
def test_ten_thousand_connections_cost_little(event_relay, data):
    event_relay.set("ingest.max_connections", 12_000)
    ingest = event_relay.ingest()
    post(ingest, "before")
    before = memory_bytes(ingest)
    with Crowd(ingest.address, IDLE, data) as crowd:
        wait_for_connections(ingest, IDLE)
        assert memory_bytes(ingest) - before < room(IDLE * 8192)
        with ingest.client() as client:
            for number in range(50):
                post(ingest, f"meanwhile {number}", client)
        assert crowd.open_count() == IDLE
    wait_for_connections(ingest, 0)
    post(ingest, "after")
    assert depth(ingest) == 52


@pytest.mark.parametrize("data", [
    b"", b"P", HALF_HEAD, HEAD + b"Content-Length: 9\r\n\r\n{"],
    ids=["silent", "byte", "half-head", "half-body"])
def test_connections_over_the_limit_push_out_their_own(event_relay, data):
    event_relay.set("ingest.max_connections", 50)
    ingest = event_relay.ingest()
    with ingest.client() as kept:
        post(ingest, "before", kept)
        with Crowd(ingest.address, 200, data) as crowd:
            # On its kept connection, and on a new one.
            post(ingest, "kept", kept)
            post(ingest, "new")
            wait_until(lambda: crowd.open_count() < 50, "room")
            metrics = ingest.metrics()
            assert metrics[CONNECTIONS] <= 50
            assert metrics[DROPPED + '{reason="crowded"}'] >= 150
    line = ingest.wait_for_log(event="clients_dropped")
    assert (line["level"], line["reason"]) == ("warn", "crowded")


def test_connection_that_is_pushed_out_of_its_request_is_told(event_relay):
    event_relay.set("ingest.max_connections", 2)
    ingest = event_relay.ingest()
    with open_socket(ingest.address) as first:
        first.sendall(HALF_HEAD)
        wait_until(lambda: ingest.metrics()[BUFFERED] == len(HALF_HEAD),
                   "the half head")
        with Crowd(ingest.address, 100, HALF_HEAD):
            answer = parse_answer(first.recv(65536))
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "30"


def test_requests_that_wait_are_not_pushed_out(event_relay, redis):
    event_relay.set("ingest.max_connections", 20)
    event_relay.set("redis.request_timeout", "1m")
    ingest = event_relay.ingest()
    redis.process.signal(signal.SIGSTOP)
    with Crowd(ingest.address, 20, request(b'{"a":1}')) as waiting:
        wait_for_connections(ingest, 20)
        with open_socket(ingest.address) as late:
            assert late.recv(1) == b""
        assert waiting.open_count() == 20
        redis.process.signal(signal.SIGCONT)
        for sock in waiting.sockets:
            sock.setblocking(True)
            assert parse_answer(sock.recv(65536)).json["accepted"] == 1


def test_half_bodies_hold_no_more_than_the_limit(event_relay):
    """The request begun first goes; the others are taken when they end."""
    event_relay.set("ingest.max_buffered", "4MiB")
    ingest = event_relay.ingest()
    body = b'{"a":"' + b"x" * (MIB - 8) + b'"}'
    before = memory_bytes(ingest)
    with Crowd(ingest.address, 100, request(body)[:-10]) as crowd:
        wait_until(lambda: ingest.metrics().get(
            DROPPED + '{reason="buffered"}', 0) >= 96, "those who go")
        post(ingest, "meanwhile")
        assert ingest.metrics()[BUFFERED] < 4 * MIB
        assert memory_bytes(ingest) - before < room(32 * MIB)
        answer = parse_answer(crowd.sockets[0].recv(65536))
        assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
        for sock in crowd.sockets[-3:]:
            sock.sendall(body[-10:])
            assert parse_answer(sock.recv(65536)).json["accepted"] == 1
    assert ingest.find_log(event="clients_dropped", reason="buffered")


def test_half_chunks_hold_no_more_than_the_limit(event_relay):
    event_relay.set("ingest.max_buffered", "4MiB")
    ingest = event_relay.ingest()
    before = memory_bytes(ingest)
    data = HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffff\r\n" + b"x" * MIB
    with Crowd(ingest.address, 50, data[:-100]):
        post(ingest, "meanwhile")
        assert ingest.metrics()[BUFFERED] < 4 * MIB
        assert memory_bytes(ingest) - before < room(32 * MIB)


def test_who_does_not_know_the_secret_holds_no_body(ingest):
    """It is refused by its head."""
    before = memory_bytes(ingest)
    data = request(b"x" * MIB).replace(b"secret:", b"other:")[:-1]
    with Crowd(ingest.address, 100, data) as crowd:
        for sock in crowd.sockets:
            answer = parse_answer(sock.recv(65536))
            assert answer.status == 401
            assert answer.headers["Connection"] == "close"
        assert ingest.metrics()[BUFFERED] == 0
        assert memory_bytes(ingest) - before < room(16 * MIB)


def test_descriptors_that_do_not_suffice_are_told(event_relay):
    event_relay.set("ingest.max_connections", 1_000_000)
    ingest = event_relay.ingest()
    line = ingest.wait_for_log(event="descriptors_short")
    assert int(line["connections"]) == int(line["limit"]) // 2
    assert int(line["wanted"]) > 1_000_000
    post(ingest, "one")
