"""SIGHUP: ingest goes by another configuration without a restart."""

import json
import socket

import pytest

from dispatching import ROUTE, event, ledger, post, to_event
from harness.relay import SECRET, SECRET_HEADER
from harness.stand_in import EVENT

OK = "relay_config_last_reload_successful"


def replace(relay, old, new):
    assert old in relay.settings
    relay.settings = relay.settings.replace(old, new)


def with_secrets(relay, *secrets):
    """In place of those there are."""
    line = next(line for line in relay.settings.splitlines()
                if "secrets:" in line)
    replace(relay, line, f"    secrets: {json.dumps(secrets)}")


def post_with(ingest, secret, path=ROUTE, body=None):
    return ingest.post(path, body or event(), {SECRET_HEADER: secret})


def test_new_secret_opens_and_the_old_one_no_longer(relay, stand_in):
    ingest = to_event(relay, stand_in).ingest()
    assert post_with(ingest, "another").status == 401
    with_secrets(relay, SECRET, "another")
    ingest.reload()
    assert post_with(ingest, SECRET).status == 200
    assert post_with(ingest, "another").status == 200
    with_secrets(relay, "another")
    ingest.reload()
    assert post_with(ingest, SECRET).status == 401
    assert post_with(ingest, "another").status == 200
    assert ingest.metrics()[OK] == 1


def test_kept_connection_goes_by_the_new_secret(relay, stand_in):
    ingest = to_event(relay, stand_in).ingest()
    client = ingest.client()
    assert ingest.post(ROUTE, event(), client=client).status == 200
    with_secrets(relay, "another")
    ingest.reload()
    assert ingest.post(ROUTE, event(), client=client).status == 401


def test_request_that_has_begun_goes_by_the_old(relay, stand_in):
    ingest = to_event(relay, stand_in).ingest()
    body = json.dumps(event()).encode()
    host, port = ingest.address.split(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(
            f"POST {ROUTE} HTTP/1.1\r\nHost: h\r\n{SECRET_HEADER}: {SECRET}\r\n"
            "Content-Type: application/json\r\nExpect: 100-continue\r\n"
            f"Content-Length: {len(body)}\r\n\r\n".encode())
        assert b"100 Continue" in sock.recv(1000)  # its head was taken
        with_secrets(relay, "another")
        ingest.reload()
        sock.sendall(body)
        assert b"HTTP/1.1 200 " in sock.recv(1000)


def test_routes_fields_and_limits_are_followed(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, max_depth=1).start()
    dispatcher.stop()
    post(ingest, event(user="u-1"))
    full = ingest.post(ROUTE, event(user="u-2"))
    assert (full.status, full.headers["Retry-After"]) == (503, "30")
    relay.destinations.clear()
    relay.routes.clear()
    to_event(relay, stand_in, max_depth=2)
    relay.routes["/other"] = relay.routes.pop(ROUTE)
    replace(relay, "ingest:\n",
            "ingest:\n  retry_after: 9s\n  max_body: 1KiB\n")
    ingest.reload()
    assert ingest.post(ROUTE, event()).status == 404
    assert ingest.post("/other", event(user="u-2")).status == 200
    full = ingest.post("/other", event(user="u-3"))
    assert (full.status, full.headers["Retry-After"]) == (503, "9")
    assert ingest.post("/other", event(user="u" * 2000)).status == 413
    # And up again, also on a connection that was there before.
    client = ingest.client()
    assert ingest.post("/other", event(user="u" * 2000),
                       client=client).status == 413
    replace(relay, "max_body: 1KiB\n", "max_body: 1MiB\n")
    replace(relay, "retry_after: 9s\n", "retry_after: 3s\n")
    ingest.reload()
    full = ingest.post("/other", event(user="u" * 3000), client=client)
    assert (full.status, full.headers["Retry-After"]) == (503, "3")


def test_dedupe_is_followed(relay, stand_in):
    ingest, dispatcher = to_event(relay, stand_in, dedupe_for="0s").start()
    post(ingest, event())
    post(ingest, event())
    stand_in.wait_for(2)
    to_event(relay, stand_in, dedupe_for="1h")
    ingest.reload()
    post(ingest, event(user="u-2"))
    post(ingest, event(user="u-2"))
    stand_in.wait_for(3)
    dispatcher.wait_for_metric(
        'relay_ledger_total{destination="event",entry="duplicates"}', 1)
    assert ledger(dispatcher, "accepted") == 3


def test_shorter_time_limit_ends_who_waits_longer(relay, stand_in):
    ingest = to_event(relay, stand_in).ingest()
    host, port = ingest.address.split(":")
    with socket.create_connection((host, int(port))) as sock:
        sock.sendall(b"POST /x HTTP/1.1\r\n")
        ingest.wait_for_metric("relay_ingest_connections", 1)
        replace(relay, "ingest:\n", "ingest:\n  request_timeout: 1s\n")
        ingest.reload()
        sock.settimeout(20)
        assert b" 408 " in sock.recv(1000)


@pytest.mark.parametrize("spoil, said", [
    (lambda relay: with_secrets(relay), "ingest.auth.secrets"),
    (lambda relay: with_secrets(relay, "${file:/no/such/file}"),
     "/no/such/file"),
    (lambda relay: relay.add_route("/other", "evemt"), "evemt"),
    (lambda relay: replace(relay, "  listen: 127.0.0.1:0\n  admin",
                           "  listen: 127.0.0.1:1\n  admin"),
     "ingest.listen: needs a restart"),
    (lambda relay: relay.add_destination("more", "http://127.0.0.1:1" + EVENT),
     "destinations: their names, or their order: needs a restart"),
], ids=["secrets", "file", "route", "listen", "destinations"])
def test_bad_file_is_refused_and_the_old_one_goes_on(
        relay, stand_in, spoil, said):
    ingest = to_event(relay, stand_in).ingest()
    spoil(relay)
    line = ingest.refuse_reload()
    assert line["level"] == "error"
    assert said in line["reason"], line
    assert ingest.metrics()[OK] == 0
    assert ingest.is_ready()
    assert post_with(ingest, SECRET).status == 200


def test_many_reloads_under_load_refuse_nothing(relay, stand_in):
    ingest = to_event(relay, stand_in).ingest()
    client = ingest.client()
    for turn in range(60):
        with_secrets(relay, SECRET, f"secret-{turn}")
        ingest.reload()
        for user in range(5):
            answer = ingest.post(
                ROUTE, event(user=f"u-{turn}-{user}"), client=client)
            assert answer.status == 200, answer
    assert ingest.get("/livez").status == 200
