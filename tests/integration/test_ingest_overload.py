"""relay-ingest under overload: 503 with Retry-After at once, a reason in
/readyz, no growing heap, and nothing marked as seen that was not taken."""

import os
import signal

import pytest

from harness.relay import SECRET, SECRET_HEADER
from harness.stand_in import EVENT
from harness.wait import wait_until
from harness.web import open_socket, parse_answer, read_all

NOBODY = "http://127.0.0.1:9"
MIB = 1024 * 1024
OVERLOADED = "relay_ingest_overloaded_total"


@pytest.fixture
def event_relay(relay):
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_route("/amplitude/events", "event")
    relay.set("ingest.retry_after", "7s")
    return relay


def event(number):
    return {"user_id": f"u{number}", "uuid": f"uuid-{number}"}


def post(ingest, body):
    return ingest.post("/amplitude/events", body)


def assert_refused(answer):
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Relay-Ack"] is None
    assert answer.json["error"]


def request(body):
    return (b"POST /amplitude/events HTTP/1.1\r\nHost: r\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n"
            b"%s: %s\r\n\r\n%s" % (len(body), SECRET_HEADER.encode(),
                                   SECRET.encode(), body))


def memory_bytes(service):
    with open(f"/proc/{service.process.pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


# -- a full queue


def count_seen(redis):
    """Delivery ids that Redis remembers."""
    with redis.client() as client:
        return sum(client("SCARD", key) for key in client.keys("*:seen:*"))


def test_full_queue_marks_nothing_as_seen(relay, redis):
    relay.add_destination("event", NOBODY + EVENT, max_depth=1)
    relay.add_route("/amplitude/events", "event")
    relay.set("ingest.retry_after", "7s")
    ingest = relay.ingest()
    assert post(ingest, event(1)).json["accepted"] == 1
    seen = count_seen(redis)
    assert seen == 1
    for _ in range(3):
        answer = post(ingest, event(2))
        assert_refused(answer)
        assert (answer.json["full"], answer.json["duplicate"]) == (1, 0)
    assert count_seen(redis) == seen
    # What was taken before is known all the same, and a part of a body that
    # was not taken is not.
    answer = post(ingest, [event(1), event(3)])
    assert_refused(answer)
    assert (answer.json["duplicate"], answer.json["full"]) == (1, 1)
    assert count_seen(redis) == seen

    relay.set("destinations.event.max_depth", "2")
    roomy = relay.ingest()
    assert post(roomy, event(2)).json["accepted"] == 1


def test_readyz_says_which_queue_is_full_until_it_is_not(relay, stand_in):
    relay.add_destination("event", stand_in.url + EVENT, max_depth=2)
    relay.add_route("/amplitude/events", "event")
    ingest = relay.ingest()
    for number in range(3):
        answer = post(ingest, {"event_type": "e", **event(number)})
    assert answer.status == 503
    readyz = ingest.get("/readyz")
    assert readyz.status == 503
    assert "full: the queue of the destination event" in readyz.text

    relay.dispatcher()
    stand_in.wait_for(2)
    ingest.wait_until_ready()
    assert post(ingest, {"event_type": "e", **event(2)}).status == 200


# -- Redis's memory


def test_redis_nearly_full_is_503_before_it_refuses(event_relay, redis):
    ingest = event_relay.ingest()
    assert post(ingest, event(1)).status == 200
    redis.call("SET", "ballast", b"x" * (20 * MIB))
    used = int(redis.call("INFO", "memory").split(b"used_memory:")[1]
               .split()[0])
    redis.call("CONFIG", "SET", "maxmemory", used * 100 // 93)
    wait_until(lambda: "memory:" in ingest.get("/readyz").text,
               "a reason in /readyz")
    answer = post(ingest, event(2))
    assert_refused(answer)
    assert "maxmemory" in answer.json["error"]
    # By its head: nothing is said of the body.
    assert_refused(post(ingest, "nonsense"))
    assert ingest.get("/readyz").status == 503
    metrics = ingest.metrics()
    assert metrics[OVERLOADED + '{cause="memory"}'] == 2
    assert metrics["relay_redis_memory_ratio"] >= 0.9
    assert ingest.find_log(event="overloaded", cause="memory")
    # Redis itself would still have taken it.
    assert redis.call("SET", "a", "b") == "OK"

    redis.call("CONFIG", "SET", "maxmemory", 100 * MIB)
    ingest.wait_until_ready()
    assert post(ingest, event(2)).json["accepted"] == 1


def test_limit_of_memory_can_be_turned_off(event_relay, redis):
    event_relay.set("ingest.redis_memory_limit", "0")
    ingest = event_relay.ingest()
    redis.call("CONFIG", "SET", "maxmemory", 1)
    answer = post(ingest, event(1))
    assert_refused(answer)
    assert answer.json["unavailable"] == 1
    redis.call("CONFIG", "SET", "maxmemory", 0)
    assert "relay_redis_memory_ratio 0" in ingest.get("/metrics").text
    calls = redis.call("INFO", "commandstats")
    assert b"cmdstat_info:calls=1," not in calls.replace(b"\r", b"")


# -- a slow Redis


def test_requests_over_those_that_wait_are_503_at_once(event_relay, redis):
    event_relay.set("ingest.max_waiting", "5")
    event_relay.set("redis.request_timeout", "1m")
    ingest = event_relay.ingest()
    redis.process.signal(signal.SIGSTOP)
    waiting = [open_socket(ingest.address) for _ in range(5)]
    for number, sock in enumerate(waiting):
        sock.sendall(request(b'{"uuid":"%d"}' % number))
    wait_until(lambda: "waiting:" in ingest.get("/readyz").text,
               "five to wait")
    answer = post(ingest, event(9))
    assert_refused(answer)
    assert "waiting" in answer.json["error"]
    redis.process.signal(signal.SIGCONT)
    for sock in waiting:
        assert parse_answer(sock.recv(65536)).json["accepted"] == 1
        sock.close()
    ingest.wait_until_ready()
    assert post(ingest, event(9)).status == 200
    assert ingest.metrics()[OVERLOADED + '{cause="waiting"}'] == 1


def test_slow_redis_is_a_timeout_and_not_a_pile(event_relay, redis):
    """Requests come for as long as several time-outs; none is forgotten, and
    no memory piles up."""
    event_relay.set("redis.request_timeout", "300ms")
    event_relay.set("ingest.max_waiting", "100")
    # AddressSanitizer keeps freed memory for a while.
    ingest = event_relay.ingest(ASAN_OPTIONS="quarantine_size_mb=1")
    body = b'{"a":"' + b"x" * 100_000 + b'"}'
    assert post(ingest, body).status == 200
    before = memory_bytes(ingest)
    redis.process.signal(signal.SIGSTOP)
    for _ in range(4):
        clients = [open_socket(ingest.address) for _ in range(150)]
        for sock in clients:
            sock.sendall(request(body).replace(
                b"HTTP/1.1\r\n", b"HTTP/1.1\r\nConnection: close\r\n", 1))
        for sock in clients:
            assert_refused(parse_answer(read_all(sock)))
            sock.close()
    assert memory_bytes(ingest) - before < 100 * MIB
    redis.process.signal(signal.SIGCONT)
    ingest.wait_until_ready()
    assert post(ingest, body).status == 200
