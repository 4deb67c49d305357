"""relay-ingest as a process: its start, its end, its admin listener."""

import signal
import socket

import pytest

from harness.relay import SECRET, SECRET_HEADER
from harness.stage import build_dir
from harness.stand_in import EVENT
from harness.wait import wait_until
from harness.web import open_socket, parse_answer, read_all

NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def event_relay(relay):
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_route("/amplitude/events", "event")
    return relay


def run(stage, *arguments, **environment):
    """Runs relay-ingest to an end that is expected: status and log."""
    process = stage.start(
        "relay-ingest", [build_dir() / "ingest/relay-ingest", *arguments],
        environment)
    return process.run(), process.log()


def request_head(length, **headers):
    more = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return ("POST /amplitude/events HTTP/1.1\r\nHost: relay\r\n"
            f"{SECRET_HEADER}: {SECRET}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n{more}\r\n").encode()


def test_check_says_ok_and_does_not_listen(event_relay, stage):
    status, log = run(stage, *event_relay.arguments(), "--check")
    assert status == 0
    assert "listening" not in log


def test_print_config_masks_the_secret(event_relay, stage):
    status, log = run(stage, *event_relay.arguments(), "--print-config")
    assert status == 0
    assert "/amplitude/events" in log
    assert SECRET not in log


@pytest.mark.parametrize("arguments, words", [
    (["--set", "ingest.listn=127.0.0.1:0"], "ingest.listn"),
    (["--set", "ingest.max_body=lots"], "ingest.max_body"),
    (["--config", "/nonexistent/relay.yaml"], "/nonexistent/relay.yaml"),
    (["--nonsense"], "--nonsense"),
])
def test_wrong_configuration_is_exit_2_before_listening(
        event_relay, stage, arguments, words):
    status, log = run(stage, *event_relay.arguments(), *arguments)
    assert status == 2
    assert words in log
    assert "listening" not in log
    assert len(log.splitlines()) == 1


@pytest.mark.parametrize("key", ["ingest.listen", "ingest.admin.listen"])
def test_taken_port_is_exit_1_and_named(event_relay, stage, key):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        status, log = run(stage, *event_relay.arguments(),
                          "--set", f"{key}={address}")
    assert status == 1
    assert address in log
    assert "event=failed" in log


def test_livez_and_readyz_of_a_running_ingest(event_relay):
    ingest = event_relay.ingest()
    assert ingest.get("/livez").status == 200
    wait_until(lambda: ingest.get("/readyz").status == 200, "readiness")


def test_metrics_show_requests_and_queue(event_relay):
    ingest = event_relay.ingest()
    ingest.post("/amplitude/events", {"user_id": "u", "uuid": "1"})
    ingest.post("/amplitude/events", {"user_id": "u", "uuid": "1"})
    ingest.post("/amplitude/events", "")
    metrics = ingest.metrics()
    requests = "relay_ingest_requests_total"
    objects = 'relay_ingest_objects_total{destination="event",verdict='
    ledger = 'relay_ledger_total{destination="event",entry='
    assert metrics[
        requests + '{route="/amplitude/events",status="200"}'] == 2
    assert metrics[
        requests + '{route="/amplitude/events",status="400"}'] == 1
    assert metrics["relay_ingest_request_seconds_count"] == 3
    assert metrics[objects + '"accepted"}'] == 1
    assert metrics[objects + '"duplicate"}'] == 1
    assert metrics["relay_redis_up"] == 1
    assert metrics['relay_depth{destination="event"}'] == 1
    assert metrics['relay_ready_groups{destination="event"}'] == 1
    assert metrics['relay_oldest_seconds{destination="event"}'] >= 0
    assert metrics['relay_dead_letters{destination="event"}'] == 0
    assert metrics[ledger + '"accepted"}'] == 1
    for side in ("jobs", "dead"):
        assert metrics['relay_ledger_difference{destination="event",'
                       f'side="{side}"}}'] == 0


def test_sigterm_on_an_idle_ingest_is_exit_0(event_relay):
    ingest = event_relay.ingest()
    with ingest.client() as client:
        ingest.post("/amplitude/events", {"a": 1}, client=client)
        assert ingest.stop() == 0
    assert ingest.find_log(event="stopping")
    assert ingest.find_log(event="stopped")


def test_sigint_is_as_sigterm(event_relay):
    ingest = event_relay.ingest()
    ingest.process.is_stopped_by_test = True
    ingest.process.signal(signal.SIGINT)
    assert ingest.process.wait() == 0


def test_sigterm_answers_what_is_in_flight(event_relay, redis):
    ingest = event_relay.ingest()
    admin, address = ingest.admin, ingest.address
    body = b'{"user_id":"u","uuid":"1"}'
    redis.process.signal(signal.SIGSTOP)
    with open_socket(address) as sock:
        sock.sendall(request_head(len(body)) + body)
        # This one is read behind it: so that one is in flight.
        assert ingest.post("/none", "{}").status == 404
        ingest.process.signal(signal.SIGTERM)
        ingest.process.is_stopped_by_test = True
        ingest.wait_for_log(event="stopping")
        readyz = ingest.get("/readyz")
        assert (readyz.status, "stopping" in readyz.text) == (503, True)
        with pytest.raises(ConnectionRefusedError):
            open_socket(address)
        assert ingest.admin == admin
        redis.process.signal(signal.SIGCONT)
        answer = parse_answer(read_all(sock))
    assert answer.status == 200
    assert answer.json["accepted"] == 1
    assert answer.headers["Connection"] == "close"
    assert ingest.process.wait() == 0


def test_sigterm_takes_the_rest_of_a_half_sent_request(event_relay):
    ingest = event_relay.ingest()
    with open_socket(ingest.address) as sock:
        sock.sendall(request_head(2) + b"{")
        assert ingest.post("/none", "{}").status == 404
        ingest.process.signal(signal.SIGTERM)
        ingest.process.is_stopped_by_test = True
        sock.sendall(b"}")
        assert parse_answer(read_all(sock)).status == 200
    assert ingest.process.wait() == 0


def test_sigterm_ends_with_the_grace_time(event_relay, redis):
    event_relay.set("ingest.shutdown_grace", "50ms")
    event_relay.set("redis.request_timeout", "5m")
    ingest = event_relay.ingest()
    redis.process.signal(signal.SIGSTOP)
    with open_socket(ingest.address) as sock:
        sock.sendall(request_head(2) + b"{}")
        assert ingest.post("/none", "{}").status == 404
        assert ingest.stop() == 0
    redis.process.signal(signal.SIGCONT)


def test_second_signal_is_exit_1_at_once(event_relay, redis):
    event_relay.set("ingest.shutdown_grace", "10m")
    event_relay.set("redis.request_timeout", "5m")
    ingest = event_relay.ingest()
    redis.process.signal(signal.SIGSTOP)
    with open_socket(ingest.address) as sock:
        sock.sendall(request_head(2) + b"{}")
        assert ingest.post("/none", "{}").status == 404
        ingest.process.signal(signal.SIGTERM)
        ingest.process.is_stopped_by_test = True
        ingest.wait_for_log(event="stopping")
        ingest.process.signal(signal.SIGTERM)
        assert ingest.process.wait() == 1
    redis.process.signal(signal.SIGCONT)


def test_idle_connection_is_closed_in_time(event_relay):
    event_relay.set("ingest.idle_timeout", "100ms")
    ingest = event_relay.ingest()
    with open_socket(ingest.address) as sock:
        sock.sendall(request_head(2) + b"{}")
        answer = read_all(sock)
        assert answer.count(b"HTTP/1.1 200 ") == 1
        assert b"Connection: close" not in answer


def test_connection_that_says_nothing_is_closed_in_time(event_relay):
    event_relay.set("ingest.request_timeout", "100ms")
    ingest = event_relay.ingest()
    with open_socket(ingest.address) as silent:
        assert read_all(silent) == b""
    assert ingest.metrics()[
        'relay_ingest_dropped_connections_total{reason="silent"}'] == 1
