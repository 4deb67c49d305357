"""relayctl dead: what was given up on, and back into the queue."""

import json

from controlling import GUIDE, bury, listed, nowhere, shown, stats, wait_for_dead
from dispatching import ONE_TRY, ROUTE, event, kinds, post, to_event
from harness.stand_in import DEVICE
from harness.wait import wait_until

BLOCK = "{relay:0}:event:"


def test_dead_letters_are_listed_oldest_first(relay, stand_in):
    ids = bury(relay, stand_in, 3, body="no \x1b[31m" + "x" * 200)
    table = relay.relayctl("dead", "list").stdout.splitlines()
    assert table[0].split() == ["id", "destination", "died", "outcome",
                                "status", "attempts", "reason"]
    assert [line.split()[0] for line in table[1:]] == ids == sorted(ids)
    assert " event " in table[1] and " rejected " in table[1]
    assert " 400 " in table[1] and "no \\x1b[31mxxx" in table[1]
    assert table[1].endswith("...") and "\x1b" not in table[1]
    row = listed(relay, "--destination", "event")[0]
    assert row["id"] == ids[0] and row["outcome"] == "rejected"
    assert row["status"] == 400 and row["attempts"] == 1
    assert row["died_at"].endswith("Z")


def test_limit_keeps_the_oldest_and_says_so(relay, stand_in):
    ids = bury(relay, stand_in, 3)
    done = relay.relayctl("dead", "list", "--limit", "2")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == \
        ids[:2]
    assert "2 of 3 dead letters" in done.stderr


def test_no_dead_letters_are_an_empty_list(relay, stand_in):
    to_event(relay, stand_in)
    assert listed(relay) == []
    assert relay.relayctl("dead", "list").stdout.startswith("id ")


def test_mistyped_destination_is_told(relay, stand_in):
    to_event(relay, stand_in)
    done = relay.relayctl("dead", "list", "--destination", "evnt", check=False)
    assert done.returncode == 2
    assert "no destination evnt; did you mean event?" in done.stderr


def test_dead_letter_is_shown_whole(relay, stand_in):
    ingest, _ = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"status": 500, "count": 1}, {"status": 400, "body": "no!"})
    number = 123456789012345678901234567890
    ingest.post(ROUTE, {**event(), "deep": [{"n": number, "x": None}]})
    wait_for_dead(relay, 1)
    job, = [row["id"] for row in listed(relay)]
    letter = shown(relay, job)
    assert letter["id"] == job and letter["destination"] == "event"
    assert letter["group"] == "u:u-1" and letter["route"] == ROUTE
    assert letter["delivery_id"] == "u-1-Opened"
    assert letter["attempts"] == len(letter["history"])
    assert letter["history"][0]["outcome"] == "server_error"
    assert letter["history"][0]["status"] == 500
    assert letter["object"]["deep"][0]["x"] is None
    assert letter["rendered_now"]["result"] == "done"
    assert json.loads(
        letter["rendered_now"]["body"])["eventTypeKey"] == "Opened"
    text = relay.relayctl("dead", "show", job).stdout
    assert f'"n": {number}' in text
    assert "u:u-1" in text and "server_error" in text
    assert '{"eventTypeKey": "Opened"' in text


def test_mended_template_is_seen_before_the_replay(relay, stand_in):
    ingest, dispatcher = to_event(
        relay, stand_in, template="${input.nothing}").start()
    post(ingest, event())
    wait_for_dead(relay, 1)
    job, = [row["id"] for row in listed(relay)]
    letter = shown(relay, job)
    assert letter["outcome"] == "render_error"
    assert letter["reason"] == letter["rendered_now"]["error"]
    assert "event.ftl:1:3: " in letter["reason"]
    to_event(relay, stand_in)
    assert shown(relay, job)["rendered_now"]["result"] == "done"
    dispatcher.stop()
    relay.dispatcher()
    assert relay.relayctl("dead", "replay", job).stdout == "1 replayed\n"
    assert kinds(stand_in.wait_for(1)) == ["Opened"]


def test_id_that_is_not_there_is_1(relay, stand_in):
    to_event(relay, stand_in)
    for command in ("show", "replay"):
        done = relay.relayctl("dead", command, "0-1", check=False)
        assert done.returncode == 1
        assert "no dead letter 0-1" in done.stderr


def test_found_ids_are_replayed_and_the_others_named(relay, stand_in):
    ids = bury(relay, stand_in, 3)
    done = relay.relayctl("dead", "replay", ids[0], ids[2], "0-1", ids[0],
                          check=False)
    assert done.returncode == 1
    assert done.stdout == "2 replayed\n"
    assert done.stderr == "relayctl: no dead letter 0-1\n"
    stand_in.wait_for(2)
    assert [row["id"] for row in listed(relay)] == [ids[1]]
    wait_until(lambda: stats(relay)["delivered"] == 2, "two deliveries")
    assert stats(relay)["replayed"] == 2


def test_all_of_a_destination_are_replayed(relay, stand_in):
    bury(relay, stand_in, 5)
    done = relay.relayctl("dead", "replay", "--all", "--destination", "event")
    assert done.stdout == "5 replayed\n"
    stand_in.wait_for(5)
    assert stats(relay)["dead_now"] == 0


def test_more_than_a_batch_is_replayed(relay, stand_in):
    relay.set("redis.shards", "3")
    ingest, dispatcher = to_event(
        relay, stand_in, template="${nothing}", burn_limit=0).start()
    count = 2345
    for first in range(0, count, 500):
        post(ingest, *[event(user=f"u-{number}") for number in
                       range(first, min(first + 500, count))])
    wait_for_dead(relay, count)
    assert len(listed(relay, "--limit", "5000")) == count
    dispatcher.stop()
    done = relay.relayctl("dead", "replay", "--all", "--destination", "event")
    assert done.stdout == f"{count} replayed\n"
    row = stats(relay)
    assert row["pending"] == count and row["dead_now"] == 0


def test_all_does_not_replay_what_dies_again_for_ever(relay, stand_in):
    to_event(relay, stand_in, template="${nothing}", burn_limit=0)
    post(relay.ingest(), *[event(user=f"u-{n}") for n in range(1000)])
    relay.dispatcher()
    wait_for_dead(relay, 1000)
    done = relay.relayctl("dead", "replay", "--all", "--destination", "event")
    assert done.stdout == "1000 replayed\n"
    wait_for_dead(relay, 1000)


def test_letters_of_all_destinations_are_found(relay, stand_in):
    ingest = to_event(relay, stand_in, template="${nothing}")
    ingest.add_destination("device", stand_in.url + DEVICE,
                           template="${nothing}")
    relay.add_route(ROUTE, "event", "device")
    ingest, dispatcher = relay.start()
    post(ingest, event())
    wait_for_dead(relay, 1, "device")
    wait_for_dead(relay, 1, "event")
    ids = {row["destination"]: row["id"] for row in listed(relay)}
    assert set(ids) == {"device", "event"}
    assert shown(relay, ids["device"])["destination"] == "device"
    done = relay.relayctl("dead", "show", ids["device"], "--destination",
                          "event", check=False)
    assert done.returncode == 1
    dispatcher.stop()
    done = relay.relayctl("dead", "replay", *ids.values())
    assert done.stdout == "2 replayed\n"
    assert stats(relay, "device")["pending"] == 1


def test_letters_of_a_destination_taken_out_are_still_there(relay, stand_in):
    bury(relay, stand_in, 1)
    nowhere(relay, "another")
    row, = listed(relay)
    letter = shown(relay, row["id"])
    assert letter["rendered_now"] == {
        "result": "failed",
        "error": "the destination is not in the configuration"}


def test_letter_that_is_no_job_is_shown_with_its_bytes(relay, stand_in, redis):
    to_event(relay, stand_in, **ONE_TRY)
    post(relay.ingest(), event())
    group = BLOCK + "jobs:u:u-1"
    redis.call("LSET", group, 0, b"garbage\x1b\x00")
    relay.dispatcher()
    wait_for_dead(relay, 1)
    row, = listed(relay)
    assert row["outcome"] == "render_error" and "no job" in row["reason"]
    text = relay.relayctl("dead", "show", row["id"]).stdout
    assert "garbage\\x1b\\x00" in text and "\x1b" not in text
    assert "not_a_job" in shown(relay, row["id"])


def test_id_in_two_destinations_wants_one_named(relay, stand_in, redis):
    job, = bury(relay, stand_in, 1)
    relay.add_destination("device", stand_in.url + DEVICE)
    relay.relayctl("stats")
    with redis.client() as client:
        letter = client("HGET", BLOCK + "dead:jobs", job)
        died = client("ZSCORE", BLOCK + "dead", job)
        other = BLOCK.replace("event", "device")
        client("HSET", other + "dead:jobs", job, letter)
        client("ZADD", other + "dead", died, job)
    done = relay.relayctl("dead", "replay", job, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert "is in 2 destinations; say which with --destination" in done.stderr
    text = relay.relayctl("dead", "show", job).stdout
    assert text.count(f"id           {job}\n") == 2
    done = relay.relayctl("dead", "replay", job, "--destination", "event")
    assert done.stdout == "1 replayed\n"


def test_guides_device_template_tells_what_an_anonymous_user_lacks(relay,
                                                                  stand_in):
    relay.add_destination("device", stand_in.url + DEVICE, endpoint="device",
                          template=(GUIDE / "device.ftl").read_text())
    relay.add_route("/amplitude/users", "device")
    ingest, _ = relay.start()
    known = {"device_id": "d-1", "user_id": "u-1", "os_name": "ios"}
    ingest.post("/amplitude/users", known)
    assert stand_in.wait_for(1)[0]["body"]["externalUserId"] == "u-1"
    ingest.post("/amplitude/users", {**known, "user_id": None})
    wait_for_dead(relay, 1, "device")
    row, = listed(relay)
    text = relay.relayctl("dead", "show", row["id"]).stdout
    reason = next(line for line in text.splitlines()
                  if line.startswith("reason "))
    assert "device.ftl:6:" in reason
    assert "input.user_id" in reason
    assert 'input.user_id!""' in reason
    assert row["outcome"] == "render_error" and row["attempts"] == 0
