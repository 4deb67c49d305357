"""relayctl dead export and import: whole letters, out and in again."""

import json
import stat

from controlling import begin, bury_each, bury_many, listed, run, shown, stats
from controlling import wait_for_dead
from dispatching import ONE_TRY, event, kinds, post, to_event
from harness.wait import PATIENCE_S, wait_until

BLOCK = "{relay:0}:event:"


def exported(relay, *arguments):
    return relay.relayctl("dead", "export", *arguments).stdout


def purge(relay):
    relay.relayctl("dead", "purge", "--all", "--destination", "event", "--yes")


def imported(relay, text, check=True):
    path = relay.stage.write("letters.jsonl", text)
    return relay.relayctl("dead", "import", str(path), check=check)


def test_letters_come_back_as_they_were(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1", text="\u00e4\x1b\""),
                    event(user="u-2"))
    before = [shown(relay, job) for job in ids]
    done = relay.relayctl("dead", "export")
    assert done.stderr == "relayctl: 2 dead letters exported\n"
    lines = done.stdout.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    assert json.loads(lines[0])["object"]["text"] == "\u00e4\x1b\""
    purge(relay)
    assert imported(relay, done.stdout).stdout == "2 imported\n"
    assert [shown(relay, job) for job in ids] == before
    assert exported(relay) == done.stdout
    relay.relayctl("dead", "replay", *ids)
    assert kinds(stand_in.wait_for(2)) == ["Opened", "Opened"]
    row = stats(relay)
    assert row["imported"] == row["dead_purged"] == 2
    assert row["dead_difference"] == 0


def test_what_is_there_already_is_left_alone(relay, stand_in):
    bury_each(relay, stand_in, event(user="u-1"), event(user="u-2"))
    text = exported(relay)
    assert imported(relay, text).stdout == \
        "0 imported, 2 there already\n"
    relay.relayctl("dead", "purge", "--user", "u-1", "--yes")
    assert imported(relay, text + text).stdout == \
        "1 imported, 3 there already\n"
    assert exported(relay) == text


def test_bad_lines_are_named_and_the_others_imported(relay, stand_in):
    bury_each(relay, stand_in, event(user="u-1"), event(user="u-2"))
    first, second = exported(relay).splitlines()
    purge(relay)
    elsewhere = json.dumps({**json.loads(first), "destination": "evnt"})
    done = imported(relay, "\n".join(
        ["{}", first, "", first[:100], elsewhere, second]), check=False)
    assert done.returncode == 1
    assert done.stdout == "2 imported, 3 bad lines\n"
    path = relay.stage.folder / "letters.jsonl"
    errors = done.stderr.splitlines()
    assert errors[0] == (f"relayctl: {path}:1: not a dead letter as `dead "
                         "export` writes it")
    assert errors[1].startswith(f"relayctl: {path}:4: not JSON from ")
    assert errors[2] == (f"relayctl: {path}:5: there is no destination evnt; "
                         "did you mean event?")
    assert len(listed(relay)) == 2


def test_letter_that_is_no_job_keeps_its_bytes(relay, stand_in, redis):
    to_event(relay, stand_in, **ONE_TRY)
    post(relay.ingest(), event(user="u-1"))
    redis.call("LSET", BLOCK + "jobs:u:u-1", 0, b"garbage\x1b\x00\xff")
    relay.dispatcher()
    wait_for_dead(relay, 1)
    text = exported(relay)
    assert "object" not in json.loads(text)
    purge(relay)
    imported(relay, text)
    assert exported(relay) == text
    assert "garbage\\x1b\\x00\\xff" in \
        relay.relayctl("dead", "show", listed(relay)[0]["id"]).stdout


def test_letters_move_to_a_relay_with_other_shards(relay, stand_in):
    bury_many(relay, stand_in, 50)
    text = exported(relay)
    relay.set("redis.prefix", "other")
    relay.set("redis.shards", "4")
    assert imported(relay, text).stdout == "50 imported\n"
    assert imported(relay, text).stdout == "0 imported, 50 there already\n"
    done = relay.relayctl("dead", "replay", "--all", "--destination", "event")
    assert done.stdout == "50 replayed\n"
    relay.dispatcher()
    stand_in.wait_for(50)


def test_selected_letters_are_exported(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"),
                    event(user="u-2", kind="Other"))
    line, = exported(relay, "--event-type", "Other").splitlines()
    assert json.loads(line)["id"] == ids[1]
    done = relay.relayctl("dead", "export", ids[0], "0-1", check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["id"] == ids[0]
    assert "no dead letter 0-1" in done.stderr


def test_file_is_new_and_mine_alone(relay, stand_in):
    bury_each(relay, stand_in, event())
    path = relay.stage.folder / "out.jsonl"
    done = relay.relayctl("dead", "export", "--output", str(path))
    assert done.stdout == ""
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text()
    assert text == exported(relay)
    done = relay.relayctl("dead", "export", "--output", str(path), check=False)
    assert done.returncode == 1
    assert "File exists; name a new file" in done.stderr
    assert path.read_text() == text


def test_disk_that_is_full_is_told(relay, stand_in):
    bury_many(relay, stand_in, 300)
    with open("/dev/full", "w", encoding="ascii") as full:
        child = begin(relay, "dead", "export", stdout=full)
        _, err = child.communicate(timeout=PATIENCE_S)
    assert child.returncode == 1
    assert "standard output is not whole: No space left on device" in err


def test_import_reads_a_pipe(relay, stand_in):
    bury_many(relay, stand_in, 20)
    text = exported(relay)
    purge(relay)
    done = run(relay.stage, *relay.arguments(), "dead", "import", "-",
               stdin=text + "?\n", check=False)
    assert done.returncode == 1
    assert done.stdout == "20 imported, 1 bad line\n"
    assert "standard input:21: not JSON" in done.stderr


def test_import_that_was_killed_goes_on(relay, stand_in):
    bury_many(relay, stand_in, 1000)
    path = relay.stage.write("letters.jsonl", exported(relay))
    purge(relay)
    child = begin(relay, "dead", "import", path)
    wait_until(lambda: stats(relay)["imported"] > 0, "some imported")
    child.kill()
    child.communicate(timeout=PATIENCE_S)
    done = relay.relayctl("dead", "import", str(path))
    assert done.stdout.split()[1].startswith("imported")
    row = stats(relay)
    assert row["dead_now"] == 1000 and row["dead_difference"] == 0
    assert row["imported"] == 1000


def test_file_that_is_not_there_is_told(relay, stand_in):
    to_event(relay, stand_in)
    done = relay.relayctl("dead", "import", "/nowhere", check=False)
    assert done.returncode == 2
    assert done.stderr == ("relayctl: cannot read /nowhere: No such file or "
                           "directory\n")
