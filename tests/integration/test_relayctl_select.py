"""Which dead letters a command is about."""

import pytest

from controlling import bury_each, bury_many, listed, stats, wait_for_dead
from dispatching import ONE_TRY, event, post, to_event
from harness.stand_in import DEVICE


def ids_of(rows):
    return [row["id"] for row in rows]


def test_letters_are_selected_by_what_is_in_them(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1", kind="Opened"),
                    # Reteno takes no comma in a type.
                    event(user="u-2", kind="Closed, twice"),
                    event(user="17"))
    for arguments, expected in [
            (["--event-type", "Opened"], [ids[0], ids[2]]),
            (["--event-type", "Closed, twice"], [ids[1]]),
            (["--user", "u-1"], [ids[0]]),
            (["--user", "17"], [ids[2]]),
            (["--user", "17", "--event-type", "Closed"], []),
            (["--device", "u-1"], []),
            (["--outcome", "rejected"], [ids[0], ids[2]]),
            (["--outcome", "unknown, render_error"], [ids[1]]),
            (["--status", "400"], [ids[0], ids[2]]),
            (["--status", "4xx,500"], [ids[0], ids[2]]),
            (["--status", "0"], [ids[1]]),
            (["--template", "event.ftl"], ids),
            (["--template", "contact.ftl"], []),
            (["--since", "1h"], ids),
            (["--until", "1h"], []),
            (["--since", "2020-01-01", "--until", "9999-01-01"], ids),
            ([ids[1], ids[0]], ids[:2]),
            ([ids[1], ids[0], "--user", "u-1"], [ids[0]])]:
        assert ids_of(listed(relay, *arguments)) == expected, arguments


def test_time_of_a_letter_selects_it_alone(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"), event(user="u-2"))
    died = listed(relay)[1]["died_at"]
    assert ids_of(listed(relay, "--since", died, "--until", died)) == [ids[1]]


def test_user_is_found_where_there_is_no_order(relay, stand_in):
    ingest, _ = to_event(relay, stand_in, order="none", **ONE_TRY).start()
    stand_in.fail({"status": 400})
    post(ingest, event(user="u-1"), event(user="u-10"))
    wait_for_dead(relay, 2)
    rows = listed(relay, "--user", "u-1")
    assert len(rows) == 1


def test_limit_of_a_selection_says_that_there_are_more(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"), event(user="u-2"),
                    event(user="u-3", kind="Other"))
    done = relay.relayctl("dead", "list", "--event-type", "Opened",
                          "--limit", "1")
    assert [line.split()[0] for line in done.stdout.splitlines()[1:]] == \
        ids[:1]
    assert done.stderr == \
        "relayctl: the first 1; there are more: --limit shows them\n"
    done = relay.relayctl("dead", "list", "--event-type", "Opened",
                          "--limit", "2")
    assert done.stderr == ""


def test_selected_letters_are_shown_whole(relay, stand_in):
    ids = bury_each(relay, stand_in, event(user="u-1"),
                    event(user="u-2", kind="Other"), event(user="u-3"))
    text = relay.relayctl("dead", "show", "--event-type", "Opened").stdout
    assert [line.split()[1] for line in text.splitlines()
            if line.startswith("id ")] == [ids[0], ids[2]]
    done = relay.relayctl("dead", "show", "--event-type", "Opened",
                          "--limit", "1")
    assert "the first 1; there are more" in done.stderr
    text = relay.relayctl("dead", "show", ids[2], ids[0]).stdout
    assert text.count("rendered now") == 2
    done = relay.relayctl("dead", "show", "--user", "nobody", check=False)
    assert done.returncode == 1
    assert done.stderr == "relayctl: no dead letter is like that\n"


@pytest.mark.parametrize("limit", [700, 1100])
def test_oldest_of_all_destinations_come_first(relay, stand_in, limit):
    bury_many(relay, stand_in, 1000)
    relay.add_destination("device", stand_in.url + DEVICE,
                          template="${nothing}", burn_limit=0)
    relay.add_route("/amplitude/users", "device")
    ingest, _ = relay.start()
    ingest.post("/amplitude/users",
                [{"device_id": f"d-{n}"} for n in range(200)])
    wait_for_dead(relay, 200, "device")
    rows = listed(relay, "--limit", str(limit))
    assert len(rows) == limit
    assert [row["died_at"] for row in rows] == \
        sorted(row["died_at"] for row in rows)
    assert [row["destination"] for row in rows].count("event") == \
        min(limit, 1000)
    assert stats(relay)["dead_now"] == 1000
