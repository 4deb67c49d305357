"""What relay-ingest answers: each status, and what is said with it."""

import email.utils
import gzip
import http.client
import json

import pytest

from harness.relay import SECRET, SECRET_HEADER
from harness.stand_in import EVENT
from harness.web import open_socket, parse_answer, read_all, send_raw

NOBODY = "http://127.0.0.1:9"
HEAD = ("POST /amplitude/events HTTP/1.1\r\nHost: relay\r\n"
        f"{SECRET_HEADER}: {SECRET}\r\nContent-Type: application/json\r\n")


@pytest.fixture
def ingest(relay):
    """Two routes: events feed one destination, users feed two."""
    relay.add_destination("event", NOBODY + EVENT)
    relay.add_destination("second", NOBODY + EVENT)
    relay.add_route("/amplitude/events", "event")
    relay.add_route("/amplitude/users", "event", "second")
    return relay.ingest()


def head(**headers):
    return HEAD + "".join(f"{name.replace('_', '-')}: {value}\r\n"
                          for name, value in headers.items()) + "\r\n"


def refusals(ingest):
    return ingest.find_log(event="request_refused")


def test_one_object_is_200_with_its_job(ingest):
    answer = ingest.post("/amplitude/events", {"user_id": "u", "uuid": "1"})
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Relay-Ack"] == "redis"
    assert answer.json["accepted"] == 1
    assert answer.json["duplicate"] == 0
    assert len(answer.json["jobs"]) == 1
    assert answer.json["jobs"][0].startswith("0-")
    ingest.wait_for_metric('relay_depth{destination="event"}', 1)


def test_array_is_one_job_for_each_object_and_destination(ingest):
    objects = [{"user_id": f"u{n}", "uuid": str(n)} for n in range(10)]
    answer = ingest.post("/amplitude/users", objects)
    assert answer.status == 200
    assert answer.json["accepted"] == 20
    assert len(set(answer.json["jobs"])) == 20
    ingest.wait_for_metric('relay_depth{destination="event"}', 10)
    ingest.wait_for_metric('relay_depth{destination="second"}', 10)


def test_empty_array_is_200_and_nothing(ingest):
    answer = ingest.post("/amplitude/events", [])
    assert answer.status == 200
    assert answer.json == {"accepted": 0, "duplicate": 0, "jobs": []}


def test_repeat_is_200_and_duplicate(ingest):
    body = [{"user_id": "u", "uuid": "1"},
            {"device_id": "d", "$insert_id": "2"}]
    assert ingest.post("/amplitude/events", body).json["accepted"] == 2
    answer = ingest.post("/amplitude/events", body)
    assert answer.status == 200
    assert answer.json == {"accepted": 0, "duplicate": 2, "jobs": []}
    ingest.wait_for_metric('relay_depth{destination="event"}', 2)


def test_duplicates_within_one_body_are_seen(ingest):
    same = {"user_id": "u", "uuid": "1"}
    answer = ingest.post("/amplitude/events", [same, same])
    assert (answer.status, answer.json["accepted"],
            answer.json["duplicate"]) == (200, 1, 1)


def test_objects_without_delivery_id_are_never_duplicates(ingest):
    for _ in range(2):
        answer = ingest.post("/amplitude/users", {"user_id": "u"})
        assert answer.json["accepted"] == 2


def test_query_is_ignored(ingest):
    answer = ingest.post("/amplitude/events?from=amplitude&x", {"a": 1})
    assert answer.status == 200


@pytest.mark.parametrize("body, place, words", [
    (b"", (1, 1), "empty"),
    (b" \r\n", (1, 1), "empty"),
    (b"{\"a\":1", (1, 7), ""),
    (b"{\n  \"a\": nope\n}", (2, 8), ""),
    (b"42", (1, 1), "object"),
    (b"[{}, 42]", (1, 6), "object"),
    (b"a=1&b=2", (1, 1), ""),
])
def test_not_usable_json_is_400_with_place(ingest, body, place, words):
    answer = ingest.post("/amplitude/events", body)
    assert answer.status == 400
    assert (answer.json["line"], answer.json["column"]) == place
    assert words in answer.json["error"]
    assert len(refusals(ingest)) == 1
    assert refusals(ingest)[0]["status"] == "400"
    assert refusals(ingest)[0]["level"] == "info"


@pytest.mark.parametrize("value", [None, "", "wrong", SECRET + "x"])
def test_without_the_secret_is_401_that_names_the_header(ingest, value):
    headers = {} if value is None else {SECRET_HEADER: value}
    with ingest.client() as client:
        answer = client.request(
            "POST", "/amplitude/events", {"a": 1},
            {"Content-Type": "application/json", **headers})
    assert answer.status == 401
    assert SECRET_HEADER in answer.json["error"]
    assert SECRET not in answer.text
    assert SECRET not in ingest.process.log()


def test_other_path_is_404(ingest):
    for path in ("/", "/amplitude", "/amplitude/events/", "/metrics",
                 "/amplitude/%65vents", "*"):
        answer = ingest.post(path, {"a": 1})
        assert answer.status == 404, path
        assert "error" in answer.json
        assert "/amplitude/events" not in answer.text
    metrics = ingest.metrics()
    assert metrics[
        'relay_ingest_requests_total{route="other",status="404"}'] == 6


@pytest.mark.parametrize("method", [
    "GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"])
def test_other_method_is_405_that_allows_post(ingest, method):
    with ingest.client() as client:
        answer = client.request(method, "/amplitude/events")
        assert answer.status == 405
        assert answer.headers["Allow"] == "POST"
        # Whether a BREW has a body nobody knows.
        assert answer.headers["Connection"] == (
            "close" if method == "BREW" else None)
        assert "POST" in answer.json["error"]
        assert client.request("GET", "/none").status == 404


def test_head_is_405_without_a_body(ingest):
    data = send_raw(ingest.address,
                    b"HEAD /amplitude/events HTTP/1.1\r\nHost: r\r\n\r\n")
    assert data.startswith(b"HTTP/1.1 405 ")
    assert data.endswith(b"\r\n\r\n")


def test_no_length_is_411(ingest):
    data = send_raw(ingest.address, head().encode() + b'{"a":1}',
                    finish=False)
    answer = parse_answer(data)
    assert answer.status == 411
    assert "Content-Length" in answer.json["error"]
    assert answer.headers["Connection"] == "close"
    assert data.count(b"HTTP/1.1") == 1


def test_unknown_transfer_encoding_is_411(ingest):
    request = head(Transfer_Encoding="gzip, chunked") + "2\r\n{}\r\n0\r\n\r\n"
    data = send_raw(ingest.address, request.encode(), finish=False)
    assert parse_answer(data).status == 411
    assert data.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("headers", [
    "Content-Length: 2\r\nContent-Length: 2\r\n",
    "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n",
])
def test_two_lengths_are_400(ingest, headers):
    request = HEAD + headers + "\r\n{}"
    if "chunked" in headers:
        request = HEAD + headers + "\r\n2\r\n{}\r\n0\r\n\r\n"
    answer = parse_answer(send_raw(
        ingest.address, request.encode(), finish=False))
    assert answer.status == 400
    assert answer.headers["Connection"] == "close"


def test_body_at_the_limit_is_taken_and_over_it_is_413(ingest):
    limit = 1024 * 1024
    body = json.dumps({"a": ""})
    fits = body.replace('""', '"' + "x" * (limit - len(body)) + '"')
    assert len(fits) == limit
    assert ingest.post("/amplitude/events", fits).status == 200
    answer = ingest.post("/amplitude/events", fits + " ")
    assert answer.status == 413
    assert str(limit) in answer.json["error"]
    assert answer.headers["Connection"] == "close"
    # As Transfer-Encoding: chunked, too.
    with ingest.client() as client:
        client.connection.request(
            "POST", "/amplitude/events", iter([fits.encode(), b" "]),
            {"Content-Type": "application/json", SECRET_HEADER: SECRET})
        assert client.connection.getresponse().status == 413


def test_chunks_that_are_none_are_400_that_says_so(ingest):
    request = head(Transfer_Encoding="chunked") + "zz\r\n{}\r\n0\r\n\r\n"
    answer = parse_answer(send_raw(
        ingest.address, request.encode(), finish=False))
    assert answer.status == 400
    assert "chunks" in answer.json["error"]
    assert answer.headers["Connection"] == "close"


def test_body_far_over_the_limit_is_413(ingest):
    answer = ingest.post("/amplitude/events", b"x" * (5 * 1024 * 1024))
    assert answer.status == 413
    assert str(1024 * 1024) in answer.json["error"]
    assert refusals(ingest)[0]["status"] == "413"
    assert ingest.metrics()['relay_ingest_requests_total'
                            '{route="/amplitude/events",status="413"}'] == 1


@pytest.mark.parametrize("content_type", [
    None, "text/plain", "application/x-www-form-urlencoded",
    "application/jsonp", "application/json-patch+json", ""])
def test_other_content_type_is_415(ingest, content_type):
    headers = {SECRET_HEADER: SECRET}
    if content_type is not None:
        headers["Content-Type"] = content_type
    with ingest.client() as client:
        answer = client.request("POST", "/amplitude/events", "{}", headers)
    assert answer.status == 415
    assert "application/json" in answer.json["error"]


@pytest.mark.parametrize("content_type", [
    "application/json; charset=utf-8", "APPLICATION/JSON",
    "application/json;charset=UTF-8"])
def test_content_type_may_have_parameters(ingest, content_type):
    answer = ingest.post("/amplitude/events", "{}",
                         {"Content-Type": content_type})
    assert answer.status == 200


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip"])
def test_body_of_gzip_is_taken(ingest, coding):
    body = gzip.compress(json.dumps({"uuid": "1"}).encode())
    answer = ingest.post("/amplitude/events", body,
                         {"Content-Encoding": coding})
    assert answer.json["accepted"] == 1
    assert ingest.post("/amplitude/events",
                       {"uuid": "1"}).json["duplicate"] == 1


def test_body_of_gzip_in_chunks_is_taken(ingest):
    body = gzip.compress(json.dumps([{"uuid": "1"}, {"uuid": "2"}]).encode())
    with ingest.client() as client:
        client.connection.request(
            "POST", "/amplitude/events", iter([body[:9], body[9:]]),
            {"Content-Type": "application/json", SECRET_HEADER: SECRET,
             "Content-Encoding": "gzip"}, encode_chunked=True)
        answer = client.connection.getresponse()
        assert json.loads(answer.read())["accepted"] == 2


def test_place_in_a_body_of_gzip_is_that_of_its_json(ingest):
    answer = ingest.post("/amplitude/events", gzip.compress(b"{\n1"),
                         {"Content-Encoding": "gzip"})
    assert (answer.status, answer.json["line"]) == (400, 2)


def test_body_that_is_not_gzip_though_it_says_so_is_400(ingest):
    for body in (b"{}", b"", b"\x1f\x8b\x08", gzip.compress(b"{}")[:-1],
                 gzip.compress(b"{}") + b"{}"):
        answer = ingest.post("/amplitude/events", body,
                             {"Content-Encoding": "gzip"})
        assert answer.status == 400, body
        assert "gzip" in answer.json["error"]


@pytest.mark.parametrize("codings", [
    ["deflate"], ["br"], ["gzip, gzip"], ["gzip", "gzip"],
    ["identity", "gzip"], [""]])
def test_other_content_encoding_is_415(ingest, codings):
    lines = "".join(f"Content-Encoding: {coding}\r\n" for coding in codings)
    request = HEAD + lines + "Content-Length: 2\r\n\r\n{}"
    answer = parse_answer(send_raw(ingest.address, request.encode()))
    assert answer.status == 415
    assert "gzip" in answer.json["error"]


def test_gzip_that_is_turned_off_is_415(relay, ingest):
    relay.set("ingest.gzip", "false")
    other = relay.ingest()
    answer = other.post("/amplitude/events", gzip.compress(b"{}"),
                        {"Content-Encoding": "gzip"})
    assert answer.status == 415
    assert "gzip" not in answer.json["error"]
    assert ingest.post("/amplitude/events", gzip.compress(b"{}"),
                       {"Content-Encoding": "gzip"}).status == 200


def test_checks_come_in_order(ingest):
    """Each request has all faults but those before; path, method, secret,
    type, length, body."""
    with ingest.client() as client:
        assert client.request("PUT", "/none", "x").status == 404
        assert client.request("PUT", "/amplitude/events", "x").status == 405
        assert client.request("POST", "/amplitude/events", "x").status == 401
        assert client.request("POST", "/amplitude/events", "x",
                              {SECRET_HEADER: SECRET}).status == 415
    request = head().replace("Content-Type: application/json\r\n", "")
    answer = parse_answer(send_raw(
        ingest.address, request.encode(), finish=False))
    assert answer.status == 415


def test_chunked_body_is_taken(ingest):
    with ingest.client() as client:
        client.connection.request(
            "POST", "/amplitude/events", iter([b'{"user', b'_id":', b'"u"}']),
            {"Content-Type": "application/json", SECRET_HEADER: SECRET},
            encode_chunked=True)
        answer = client.connection.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["accepted"] == 1


def test_expect_100_continue_is_answered(ingest):
    with open_socket(ingest.address) as sock:
        sock.sendall(head(Content_Length=8, Expect="100-continue",
                          Connection="close").encode())
        assert sock.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b'{"a": 1}')
        assert parse_answer(read_all(sock)).status == 200


def test_other_expectation_is_417(ingest):
    request = head(Content_Length=2, Expect="200-ok")
    answer = parse_answer(send_raw(
        ingest.address, request.encode() + b"{}", finish=False))
    assert answer.status == 417
    assert "100-continue" in answer.json["error"]


def test_pipelined_requests_are_answered_in_order(ingest):
    bodies = ['{"user_id":"1"}', '{"user_id":', '[{},{}]']
    data = "".join(head(Content_Length=len(body)) + body for body in bodies)
    data += head(Content_Length=2, Connection="close") + "[]"
    answers = send_raw(ingest.address, data.encode(), finish=False)
    statuses = [int(part[:3]) for part in answers.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [200, 400, 200, 200]


def test_connection_is_kept(ingest):
    with ingest.client() as client:
        for _ in range(3):
            answer = ingest.post("/amplitude/events", {"a": 1}, client=client)
            assert answer.status == 200
            assert answer.headers["Connection"] is None


def test_http_1_0_is_answered(ingest):
    request = head(Content_Length=2).replace("HTTP/1.1", "HTTP/1.0") + "{}"
    data = send_raw(ingest.address, request.encode(), finish=False)
    assert data.startswith(b"HTTP/1.0 200 ")
    assert parse_answer(data).headers["Connection"] == "close"


def test_http_1_0_keeps_the_connection_when_asked(ingest):
    request = head(Content_Length=2, Connection="keep-alive").replace(
        "HTTP/1.1", "HTTP/1.0") + "{}"
    data = send_raw(ingest.address, 2 * request.encode())
    assert data.count(b"HTTP/1.0 200 ") == 2
    assert parse_answer(data).headers["Connection"] == "keep-alive"


def test_answers_have_a_date(ingest):
    answer = ingest.post("/amplitude/events", "{}")
    assert email.utils.parsedate_to_datetime(answer.headers["Date"])
    assert answer.headers["Date"].endswith(" GMT")


def test_two_secrets_are_in_force(relay, ingest):
    relay.set("ingest.auth.secrets", '["old one","new-one"]')
    both = relay.ingest()
    for secret in ("old one", "new-one"):
        answer = both.post("/amplitude/events", "{}", {SECRET_HEADER: secret})
        assert answer.status == 200
    assert both.post("/amplitude/events", "{}").status == 401
    assert ingest.post("/amplitude/events", "{}").status == 200


def test_authorization_header_takes_bearer(relay, ingest):
    relay.set("ingest.auth.header", "Authorization")
    other = relay.ingest()
    for value, status in ((SECRET, 200), (f"Bearer {SECRET}", 200),
                          (f"bearer {SECRET}", 200), (f"Basic {SECRET}", 401)):
        answer = other.post("/amplitude/events", "{}",
                            {"Authorization": value})
        assert answer.status == status, value
    assert ingest.post("/amplitude/events", "{}").status == 200


def test_unix_socket_is_served(relay, stage, ingest):
    relay.set("ingest.listen", f"unix:{stage.folder}/ingest.sock")
    other = relay.ingest()
    assert other.address == f"unix:{stage.folder}/ingest.sock"
    assert other.post("/amplitude/events", {"a": 1}).status == 200
    assert ingest.post("/amplitude/events", "{}").status == 200


def test_bodies_are_not_in_the_log(relay, ingest):
    relay.set("log.level", "debug")
    loud = relay.ingest()
    loud.post("/amplitude/events", {"user_id": "needle-1"})
    loud.post("/amplitude/events", '{"user_id": "needle-2')
    loud.post("/amplitude/events?needle-3", "{}")
    assert loud.find_log(event="request_accepted", accepted="1")
    assert "needle" not in loud.process.log()
    assert SECRET not in loud.process.log()
    assert http.client.responses[200] not in ingest.process.log()
