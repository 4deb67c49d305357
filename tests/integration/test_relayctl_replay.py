"""relayctl dead replay and purge: some of them, slowly, and again."""

import json
import os
import signal

import pytest

from controlling import Terminal, begin, bury_each, bury_many, listed, shown
from controlling import stats, wait_for_dead
from dispatching import ONE_TRY, event, post, to_event
from harness.stand_in import EVENT
from harness.wait import PATIENCE_S, wait_until

HOLD = "{relay:hold:event}"


def test_selected_letters_are_replayed_and_the_others_stay(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"),
                    event(user="u-2", kind="Other"), event(user="u-3"))
    done = relay.relayctl("dead", "replay", "--event-type", "Opened")
    assert done.stdout == "2 replayed\n"
    stand_in.wait_for(2)
    assert [row["id"] for row in listed(relay)] == [ids[1]]


def test_dry_run_counts_and_moves_nothing(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"), event(user="u-2"))
    for command, word in [("replay", "replayed"), ("purge", "purged")]:
        done = relay.relayctl("dead", command, "--all", "--destination",
                              "event", "--dry-run")
        lines = done.stdout.splitlines()
        assert lines[0].split() == ["destination", "outcome", "letters"]
        assert lines[1].split() == ["event", "rejected", "2"]
        assert [line.split()[0] for line in lines[4:6]] == ids
        assert lines[-1] == f"2 dead letters would be {word}"
    assert len(listed(relay)) == 2
    done = relay.relayctl("dead", "replay", "--user", "nobody", "--dry-run")
    assert done.stdout == "0 dead letters would be replayed\n"


def test_dry_run_shows_a_few_of_many(relay, stand_in):
    bury_many(relay, stand_in, 1200)
    done = relay.relayctl("dead", "replay", "--outcome", "render_error",
                          "--dry-run")
    assert len(done.stdout.splitlines()) == 11
    assert "1200 dead letters would be replayed" in done.stdout


def test_interrupted_replay_says_where_it_ended_and_goes_on(relay, stand_in):
    bury_many(relay, stand_in, 1000)
    arguments = ["dead", "replay", "--all", "--destination", "event"]
    child = begin(relay, *arguments, "--rate", "100/s")
    wait_until(lambda: stats(relay)["replayed"] > 10, "some replayed")
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=PATIENCE_S)
    row = stats(relay)
    assert child.returncode == 1
    assert out == f"{row['replayed']} replayed\n"
    assert 10 < row["replayed"] < 1000
    assert err.startswith(
        f"relayctl: interrupted; {row['dead_now']} of 1000 are left as they "
        "were; the same command with --until ")
    until = err.split("--until ")[1].split()[0]
    done = relay.relayctl(*arguments, "--until", until)
    assert done.stdout == f"{1000 - row['replayed']} replayed\n"
    row = stats(relay)
    assert row["replayed"] == row["pending"] == 1000 and row["dead_now"] == 0
    assert row["job_difference"] == 0 and row["dead_difference"] == 0


def test_second_interrupt_does_not_wait_for_redis(relay, stand_in, redis):
    bury_many(relay, stand_in, 100)
    relay.set("redis.request_timeout", "5m")
    child = begin(relay, "dead", "replay", "--all", "--destination", "event",
                  "--rate", "20/s", failpoint="replay_send:stop:2")
    os.waitpid(child.pid, os.WUNTRACED)
    redis.process.signal(signal.SIGSTOP)
    child.send_signal(signal.SIGCONT)

    def has_ended():
        child.send_signal(signal.SIGINT)
        return child.poll() is not None
    # Signals that come together count as one.
    wait_until(has_ended, "the end")
    redis.process.signal(signal.SIGCONT)
    child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 128 + signal.SIGINT


def test_lost_reply_is_told_and_costs_nothing(relay, stand_in):
    bury_many(relay, stand_in, 100)
    relay.set("redis.request_timeout", "200ms")
    arguments = ["dead", "replay", "--all", "--destination", "event"]
    child = begin(relay, *arguments, "--rate", "100/s",
                  failpoint="replay_reply:error:3")
    out, err = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 1
    told = int(out.split()[0])
    row = stats(relay)
    assert 0 < told < row["replayed"] < 100
    assert "are left as they were; the same command with --until" in err
    done = relay.relayctl(*arguments)
    assert done.stdout == f"{row['dead_now']} replayed\n"
    row = stats(relay)
    assert row["pending"] == 100 and row["dead_difference"] == 0


def test_letters_that_die_again_are_not_replayed_twice(relay, stand_in):
    bury_many(relay, stand_in, 600)
    to_event(relay, stand_in, template="${nothing}", burn_limit=0)
    relay.dispatcher()
    done = relay.relayctl("dead", "replay", "--outcome", "render_error",
                          "--rate", "2000/s")
    assert done.stdout == "600 replayed\n"
    wait_until(lambda: stats(relay)["dead_now"] == 600, "all dead again")
    assert stats(relay)["replayed"] == 600


def test_terminal_is_asked_before_many_go(relay, stand_in):
    bury_many(relay, stand_in, 20)
    arguments = ["dead", "replay", "--all", "--destination", "event"]
    terminal = Terminal(relay, *arguments)
    terminal.wait_for("replay 20 dead letters? [y/N] ")
    terminal.type("n\n")
    assert terminal.end() == 1
    assert "nothing was replayed" in terminal.shown
    assert stats(relay)["dead_now"] == 20
    terminal = Terminal(relay, *arguments)
    terminal.wait_for("[y/N] ")
    terminal.type("y\n")
    assert terminal.end() == 0
    assert "20 replayed" in terminal.shown
    assert stats(relay)["dead_now"] == 0


def test_terminal_is_not_asked_about_few_or_with_yes(relay, stand_in):
    bury_many(relay, stand_in, 20)
    few = [row["id"] for row in listed(relay, "--limit", "3")]
    terminal = Terminal(relay, "dead", "replay", *few)
    assert terminal.end() == 0 and "[y/N]" not in terminal.shown
    terminal = Terminal(relay, "dead", "replay", "--outcome", "render_error",
                        "--yes")
    assert terminal.end() == 0 and "17 replayed" in terminal.shown


def test_terminal_sees_a_bar(relay, stand_in):
    bury_many(relay, stand_in, 100)
    terminal = Terminal(relay, "dead", "replay", "--all", "--destination",
                        "event", "--yes", "--rate", "200/s")
    assert terminal.end() == 0
    assert "\r[" in terminal.shown and " of 100 replayed" in terminal.shown
    assert "[========================] 100%  100 of 100 replayed" in \
        terminal.shown


def test_purge_wants_yes_and_removes_for_good(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"),
                    event(user="u-2", kind="Other"))
    done = relay.relayctl("dead", "purge", "--event-type", "Other",
                          check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "1 dead letter would be purged for good; say so with --yes" in \
        done.stderr
    done = relay.relayctl("dead", "purge", "--event-type", "Other", "--yes")
    assert done.stdout == "1 purged\n"
    assert [row["id"] for row in listed(relay)] == ids[:1]
    done = relay.relayctl("dead", "purge", ids[0], "0-1", "--yes", check=False)
    assert done.returncode == 1 and done.stdout == "1 purged\n"
    assert done.stderr == "relayctl: no dead letter 0-1\n"
    row = stats(relay)
    assert row["dead_purged"] == 2 and row["dead_difference"] == 0


@pytest.mark.parametrize("command", [["replay"], ["purge", "--yes"]])
def test_destination_that_was_full_is_resumed(relay, stand_in, redis, command):
    bury_many(relay, stand_in, 30)
    relay.set("destinations.event.dead_limit", "20")
    redis.call("HSET", HOLD, "reason", "full", "epoch", "1", "since", "1000")
    ids = [row["id"] for row in listed(relay)]
    done = relay.relayctl("dead", *command, *ids[:10])
    assert "event is sent to again; it was on hold (full)\nit still has 20 " \
        "dead letters, of at most 20 (dead_limit)" in done.stdout
    assert redis.call("HGET", HOLD, "reason") == b""
    redis.call("HSET", HOLD, "reason", "full")
    done = relay.relayctl("dead", *command, *ids[10:12])
    assert done.stdout.endswith(
        "event is sent to again; it was on hold (full)\n")


def test_other_holds_are_left_alone(relay, stand_in, redis):
    ids = bury_each(relay, stand_in, event())
    relay.relayctl("hold", "event")
    done = relay.relayctl("dead", "replay", ids[0])
    assert done.stdout == (
        "1 replayed\nevent is on hold (paused): they wait; relayctl resume "
        "event ends it\n")
    assert redis.call("HGET", HOLD, "reason") == b"paused"


def test_as_sent_takes_the_body_of_the_last_try(relay, stand_in, redis):
    bury_many(relay, stand_in, 2)
    arguments = ["dead", "replay", "--all", "--destination", "event",
                 "--as-sent"]
    done = relay.relayctl(*arguments)
    assert done.stdout == (
        "0 replayed\n2 were never sent, so there is no body to send again: "
        "they stay; without --as-sent they are rendered anew\n")
    first, second = relay.relayctl("dead", "export").stdout.splitlines()
    relay.relayctl("dead", "purge", *arguments[2:5], "--yes")
    sent = json.dumps({**json.loads(first), "body": '{"as": "it was"}'})
    path = relay.stage.write("letters.jsonl", f"{sent}\n{second}\n")
    relay.relayctl("dead", "import", str(path))
    done = relay.relayctl(*arguments, "--dry-run")
    assert "1 dead letter would be replayed\n1 were never sent" in done.stdout
    done = relay.relayctl(*arguments)
    assert done.stdout.startswith("1 replayed\n1 were never sent")
    group = json.loads(first)["group"]
    element = redis.call("LINDEX", f"{{relay:0}}:event:jobs:{group}", 0)
    assert b'{"as": "it was"}' in element
    assert [row["id"] for row in listed(relay)] == [json.loads(second)["id"]]


def test_as_sent_arrives_as_it_was(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, **ONE_TRY).start()
    stand_in.fail({"status": 400})
    post(ingest, event(user="u-1"), event(user="u-2"))
    wait_for_dead(relay, 2)
    dispatcher.stop()
    stand_in.recover()
    new = '{"eventTypeKey": "New", "keyValue": "u", "params": []}'
    to_event(relay, stand_in, template=new, **ONE_TRY)
    job, other = [row["id"] for row in listed(relay)]
    assert json.loads(shown(relay, job)["body_sent"])["eventTypeKey"] == \
        "Opened"
    relay.relayctl("dead", "replay", job, "--as-sent")
    relay.relayctl("dead", "replay", other)
    relay.dispatcher()
    refused = [arrival["body"] for arrival in stand_in.arrived()][:2]
    bodies = [arrival["body"] for arrival in stand_in.wait_for(2)]
    assert json.loads(new) in bodies
    assert any(body in refused for body in bodies)


def test_full_destination_goes_on_when_letters_are_replayed(relay, stand_in):
    ingest, _ = to_event(relay, stand_in, dead_limit=3, burn_limit=0,
                         probe_every="1h", **ONE_TRY).start()
    stand_in.fail({"status": 400})
    for number in range(5):
        post(ingest, event(user=f"u-{number}"))
    wait_until(lambda: (stats(relay)["hold"] or {}).get("reason") == "full",
               "the hold")
    assert stats(relay)["dead_now"] == 3
    assert "it has as many dead letters as it may (dead_limit)" in \
        relay.relayctl("stats").stdout
    stand_in.recover()
    done = relay.relayctl("dead", "replay", "--status", "400")
    assert done.stdout == ("3 replayed\nevent is sent to again; it was on "
                           "hold (full)\n")
    wait_until(lambda: stats(relay)["delivered"] == 5, "all deliveries")
    assert stats(relay)["job_difference"] == 0
