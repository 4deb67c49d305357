"""relay-ingest and Redis: what is taken in part, while Redis is away, full or
slow, and by several ingests at once."""

import concurrent.futures
import signal

import pytest

from harness.relay import SECRET, SECRET_HEADER
from harness.stand_in import EVENT
from harness.wait import wait_until
from harness.web import open_socket

NOBODY = "http://127.0.0.1:9"
UNAVAILABLE = 'relay_ingest_objects_total{destination="event",' \
    'verdict="unavailable"}'


@pytest.fixture
def event_relay(relay):
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_route("/amplitude/events", "event")
    relay.set("redis.request_timeout", "300ms")
    relay.set("ingest.retry_after", "7s")
    return relay


def events(*numbers):
    return [{"user_id": f"u{n}", "uuid": f"uuid-{n}"} for n in numbers]


def assert_unavailable(answer):
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Relay-Ack"] is None
    assert answer.json["error"]


def test_full_queue_takes_a_part_and_its_repeat_the_rest(relay):
    relay.add_destination("event", NOBODY + EVENT, max_depth=3)
    relay.add_route("/amplitude/events", "event")
    relay.set("ingest.retry_after", "7s")
    ingest = relay.ingest()
    answer = ingest.post("/amplitude/events", events(1, 2, 3, 4, 5))
    assert_unavailable(answer)
    assert answer.json["accepted"] == 3
    assert answer.json["full"] == 2
    assert answer.json["duplicate"] == 0
    assert len(answer.json["jobs"]) == 3
    assert "event" in answer.json["error"] and "full" in answer.json["error"]
    line = ingest.find_log(event="request_refused", status="503")[0]
    assert (line["accepted"], line["full"]) == ("3", "2")

    relay.set("destinations.event.max_depth", "0")
    roomy = relay.ingest()
    answer = roomy.post("/amplitude/events", events(1, 2, 3, 4, 5))
    assert answer.status == 200
    assert answer.json["accepted"] == 2
    assert answer.json["duplicate"] == 3
    roomy.wait_for_metric('relay_depth{destination="event"}', 5)


def test_destination_that_is_full_does_not_stop_the_other(relay):
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_destination("second", NOBODY + EVENT, max_depth=1)
    relay.add_route("/both", "event", "second")
    ingest = relay.ingest()
    assert ingest.post("/both", events(1)).status == 200
    answer = ingest.post("/both", events(2))
    assert answer.status == 503
    assert (answer.json["accepted"], answer.json["full"]) == (1, 1)
    assert "second" in answer.json["error"]
    answer = ingest.post("/both", events(2))
    assert (answer.json["duplicate"], answer.json["full"]) == (1, 1)


def test_redis_that_goes_is_503_until_it_is_back(event_relay, redis):
    ingest = event_relay.ingest()
    with ingest.client() as client:
        def post(*numbers):
            return ingest.post("/amplitude/events", events(*numbers),
                               client=client)

        assert post(1).status == 200
        redis.stop()
        ingest.wait_for_log(event="redis_lost")
        assert_unavailable(post(2))
        assert ingest.get("/readyz").status == 503
        assert "redis" in ingest.get("/readyz").text
        assert ingest.get("/livez").status == 200
        assert ingest.metrics()[UNAVAILABLE] == 1

        redis.start()
        wait_until(lambda: ingest.get("/readyz").status == 200, "readiness")
        assert post(2).json["accepted"] == 1


def test_redis_that_hangs_is_503_in_time_and_loses_nothing(event_relay, redis):
    ingest = event_relay.ingest()
    redis.process.signal(signal.SIGSTOP)
    assert_unavailable(ingest.post("/amplitude/events", events(1, 2)))
    redis.process.signal(signal.SIGCONT)
    wait_until(lambda: ingest.get("/readyz").status == 200, "readiness")
    answer = ingest.post("/amplitude/events", events(1, 2))
    assert answer.status == 200
    assert answer.json["accepted"] + answer.json["duplicate"] == 2
    ingest.wait_for_metric('relay_depth{destination="event"}', 2)


def test_redis_out_of_memory_is_503_and_takes_nothing(event_relay, redis):
    ingest = event_relay.ingest()
    redis.call("CONFIG", "SET", "maxmemory", "1")
    answer = ingest.post("/amplitude/events", events(1))
    assert_unavailable(answer)
    assert answer.json["accepted"] == 0
    redis.call("CONFIG", "SET", "maxmemory", "0")
    wait_until(lambda: ingest.post("/amplitude/events",
                                   events(1)).status == 200, "memory")


def test_redis_away_at_the_start_is_503(event_relay, redis):
    ingest = event_relay.ingest()
    redis.stop()
    ingest.wait_for_log(event="redis_lost")
    late = event_relay.stage.start("relay-ingest", [
        *ingest.process.child.args[:1], *event_relay.arguments()])
    address = late.wait_for_log(event="listening", module="ingest")["address"]
    ingest.process.stop()
    ingest.process = late
    assert ingest.address == address
    assert_unavailable(ingest.post("/amplitude/events", events(1)))
    # What is wrong with a body is said all the same.
    assert ingest.post("/amplitude/events", "nonsense").status == 400


def test_client_that_leaves_early_keeps_its_jobs(event_relay, redis):
    ingest = event_relay.ingest()
    redis.process.signal(signal.SIGSTOP)
    with open_socket(ingest.address) as sock:
        body = b'{"user_id":"u","uuid":"1"}'
        sock.sendall(
            b"POST /amplitude/events HTTP/1.1\r\nHost: r\r\n"
            b"Content-Type: application/json\r\nContent-Length: %d\r\n"
            b"%s: %s\r\n\r\n%s" % (len(body), SECRET_HEADER.encode(),
                                   SECRET.encode(), body))
        # This one arrives behind it, and is refused at once.
        assert ingest.post("/none", "{}").status == 404
    redis.process.signal(signal.SIGCONT)
    ingest.wait_for_metric('relay_depth{destination="event"}', 1)
    assert ingest.post("/amplitude/events", events(2)).status == 200


def test_many_clients_at_two_ingests_lose_and_double_nothing(event_relay):
    ingests = [event_relay.ingest(), event_relay.ingest()]

    def post_all(worker):
        ingest = ingests[worker % 2]
        with ingest.client() as client:
            answers = [ingest.post("/amplitude/events", events(number),
                                   client=client)
                       for number in range(50)]
        assert {answer.status for answer in answers} == {200}
        return sum(answer.json["accepted"] for answer in answers)

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(post_all, range(6))) == 50
    ingests[0].wait_for_metric('relay_depth{destination="event"}', 50)
