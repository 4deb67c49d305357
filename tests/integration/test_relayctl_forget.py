"""relayctl forget and purge: for good."""

import json

from controlling import Terminal, bury_each, bury_many, listed, nowhere, stats
from controlling import wait_for_dead
from dispatching import ONE_TRY, event, post, to_event
from harness.stand_in import DEVICE
from harness.wait import wait_until


def forgotten(relay, *arguments):
    rows = json.loads(relay.relayctl("forget", "--json", *arguments).stdout)
    return {row["destination"]: (row["pending"], row["dead"]) for row in rows}


def test_user_is_forgotten_everywhere(relay, stand_in, redis):
    bury_many(relay, stand_in, 3)
    post(relay.ingest(), event(user="u-1", kind="A"), event(user="u-1", kind="B"),
         event(user="u-10"), {"event_type": "C", "device_id": "d-1"})
    assert forgotten(relay, "--user", "u-1") == {"event": (2, 1)}
    row = stats(relay)
    assert row["forgotten"] == 2 and row["dead_forgotten"] == 1
    assert row["pending"] == 2 and row["dead_now"] == 2
    assert row["job_difference"] == 0 and row["dead_difference"] == 0
    keys = b" ".join(redis.call("KEYS", "*"))
    assert b"u:u-1 " not in keys + b" " and b"u:u-10" in keys
    assert forgotten(relay, "--user", "u-1") == {"event": (0, 0)}
    assert forgotten(relay, "--user", "u-10", "--device", "d-1") == \
        {"event": (2, 0)}


def test_user_is_forgotten_where_there_is_no_order(relay, stand_in):
    to_event(relay, stand_in, order="none")
    post(relay.ingest(), *[event(user="u-1", kind=f"K{n}") for n in range(50)],
         event(user="u-2"))
    assert forgotten(relay, "--user", "u-1") == {"event": (50, 0)}
    assert stats(relay)["pending"] == 1


def test_unconfigured_destinations_forget_too(relay, stand_in):
    bury_each(relay, stand_in, event(user="u-1"))
    relay.add_destination("device", stand_in.url + DEVICE,
                          template="${nothing}")
    relay.add_route("/amplitude/users", "device")
    relay.ingest().post("/amplitude/users", {"user_id": "u-1"})
    nowhere(relay, "another")
    assert forgotten(relay, "--user", "u-1") == \
        {"another": (0, 0), "device": (1, 0), "event": (0, 1)}
    table = relay.relayctl("forget", "--user", "u-1").stdout.splitlines()
    assert table[0].split() == ["forgotten", "in", "pending", "dead"]
    assert table[1].split() == ["another", "0", "0"]


def test_long_id_is_found_by_its_digest(relay, stand_in):
    to_event(relay, stand_in)
    user = "u" * 200
    post(relay.ingest(), event(user=user), event(user="#x"))
    assert forgotten(relay, "--user", user) == {"event": (1, 0)}
    assert forgotten(relay, "--user", "#x") == {"event": (1, 0)}


def test_attempt_under_way_settles_nothing(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in).start()
    stand_in.fail({"latency_ms": 1000, "count": 1})
    post(ingest, event(user="u-1", kind="A"), event(user="u-1", kind="B"))
    wait_until(lambda: stats(relay)["leased"] == 1, "the attempt")
    assert forgotten(relay, "--user", "u-1") == {"event": (2, 0)}
    wait_until(lambda: stats(relay)["leased"] == 0, "the end of the attempt")
    row = stats(relay)
    assert row["delivered"] == 0 and row["forgotten"] == 2
    assert row["pending"] == 0 and row["job_difference"] == 0
    post(ingest, event(user="u-1", kind="C"))
    wait_until(lambda: stats(relay)["delivered"] == 1, "the next")
    assert dispatcher.process.is_running()


def test_nobody_named_is_told(relay, stand_in):
    to_event(relay, stand_in)
    done = relay.relayctl("forget", check=False)
    assert done.returncode == 2
    assert "forget wants --user or --device, or both" in done.stderr
    done = relay.relayctl("forget", "--user", " ", check=False)
    assert done.returncode == 2 and "nobody has a blank id" in done.stderr


def test_terminal_is_asked_before_it_forgets(relay, stand_in):
    to_event(relay, stand_in)
    post(relay.ingest(), event(user="u-1"))
    terminal = Terminal(relay, "forget", "--user", "u-1")
    terminal.wait_for("for good? [y/N] ")
    terminal.type("\n")
    assert terminal.end() == 1
    assert stats(relay)["pending"] == 1
    terminal = Terminal(relay, "forget", "--user", "u-1", "--yes")
    assert terminal.end() == 0
    assert stats(relay)["pending"] == 0


def test_pending_jobs_are_purged_and_dead_letters_stay(relay, stand_in):
    bury_many(relay, stand_in, 1)
    post(relay.ingest(), *[event(user=f"p-{n}") for n in range(1000)])
    done = relay.relayctl("purge", "event", check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert ("1000 pending jobs of event would be removed for good; say so "
            "with --yes") in done.stderr
    done = relay.relayctl("purge", "event", "--yes")
    assert done.stdout == "1000 jobs removed\n"
    row = stats(relay)
    assert row["purged"] == 1000 and row["pending"] == 0
    assert row["job_difference"] == 0
    assert len(listed(relay)) == 1
    assert relay.relayctl("purge", "event").stdout == "0 jobs removed\n"


def test_attempts_under_way_are_named_by_purge(relay, stand_in):
    ingest, _ = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"latency_ms": 1000})
    post(ingest, event(user="u-1"))
    wait_until(lambda: stats(relay)["leased"] == 1, "the attempt")
    done = relay.relayctl("purge", "event", "--yes")
    assert done.stdout == ("1 job removed\n1 attempt under way when it began: "
                           "what they send still arrives\n")
    wait_until(lambda: stats(relay)["leased"] == 0, "the end of the attempt")
    assert stats(relay)["job_difference"] == 0


def test_letters_of_others_are_left(relay, stand_in):
    bury_each(relay, stand_in, event(user="u-1"), event(user="u-2"))
    assert forgotten(relay, "--device", "u-1") == {"event": (0, 0)}
    wait_for_dead(relay, 2)
