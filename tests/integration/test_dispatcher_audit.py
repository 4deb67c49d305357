"""What dispatchers find, now and then, that should never be."""

from dispatching import event, post, to_event, wait_for_ledger
from harness.wait import wait_until

REQUEUED = 'relay_audit_requeued_total{destination="event"}'
DIFFERENCE = 'relay_audit_difference{destination="event"}'
GROUPS = 'relay_audit_groups_total{destination="event"}'
CALLS = 'relay_queue_calls_total{verb="audit",status="ok"}'
COUNTS = "{relay:0}:event:counts"


def audited(relay, stand_in, every="40ms"):
    to_event(relay, stand_in)
    relay.set("dispatcher.audit_every", every)
    return relay


def test_job_that_no_claim_would_find_is_found(relay, stand_in, redis):
    audited(relay, stand_in)
    post(relay.ingest(), event())
    redis.call("DEL", "{relay:0}:event:ready")
    dispatcher = relay.dispatcher()
    stand_in.wait_for(1)
    wait_for_ledger(dispatcher, "delivered", 1)
    assert dispatcher.metrics()[REQUEUED] == 1
    (line,) = dispatcher.find_log(event="audit_requeued")
    assert (line["destination"], line["shard"], line["groups"]) == (
        "event", "0", "1")


def test_depth_that_is_off_is_shown_until_it_is_right(relay, stand_in, redis):
    audited(relay, stand_in)
    dispatcher = relay.dispatcher()
    assert dispatcher.metrics()[DIFFERENCE] == 0
    for off_by in (5, 0, -2):
        redis.call("HSET", COUNTS, "pending", off_by)
        wait_until(lambda: dispatcher.metrics()[DIFFERENCE] == off_by,
                   f"a difference of {off_by}")
    assert [line["jobs"] for line in dispatcher.find_log(
        event="audit_difference")] == ["5", "0", "-2"]


def test_each_shard_has_its_turn(relay, stand_in, redis):
    audited(relay, stand_in).set("redis.shards", "4")
    ingest = relay.ingest()
    users = [f"u-{n}" for n in range(12)]
    post(ingest, *[event(user=user) for user in users])
    for shard in range(4):
        redis.call("DEL", "{relay:%d}:event:ready" % shard)
    dispatcher = relay.dispatcher()
    stand_in.wait_for(len(users))
    assert dispatcher.metrics()[REQUEUED] == len(users)


def test_audit_every_0_never_looks(relay, stand_in, redis):
    audited(relay, stand_in, every="0s")
    ingest, dispatcher = relay.start()
    post(ingest, event())
    wait_for_ledger(dispatcher, "delivered", 1)
    assert dispatcher.metrics()[GROUPS] == 0
    assert CALLS not in dispatcher.metrics() or not dispatcher.metrics()[CALLS]


def test_audits_go_on_when_redis_is_back(relay, stand_in, redis):
    audited(relay, stand_in)
    dispatcher = relay.dispatcher()
    wait_until(lambda: dispatcher.metrics()[CALLS] > 0, "an audit")
    redis.kill()
    wait_until(lambda: dispatcher.metrics()["relay_redis_up"] == 0, "no Redis")
    redis.start()
    wait_until(lambda: dispatcher.metrics()["relay_redis_up"] == 1, "Redis")
    before = dispatcher.metrics()[CALLS]
    wait_until(lambda: dispatcher.metrics()[CALLS] > before, "one more audit")
