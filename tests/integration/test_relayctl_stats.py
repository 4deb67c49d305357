"""relayctl stats: numbers for people and for programs."""

import json

from controlling import nowhere, stats, wait_for_dead
from dispatching import ONE_TRY, event, post, to_event
from harness.wait import wait_until


def test_stats_show_what_waits_and_what_was_done(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"contains": "Bad", "status": 400})
    post(ingest, event(kind="Good"), event(kind="Bad"),
         event(user="u-2", kind="Good"), event(user="u-2", kind="Good"))
    wait_for_dead(relay, 1)
    wait_until(lambda: stats(relay)["delivered"] == 2, "two deliveries")
    dispatcher.stop()
    post(ingest, event(user="u-3"))
    row = stats(relay)
    assert row["configured"] is True
    assert row["accepted"] == 4 and row["duplicates"] == 1
    assert row["dead"] == 1 and row["pending"] == 1 and row["ready"] == 1
    assert row["leased"] == 0 and row["waiting"] == 0
    assert row["oldest_age_ms"] >= 0
    assert row["job_difference"] == 0 and row["dead_difference"] == 0
    table = relay.relayctl("stats").stdout
    now, last, ledger = table.split("\n\n")
    assert now.splitlines()[0].split()[:2] == ["destination", "pending"]
    assert now.splitlines()[1].split()[:2] == ["event", "1"]
    heads = ledger.splitlines()[0].split()
    cells = dict(zip(heads, ledger.splitlines()[1].split()))
    assert cells["accepted"] == "4" and cells["job_diff"] == "0"
    assert "purged" not in cells
    heads = last.splitlines()[0].split()
    assert heads[:4] == ["last", "jobs", "delivered", "rejected"]
    assert last.splitlines()[1].split()[:3] == ["event", "2", "1"]


def test_stats_tell_what_came_of_the_last_jobs(relay, stand_in):
    ingest, _ = to_event(relay, stand_in, **ONE_TRY).start()
    assert stats(relay)["history"] == {
        "done": 0, "from": None, "outcomes": {}, "last_delivered_at": None,
        "took_ms_median": None, "took_ms_p99": None}
    stand_in.fail({"contains": "Bad", "status": 400})
    post(ingest, event(kind="Good"), event(kind="Bad"))
    wait_for_dead(relay, 1)
    history = stats(relay)["history"]
    assert history["done"] == 2
    assert history["outcomes"] == {"delivered": 1, "rejected": 1}
    assert history["from"] <= history["last_delivered_at"]
    assert 0 <= history["took_ms_median"] <= history["took_ms_p99"]


def test_stats_show_holds_first(relay, stand_in):
    to_event(relay, stand_in)
    assert stats(relay)["hold"] is None
    relay.relayctl("hold", "event", "--for", "1h", "--note", "work\x1b")
    hold = stats(relay)["hold"]
    assert hold["reason"] == "paused" and hold["note"] == "work\x1b"
    assert hold["since"] < hold["ends_at"] and hold["next_probe_at"] is None
    now, holds, *_ = relay.relayctl("stats").stdout.split("\n\n")
    assert now.splitlines()[1].split()[-1] == "paused"
    heads, row, hint = holds.splitlines()
    assert heads.split() == ["on", "hold", "reason", "since", "in", "a", "row",
                             "next", "probe", "ends", "note"]
    assert row.split()[:2] == ["event", "paused"]
    assert row.endswith("  work\\x1b")
    assert hint == "event: an operator did this; relayctl resume ends it"


def test_stats_count_delivery_ids_remembered(relay, stand_in):
    to_event(relay, stand_in)
    post(relay.ingest(), event(user="u-1"), event(user="u-2"))
    assert stats(relay)["seen"] == 2


def test_stats_age_is_absent_when_nothing_waits(relay, stand_in):
    to_event(relay, stand_in)
    assert stats(relay)["oldest_age_ms"] is None


def test_stats_mark_a_destination_that_is_not_configured(relay, stand_in):
    to_event(relay, stand_in)
    ingest = relay.ingest()
    post(ingest, event())
    ingest.stop()
    nowhere(relay, "another")
    row = stats(relay)
    assert row["configured"] is False and row["pending"] == 1
    assert "event (not configured)" in relay.relayctl("stats").stdout


def test_stats_say_loudly_that_the_ledger_does_not_balance(relay, stand_in,
                                                           redis):
    to_event(relay, stand_in)
    post(relay.ingest(), event())
    redis.call("HINCRBY", "{relay:0}:event:counts", "accepted", 2)
    done = relay.relayctl("stats", check=False)
    assert done.returncode == 1
    assert "event: THE LEDGER DOES NOT BALANCE: jobs are off by 2" in \
        done.stderr
    done = relay.relayctl("stats", "--json", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)[0]["job_difference"] == 2


def test_stats_sum_over_shards(relay, stand_in):
    relay.set("redis.shards", "4")
    to_event(relay, stand_in)
    post(relay.ingest(), *[event(user=f"u-{n}") for n in range(20)])
    assert stats(relay)["pending"] == 20
