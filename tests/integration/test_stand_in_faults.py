"""The stand-in for Reteno fails on demand, and tells what arrived."""

import json
import signal
import socket
import ssl
import struct
import threading

import pytest

from harness.certificates import Authority
from harness.stand_in import (AUTHORIZATION, CONTACT, DEVICE, EVENT, StandIn,
                              by_customer)
from harness.wait import wait_until
from harness.web import (Client, open_socket, parse_answer, read_all, request,
                         send_raw)

HEADERS = {"Content-Type": "application/json", "Authorization": AUTHORIZATION}


def event(user="u-1", key="Opened"):
    return {"eventTypeKey": key,
            "params": [{"name": "externalCustomerId", "value": user}]}


def post(stand_in, body=None, endpoint=EVENT, client=None):
    body = event() if body is None else body
    if client is not None:
        return client.request("POST", endpoint, body, HEADERS)
    with stand_in.client() as own:
        return own.request("POST", endpoint, body, HEADERS)


def raw_request(body=None, endpoint=EVENT):
    """The octets of a request after which the client closes."""
    text = json.dumps(body or event())
    head = "".join(f"{name}: {value}\r\n" for name, value in HEADERS.items())
    return (f"POST {endpoint} HTTP/1.1\r\nHost: a\r\n{head}"
            f"Content-Length: {len(text)}\r\n\r\n{text}").encode()


# -- answers

def test_status_with_body_and_retry_after_in_seconds(stand_in):
    stand_in.fail({"status": 503, "body": "busy", "retry_after": 7})
    answer = post(stand_in)
    assert answer.status == 503 and answer.text == "busy"
    assert answer.headers["Retry-After"] == "7"
    assert answer.headers["Content-Type"] == "text/plain"
    arrival = stand_in.arrived()[0]
    assert arrival["status"] == 503 and not arrival["accepted"]


def test_retry_after_as_a_date_and_body_as_json(stand_in):
    date = "Fri, 20 Nov 2026 20:13:20 GMT"
    stand_in.fail({"status": 429, "retry_after": date, "body": "{}",
                   "content_type": "application/json"})
    answer = post(stand_in)
    assert answer.status == 429 and answer.json == {}
    assert answer.headers["Retry-After"] == date
    assert answer.headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("status", [202, 301, 401, 403, 404, 408, 500, 599])
def test_status_is_answered_as_asked(stand_in, status):
    stand_in.fail({"status": status})
    assert post(stand_in).status == status


def test_fault_with_status_takes_nothing_unless_told_to(stand_in):
    contact = {"externalCustomerId": "u", "channels": []}
    stand_in.fail({"status": 500, "count": 1})
    assert post(stand_in, contact, CONTACT).status == 500
    stand_in.fail({"status": 500, "taken": True, "count": 1})
    assert post(stand_in, contact, CONTACT).status == 500
    # The second was taken although it was answered so: this is a repeat.
    assert post(stand_in, contact, CONTACT).status == 409
    first, second, third = stand_in.arrived()
    assert [a["accepted"] for a in (first, second, third)] == [
        False, True, False]
    assert second["status"] == 500


def test_latency_delays_the_answer_of_what_is_taken_at_once(stand_in):
    stand_in.fail({"latency_ms": 400})
    with stand_in.client() as client:
        done = threading.Thread(target=post, args=(stand_in, None, EVENT,
                                                   client))
        done.start()
        wait_until(stand_in.accepted, "the arrival")
        done.join()
    arrival = stand_in.accepted()[0]
    assert arrival["status"] == 200
    assert arrival["answered_at_ms"] - arrival["at_ms"] >= 300


def test_latency_and_status_go_together(stand_in):
    stand_in.fail({"latency_ms": 200, "status": 502})
    assert post(stand_in).status == 502
    arrival = stand_in.arrived()[0]
    assert arrival["answered_at_ms"] - arrival["at_ms"] >= 100


# -- connections

def test_hang_never_answers_and_ends_with_the_client(stand_in):
    stand_in.fail({"break": "hang"})
    with open_socket(stand_in.url) as sock:
        sock.sendall(raw_request())
        wait_until(stand_in.arrived, "the arrival")
        sock.settimeout(0.3)
        with pytest.raises(socket.timeout):
            sock.recv(1)
        assert stand_in.stats()["in_hand"] == 1
    wait_until(lambda: stand_in.stats()["in_hand"] == 0, "the end")
    arrival = stand_in.arrived()[0]
    assert arrival["broken"] == "hang" and arrival["status"] is None
    assert not arrival["accepted"]


def test_hang_that_takes_makes_a_repeat(stand_in):
    contact = {"externalCustomerId": "u", "channels": []}
    stand_in.fail({"break": "hang", "taken": True, "count": 1})
    with open_socket(stand_in.url) as sock:
        sock.sendall(raw_request(contact, CONTACT))
        wait_until(stand_in.accepted, "the arrival")
    assert post(stand_in, contact, CONTACT).status == 409


def test_hang_in_hand_does_not_keep_the_stand_in_from_ending(stand_in):
    stand_in.fail({"break": "hang"})
    with open_socket(stand_in.url) as sock:
        sock.sendall(raw_request())
        wait_until(stand_in.arrived, "the arrival")
        assert stand_in.stop() == 0


def test_reset_is_a_reset(stand_in):
    stand_in.fail({"break": "reset"})
    with open_socket(stand_in.url) as sock:
        sock.sendall(raw_request())
        with pytest.raises(ConnectionResetError):
            read_all(sock)
    assert stand_in.arrived()[0]["broken"] == "reset"


def test_close_is_an_end_without_an_octet(stand_in):
    stand_in.fail({"break": "close"})
    assert send_raw(stand_in.url, raw_request(), finish=False) == b""
    assert stand_in.arrived()[0]["broken"] == "close"


def test_garbage_is_not_http(stand_in):
    stand_in.fail({"break": "garbage"})
    data = send_raw(stand_in.url, raw_request(), finish=False)
    assert data and not data.startswith(b"HTTP")
    assert stand_in.arrived()[0]["broken"] == "garbage"


@pytest.mark.parametrize("endpoint, body", [
    (EVENT, event()), (CONTACT, {"externalCustomerId": "u", "channels": []})])
def test_half_is_half_of_an_answer_to_what_was_taken(stand_in, endpoint, body):
    stand_in.fail({"break": "half"})
    data = send_raw(stand_in.url, raw_request(body, endpoint), finish=False)
    answer = parse_answer(data)
    assert answer.status == 200
    assert 0 < len(answer.body) < int(answer.headers["Content-Length"])
    arrival = stand_in.arrived()[0]
    assert arrival["broken"] == "half" and arrival["status"] == 200
    assert arrival["accepted"]


def test_half_of_an_answer_that_the_fault_gives(stand_in):
    stand_in.fail({"break": "half", "status": 500, "body": "0123456789"})
    data = send_raw(stand_in.url, raw_request(), finish=False)
    assert parse_answer(data).status == 500
    assert data.endswith(b"\r\n\r\n01234")
    assert not stand_in.arrived()[0]["accepted"]


def test_connection_is_kept_between_answers(stand_in):
    stand_in.fail({"status": 500, "count": 1})
    with stand_in.client() as client:
        assert post(stand_in, client=client).status == 500
        local = client.connection.sock.getsockname()
        assert post(stand_in, client=client).status == 200
        assert client.connection.sock.getsockname() == local


# -- rules of faults

def test_first_rule_that_matches_is_played(stand_in):
    stand_in.fail({"endpoint": CONTACT, "status": 500},
                  {"endpoint": EVENT, "contains": '"u-2"', "status": 501},
                  {"endpoint": EVENT, "status": 502})
    assert post(stand_in, event("u-2")).status == 501
    assert post(stand_in, event("u-1")).status == 502
    assert post(stand_in, {}, CONTACT).status == 500
    assert post(stand_in, {}, DEVICE).status == 401
    assert stand_in.hits() == [1, 1, 1]


def test_rule_is_spent_after_its_count(stand_in):
    stand_in.fail({"status": 500, "count": 2}, {"status": 503, "count": 1})
    assert [post(stand_in).status for _ in range(4)] == [500, 500, 503, 200]
    assert stand_in.hits() == [2, 1]


def test_rules_are_replaced_and_taken_away(stand_in):
    stand_in.fail({"status": 500})
    stand_in.fail({"status": 503})
    assert post(stand_in).status == 503
    stand_in.recover()
    assert post(stand_in).status == 200


def test_rules_replaced_while_an_answer_waits_do_not_change_it(stand_in):
    stand_in.fail({"latency_ms": 300, "status": 500, "body": "late",
                   "retry_after": "soon"})
    answers = []
    with stand_in.client() as client:
        thread = threading.Thread(target=lambda: answers.append(
            post(stand_in, client=client)))
        thread.start()
        wait_until(stand_in.arrived, "the arrival")
        stand_in.recover()
        thread.join()
    assert answers[0].status == 500 and answers[0].text == "late"
    assert answers[0].headers["Retry-After"] == "soon"


@pytest.mark.parametrize("rules", [
    {}, "x", [1], [{"stauts": 500}], [{"status": 99}], [{"status": "500"}],
    [{"break": "all"}], [{"endpoint": "/api/v9"}], [{"count": -1}],
    [{"latency_ms": -1}], [{"taken": 1}], [{"taken": False}],
    [{"break": "half", "taken": False}], [{"retry_after": 1.5}],
    [{"contains": 1}], [{"body": {}}], [{"status": 500}, {"status": 1}]])
def test_rules_that_are_none_are_refused_and_change_nothing(stand_in, rules):
    stand_in.fail({"status": 418})
    answer = request(stand_in.url, "POST", "/_stand-in/faults",
                     json.dumps(rules))
    assert answer.status == 400 and answer.json["error"]
    assert post(stand_in).status == 418


# -- what arrived

def test_arrived_is_in_order_and_can_be_asked_for_in_parts(stand_in):
    for number in range(5):
        post(stand_in, event(key=f"e{number}"))
    post(stand_in, {"eventTypeKey": ""})
    arrived = stand_in.arrived()
    assert [a["seq"] for a in arrived] == [1, 2, 3, 4, 5, 6]
    assert [a["seq"] for a in stand_in.arrived(since=4)] == [5, 6]
    assert [a["seq"] for a in stand_in.arrived(since=2, limit=2)] == [3, 4]
    assert [a["seq"] for a in stand_in.accepted()] == [1, 2, 3, 4, 5]
    assert [a["seq"] for a in stand_in.accepted(since=4)] == [5]
    times = [a["at_ms"] for a in arrived]
    assert times == sorted(times)


def test_arrived_is_forgotten_and_numbers_go_on(stand_in):
    post(stand_in)
    stand_in.forget()
    assert stand_in.arrived() == []
    post(stand_in)
    assert [a["seq"] for a in stand_in.arrived()] == [2]


def test_arrived_keeps_the_newest_and_counts_what_it_dropped(stage):
    stand_in = StandIn(stage, "--keep", 3)
    for number in range(5):
        post(stand_in, event(key=f"e{number}"))
    assert [a["body"]["eventTypeKey"] for a in stand_in.arrived()] == [
        "e2", "e3", "e4"]
    stats = stand_in.stats()
    assert stats["kept"] == 3 and stats["dropped"] == 2
    assert stand_in.count(EVENT, 200) == 5


def test_arrived_shows_a_body_that_is_no_json_as_text(stand_in):
    with stand_in.client() as client:
        client.request("POST", EVENT, b'a"b\\\n\xff\x00', HEADERS)
    assert stand_in.arrived()[0]["body"] == 'a"b\\\n\ufffd\x00'


def test_arrived_shows_other_paths_and_methods(stand_in):
    with stand_in.client() as client:
        client.request("PUT", "/api/v1/nothing?a=b", b"{}", HEADERS)
    arrival = stand_in.arrived()[0]
    assert arrival["endpoint"] == "other" and arrival["method"] == "PUT"
    assert arrival["path"] == "/api/v1/nothing" and arrival["status"] == 404


def test_arrived_refuses_a_query_it_does_not_understand(stand_in):
    answer = request(stand_in.url, "GET", "/_stand-in/arrived?since=x")
    assert answer.status == 400


def test_arrived_gives_the_order_of_each_customer(stand_in):
    for user, key in (("a", "1"), ("b", "1"), ("a", "2")):
        post(stand_in, event(user, key))
    keys = {user: [a["body"]["eventTypeKey"] for a in arrivals]
            for user, arrivals in by_customer(stand_in.accepted()).items()}
    assert keys == {"a": ["1", "2"], "b": ["1"]}


def test_stats_count_by_endpoint_and_status(stand_in):
    stand_in.fail({"break": "close", "count": 1})
    send_raw(stand_in.url, raw_request(), finish=False)
    post(stand_in)
    post(stand_in, {})
    counts = stand_in.stats()["counts"]
    assert counts[EVENT] == {"none": 1, "200": 1, "400": 1}
    assert counts[CONTACT] == {}
    stand_in.call("DELETE", "stats")
    assert stand_in.stats()["counts"][EVENT] == {}


def test_stats_tell_how_many_were_in_hand_at_once(stand_in):
    stand_in.fail({"latency_ms": 500})
    threads = [threading.Thread(target=post, args=(stand_in, event(f"u{n}")))
               for n in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: stand_in.stats()["in_hand"] == 3, "three in hand")
    for thread in threads:
        thread.join()
    stats = stand_in.stats()
    assert stats["max_in_hand"] == 3 and stats["in_hand"] == 0


def test_side_endpoints_answer_404_405_and_health(stand_in):
    assert stand_in.call("GET", "healthz") == {"ok": True}
    with stand_in.client() as client:
        assert client.request("GET", "/_stand-in/x").status == 404
        assert client.request("PUT", "/_stand-in/arrived").status == 405
    assert stand_in.arrived() == []


# -- the process

def test_tls_with_a_trusted_authority_is_served(stage, authority):
    certificate, key = authority.issue()
    stand_in = StandIn(stage, "--tls-cert", certificate, "--tls-key", key,
                       ca_file=authority.ca_file)
    assert stand_in.url.startswith("https://")
    assert post(stand_in).status == 200
    for fault in ("reset", "close", "garbage", "half"):
        stand_in.fail({"break": fault, "count": 1})
        with pytest.raises(Exception):
            post(stand_in)
        assert stand_in.arrived()[-1]["broken"] == fault


def test_tls_is_refused_by_a_client_that_trusts_another(stage, authority):
    certificate, key = authority.issue()
    stand_in = StandIn(stage, "--tls-cert", certificate, "--tls-key", key,
                       ca_file=authority.ca_file)
    other = Authority(stage, "other")
    with Client(stand_in.url, ca_file=other.ca_file) as client:
        with pytest.raises(ssl.SSLCertVerificationError):
            client.request("GET", "/_stand-in/healthz")


def test_client_that_goes_in_the_middle_of_a_request_does_no_harm(stand_in):
    for cut in (1, 40, 150):
        with open_socket(stand_in.url) as sock:
            sock.sendall(raw_request()[:cut])
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                            struct.pack("ii", 1, 0))
    assert post(stand_in).status == 200
    assert len(stand_in.arrived()) == 1


@pytest.mark.parametrize("options", [
    ["--listen", "nowhere"], ["--listen", "127.0.0.1:70000"], ["--rate", "0"],
    ["--rate", "/api/x=1"], ["--keep", "0"], ["--what"], ["word"],
    ["--duplicate-window-ms", "-1"], ["--tls-cert", "a.pem"]])
def test_bad_command_line_is_told_with_status_2(stage, options):
    process = StandIn.run(stage, *options)
    assert process.run() == 2
    assert process.log().startswith("reteno-stand-in: ")


def test_address_in_use_is_told_with_status_1(stage, stand_in):
    process = StandIn.run(
        stage, "--listen", stand_in.url.partition("//")[2])
    assert process.run() == 1
    assert "cannot listen" in process.log()


def test_help_tells_the_options(stage):
    process = StandIn.run(stage, "--help")
    assert process.run() == 0
    assert "--duplicate-window-ms" in process.log()


@pytest.mark.parametrize("signal_name", ["SIGTERM", "SIGINT"])
def test_signal_ends_it_with_status_0(stand_in, signal_name):
    post(stand_in)
    stand_in.process.is_stopped_by_test = True
    stand_in.process.signal(getattr(signal, signal_name))
    assert stand_in.process.wait() == 0
