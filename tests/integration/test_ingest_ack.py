"""What a 200 stands for (ingest.ack), at the real programs: what it claims to
survive is killed."""

import json
import signal

import pytest

from dispatching import ROUTE, event
from harness.proxy import RedisProxy
from harness.redis import RedisError, RedisServer
from harness.relay import SECRET, SECRET_HEADER, Relay
from harness.stand_in import EVENT
from harness.wait import wait_until

NOBODY = "http://127.0.0.1:9"


def relay_at(stage, address, ack, timeout="2s"):
    relay = Relay(stage, address)
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_route(ROUTE, "event")
    relay.set("ingest.ack", ack)
    relay.set("ingest.ack_timeout", timeout)
    return relay


def depth(redis):
    """Jobs in all lists."""
    with redis.client() as client:
        return sum(client("LLEN", key)
                   for key in client.keys("*:event:jobs:*"))


def refusal(ingest):
    """Its end, and what it said of the reason."""
    status = ingest.process.run()
    return status, ingest.find_log(event="failed")[0]["reason"]


# ---- replicas


@pytest.fixture
def primary(stage):
    return RedisServer(stage, "primary", with_port=True)


@pytest.fixture
def replica(stage, primary):
    server = RedisServer(stage, "replica", with_port=True)
    follow(server, primary)
    return server


def follow(replica, primary):
    replica.call("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    primary.call("CONFIG", "SET", "repl-diskless-sync-delay", 0)
    replica.call("REPLICAOF", "127.0.0.1", primary.port)
    wait_until(lambda: b"state=online" in primary.call("INFO", "replication"),
               "the replica to be online")


def test_replica_of_a_killed_primary_has_every_job_that_was_answered(
        stage, primary, replica):
    ingest = relay_at(stage, primary.address, "replicas:1").ingest()
    answers = [ingest.post(ROUTE, [event(f"u-{i}")]) for i in range(20)]
    primary.kill()
    assert {answer.status for answer in answers} == {200}
    assert {answer.headers["Relay-Ack"] for answer in answers} == \
        {"replicas:1"}
    replica.call("REPLICAOF", "NO", "ONE")
    assert depth(replica) == 20


def test_job_that_no_replica_has_is_answered_503_and_its_repeat_200(
        stage, primary, replica):
    ingest = relay_at(stage, primary.address, "replicas:1", "300ms").ingest()
    replica.process.signal(signal.SIGSTOP)
    answer = ingest.post(ROUTE, [event()])
    assert answer.status == 503
    assert answer.headers["Relay-Ack"] is None
    assert answer.json["unavailable"] == 1
    line = ingest.find_log(event="request_refused")[0]
    assert "0 of 1 replicas had it within 300 ms" in line["reason"]
    assert depth(primary) == 1

    # It is there, but its repeat is no more true than it was.
    answer = ingest.post(ROUTE, [event()])
    assert answer.status == 503

    replica.process.signal(signal.SIGCONT)
    wait_until(lambda: ingest.post(ROUTE, [event()]).status == 200,
               "the repeat to be taken")
    assert depth(primary) == depth(replica) == 1


def test_primary_without_replicas_is_answered_for_at_once_and_says_why(
        stage, primary, replica):
    ingest = relay_at(stage, primary.address, "replicas:1", "60s").ingest()
    replica.kill()
    wait_until(lambda: b"connected_slaves:0" in
               primary.call("INFO", "replication"), "the replica to be gone")
    primary.call("CLIENT", "KILL", "TYPE", "normal")
    ingest.process.wait_until(lambda: not ingest.is_ready(), "unreadiness")
    wait_until(lambda: "replicas:1, but Redis has 0 online"
               in ingest.get("/readyz").text, "the reason")
    assert ingest.post(ROUTE, [event()]).status == 503
    assert ingest.process.is_running()

    replica.start()
    follow(replica, primary)
    ingest.wait_until_ready()
    assert ingest.post(ROUTE, [event()]).status == 200
    assert depth(replica) == 1


def test_script_that_redis_forgot_is_waited_for_as_well(
        stage, primary, replica):
    ingest = relay_at(stage, primary.address, "replicas:1").ingest()
    primary.call("SCRIPT", "FLUSH")
    assert ingest.post(ROUTE, [event()]).status == 200
    primary.kill()
    replica.call("REPLICAOF", "NO", "ONE")
    assert depth(replica) == 1


# ---- fsync


def test_what_was_answered_is_on_disk_whenever_redis_is_killed(stage):
    redis = RedisServer(stage, with_aof=True)
    ingest = relay_at(stage, redis.address, "fsync").ingest()
    for i in range(5):
        answer = ingest.post(ROUTE, [event(f"u-{i}")])
        redis.kill()
        assert answer.status == 200
        assert answer.headers["Relay-Ack"] == "fsync"
        redis.start()
        assert depth(redis) == i + 1
        ingest.wait_until_ready()


def has_waitaof(redis):
    try:
        redis.call("WAITAOF", 0, 0, 1)
    except RedisError:
        return False
    return True


@pytest.mark.parametrize("options", [
    ("--appendonly", "no"),
    ("--appendfsync", "everysec"),
    ("--no-appendfsync-on-rewrite", "yes"),
])
def test_redis_that_does_not_write_before_it_answers_is_refused_at_start(
        stage, options):
    redis = RedisServer(stage, with_aof=True, options=options)
    if has_waitaof(redis):
        pytest.skip("this Redis has WAITAOF")
    ingest = relay_at(stage, redis.address, "fsync").ingest(ready=False)
    status, reason = refusal(ingest)
    assert status == 1
    assert "appendfsync always" in reason and "WAITAOF" in reason


def test_redis_that_ceases_to_honour_the_level_is_not_written_to(stage):
    redis = RedisServer(stage, with_aof=True)
    if has_waitaof(redis):
        pytest.skip("this Redis has WAITAOF")
    ingest = relay_at(stage, redis.address, "fsync").ingest()
    redis.call("CONFIG", "SET", "appendfsync", "everysec")
    redis.call("CLIENT", "KILL", "TYPE", "normal")
    ingest.process.wait_until(lambda: not ingest.is_ready(), "unreadiness")
    wait_until(lambda: "appendfsync always" in ingest.get("/readyz").text,
               "the reason")
    assert ingest.post(ROUTE, [event()]).status == 503
    assert depth(redis) == 0

    redis.call("CONFIG", "SET", "appendfsync", "always")
    ingest.wait_until_ready()
    assert ingest.post(ROUTE, [event()]).status == 200


@pytest.fixture
def waitaof(stage):
    """A Redis that has WAITAOF, by a proxy that answers it: proxy.written is
    what it says, of the local file."""
    redis = RedisServer(stage, with_aof=True,
                        options=("--appendfsync", "everysec"))
    proxy = RedisProxy(redis)
    proxy.written = 1
    proxy.answers["WAITAOF"] = lambda _: b"*2\r\n:%d\r\n:0\r\n" % proxy.written
    yield proxy
    proxy.close()


def test_waitaof_serves_where_redis_does_not_write_always(stage, waitaof):
    ingest = relay_at(stage, waitaof.address, "fsync", "1234ms").ingest()
    assert ingest.post(ROUTE, [event()]).status == 200
    enqueue, wait = waitaof.seen[-2:]
    assert enqueue[0] == "EVALSHA"
    assert wait == ["WAITAOF", "1", "0", "1234"]

    waitaof.written = 0
    assert ingest.post(ROUTE, [event("u-2")]).status == 503
    line = ingest.find_log(event="request_refused")[0]
    assert "not on Redis's disk within 1234 ms" in line["reason"]

    waitaof.written = 1
    answer = ingest.post(ROUTE, [event("u-2")])
    assert answer.status == 200
    assert answer.json["duplicate"] == 1


class Sender:
    """A connection that is there already, and sends without waiting."""

    def __init__(self, ingest):
        self.client = ingest.client()
        self.catch_up()

    def catch_up(self):
        """Whatever was sent before, by whom ever, has been read then."""
        assert self.client.request("GET", ROUTE).status == 405

    def send(self, body):
        self.client.connection.request(
            "POST", ROUTE, json.dumps(body),
            {"Content-Type": "application/json", SECRET_HEADER: SECRET})

    def status(self):
        return self.client.connection.getresponse().status


def test_requests_that_come_during_a_wait_share_the_next(stage, waitaof):
    ingest = relay_at(stage, waitaof.address, "fsync").ingest()
    waits = waitaof.count("WAITAOF")
    calls = waitaof.count("EVALSHA")
    watcher, *senders = [Sender(ingest) for _ in range(9)]
    with waitaof.held("WAITAOF"):
        senders[0].send(event("u-0"))
        wait_until(lambda: waitaof.count("WAITAOF") == waits + 1,
                   "the first wait")
        for i, sender in enumerate(senders[1:], 1):
            sender.send(event(f"u-{i}"))
        watcher.catch_up()
    assert {sender.status() for sender in senders} == {200}
    assert waitaof.count("EVALSHA") == calls + 2
    assert waitaof.count("WAITAOF") == waits + 2
