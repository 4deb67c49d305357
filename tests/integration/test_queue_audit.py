"""The audit of a shard, through a real Redis."""

from queue_stops import stopped_runs


def test_audit_of_a_sound_queue_changes_nothing(everywhere):
    before = everywhere.everything()
    assert everywhere.audit_all() == (3, 0, 9)
    assert everywhere.audit()["pending"] == 9
    assert everywhere.everything() == before


def test_audit_makes_ready_what_no_claim_would_find(everywhere):
    queue = everywhere
    queue.redis("DEL", queue.key("event", "ready"))
    queue.redis("DEL", queue.key("event", "wake"))
    assert queue.claim().leases == []
    assert queue.audit_all() == (3, 1, 9)
    assert queue.redis("LLEN", queue.key("event", "wake")) == 1
    queue.check_places()
    assert queue.claim().groups == [b"u:ready"]
    assert queue.audit_all() == (3, 0, 9)


def test_audit_finds_what_is_lost_from_each_set(everywhere):
    queue = everywhere
    queue.redis("ZREM", queue.key("event", "waiting"), "u:waiting")
    queue.redis("ZREM", queue.key("event", "leased"), "u:leased")
    queue.redis("HDEL", queue.key("event", "tokens"), "u:leased")
    assert queue.audit_all() == (3, 2, 9)
    queue.check_places()


def test_audit_drops_a_group_without_a_job(operator):
    operator.redis("ZADD", operator.key("event", "heads"), 1, "u:gone")
    assert operator.audit_all() == (1, 0, 0)
    assert operator.redis("EXISTS", operator.key("event", "heads")) == 0


def test_audit_counts_what_pending_is_off_by(everywhere):
    everywhere.redis("HINCRBY", everywhere.key("event", "counts"), "pending",
                     5)
    piece = everywhere.audit()
    assert (piece["pending"], piece["jobs"]) == (14, 9)


def test_audit_of_many_groups_goes_in_pieces(operator):
    operator.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                        for n in range(2500)])
    first = operator.audit()
    assert (first["groups"], first["jobs"]) == (1000, 1000)
    assert operator.audit_all() == (2500, 0, 2500)


def test_audit_tells_when_jobs_came_or_went(everywhere):
    queue = everywhere
    prints = [queue.audit()["print"]]
    queue.enqueue("u:new")
    prints.append(queue.audit()["print"])
    queue.finish(queue.held)
    prints.append(queue.audit()["print"])
    queue.purge(limit=1)
    prints.append(queue.audit()["print"])
    assert len(set(prints)) == 4
    assert queue.audit()["print"] == prints[-1]


def test_audit_searches_a_long_list_for_few(operator):
    """Those that are not in the front of ready are searched for one by one:
    some in each call, all of them in the end."""
    for first in range(0, 60_000, 1000):
        operator.enqueue_many([("u:%d" % n, "", ["event"], b"x")
                            for n in range(first, first + 1000)])
        operator.pass_time(1)
    ready = operator.key("event", "ready")
    operator.redis("LREM", ready, 1, "u:5")
    for n in range(3):  # the oldest go to the end
        operator.redis("LREM", ready, 1, "u:%d" % n)
        operator.redis("RPUSH", ready, "u:%d" % n)
    place, requeued, calls = ("", ""), 0, 0
    while not requeued:
        piece = operator.audit(*place)
        assert piece["groups"] >= 1
        place, requeued = piece["next"], piece["requeued"]
        calls += 1
    assert calls == 4
    assert operator.redis("LINDEX", ready, -1) == b"u:5"


def test_audit_works_out_of_memory(everywhere):
    queue = everywhere
    queue.redis("DEL", queue.key("event", "ready"))
    queue.redis("CONFIG", "SET", "maxmemory", 1)
    assert queue.audit_all() == (3, 1, 9)
    queue.redis("CONFIG", "SET", "maxmemory", 0)
    queue.check_places()


def test_audit_stopped_anywhere_is_repeated(operator):
    def prepare():
        operator.place_jobs()
        operator.redis("DEL", operator.key("event", "ready"))
        operator.redis("ZADD", operator.key("event", "heads"), 1, "u:gone")

    for _ in stopped_runs(operator, "audit", prepare, lambda _: operator.audit()):
        operator.audit()
        operator.check_places()
