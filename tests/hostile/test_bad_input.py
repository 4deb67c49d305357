"""Bodies and requests that no honest client sends. Each gets a clear answer,
costs nothing that was accepted, and the next request is served."""

import json
import random

import pytest

from clients import HEAD, MIB, depth, memory_bytes, reset, send_and_read
from harness.wait import wait_until
from harness.web import open_socket, parse_answer, send_raw


def post(ingest, body):
    return ingest.post("/amplitude/events", body)


def assert_refused(answer, status=400):
    assert answer.status == status
    assert answer.json["error"]
    assert answer.json["line"] >= 1
    assert answer.json["column"] >= 1


NO_OBJECTS = [
    b"", b" ", b"\n\n", b"\x00", b"{", b"[", b"{\"a\"", b"{\"a\":", b"[{},",
    b"\"", b"{\"a\":\"\\", b"{\"a\":\"\\u12", b"tru", b"-", b"{\"a\":1e",
    b"{\"a\":1}}", b"{}{}", b"[{}]]", b"{'a':1}", b"{\"a\":01}",
    b"{\"a\":+1}", b"{\"a\":.5}", b"{\"a\":NaN}", b"{\"a\":Infinity}",
    b"{\"a\":1,}", b"[{},]", b"{,}", b"// x\n{}", b"\xef\xbb\xbf{}",
    b"{\"a\":\"\n\"}", b"{\"a\":\"\x01\"}", b"{a:1}", b"{\"a\" 1}",
    b"\xff\xfe{\x00}\x00", b"<xml/>", b"null", b"true", b"1", b"\"text\"",
    b"[null]", b"[[]]", b"[\"a\"]",
]
NO_UTF8 = [
    b"\xff", b"\xc3", b"\xc3(", b"\xa0\xa1", b"\xe2\x82", b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80", b"\xc0\xaf", b"\xf8\xa1\xa1\xa1\xa1",
    b"\\ud800", b"\\udc00", b"\\ud800\\ud800", b"\\x41",
]
NUMBERS = [
    "1e400", "-1e400", "1e-400", "9" * 1000, "-" + "9" * 1000,
    "0." + "1" * 1000, "18446744073709551616", "-9223372036854775809", "-0",
    "1E+2", "5e-324", "1" + "0" * 5000 + "e-5000",
]


def test_text_that_is_no_object_is_refused(ingest):
    for body in NO_OBJECTS:
        assert_refused(post(ingest, body))
    assert depth(ingest) == 1


def test_string_that_is_no_utf8_is_refused(ingest):
    for text in NO_UTF8:
        assert_refused(post(ingest, b'{"a":"' + text + b'"}'))
        assert_refused(post(ingest, b'{"' + text + b'":1}'))
    assert depth(ingest) == 1


def test_truncation_at_every_byte_is_refused(ingest):
    body = json.dumps({"user_id": "ü", "p": [1.5, True, None, {"k": "\n"}]},
                      ensure_ascii=False).encode()
    with ingest.client() as client:
        for length in range(len(body)):
            answer = ingest.post("/amplitude/events", body[:length],
                                 client=client)
            assert_refused(answer)
    assert depth(ingest) == 1


@pytest.mark.parametrize("opening, closing", [
    (b"[", b"]"), (b'{"a":', b"}")])
def test_nesting_of_100_is_refused(ingest, opening, closing):
    for levels in (100, 10_000, 150_000):
        body = b'{"a":' + opening * levels + b"1" + closing * levels + b"}"
        answer = post(ingest, body)
        assert_refused(answer)
        assert "deep" in answer.json["error"]
        assert_refused(post(ingest, opening * levels))


def test_nesting_within_the_limit_is_taken(ingest):
    body = b'{"a":' + b"[" * 63 + b"]" * 63 + b"}"
    assert post(ingest, body).status == 200


def test_string_of_a_mebibyte_is_taken_up_to_the_limit(ingest):
    body = b'{"a":"' + b"x" * (MIB - 8) + b'"}'
    assert len(body) == MIB
    assert post(ingest, body).status == 200
    answer = post(ingest, body.replace(b'"}', b'x"}'))
    assert answer.status == 413
    assert answer.json["error"]


def test_string_of_escapes_is_taken(ingest):
    assert post(ingest, b'{"a":"' + b"\\u0000" * 100_000 + b'"}').status == 200


def test_key_and_ids_of_huge_length_are_taken(ingest):
    long = "k" * 300_000
    body = {long: 1, "user_id": long, "uuid": long}
    assert post(ingest, body).json["accepted"] == 1
    assert post(ingest, body).json["duplicate"] == 1


def test_duplicate_keys_are_taken_and_the_last_counts(ingest):
    body = b'{"uuid":"a","uuid":"b","user_id":1,"user_id":"x"}'
    assert post(ingest, body).json["accepted"] == 1
    assert post(ingest, {"uuid": "b"}).json["duplicate"] == 1
    assert post(ingest, {"uuid": "a"}).json["accepted"] == 1


def test_any_valid_number_is_taken(ingest):
    for number in NUMBERS:
        assert post(ingest, '{"a":%s}' % number).status == 200, number


def test_ids_of_odd_types_are_taken(ingest):
    odd = [{"user_id": value, "device_id": value, "uuid": value,
            "$insert_id": value}
           for value in (None, True, 1, 1.5, -0.0, [], {}, "", " ", "\0",
                         "a b:c{}", "ü" * 100)]
    answer = post(ingest, odd)
    assert answer.status == 200


def test_objects_over_the_limit_are_refused(ingest):
    assert_refused(post(ingest, b"[" + b"{}," * 1000 + b"{}]"))
    assert depth(ingest) == 1
    assert post(ingest, b"[" + b"{}," * 999 + b"{}]").json["accepted"] == 1000


def test_object_of_100000_members_is_taken(ingest):
    members = ",".join(f'"{n}":{n % 10}' for n in range(90_000))
    assert post(ingest, "{" + members + "}").status == 200


def test_random_bytes_are_refused(ingest):
    noise = random.Random(1)
    with ingest.client() as client:
        for _ in range(200):
            body = noise.randbytes(noise.randrange(1, 300))
            assert_refused(ingest.post("/amplitude/events", body,
                                       client=client))
    assert depth(ingest) == 1


NO_HTTP = [
    b"\r\n\r\n", b"\x00" * 100, b"GET\r\n\r\n", b"POST / HTTP/9.9\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"POST /amplitude/events HTTP/1.1\r\nno colon\r\n\r\n",
    b"POST /amplitude/events HTTP/1.1\r\n: empty\r\n\r\n",
    HEAD + b"Content-Length: -1\r\n\r\n",
    HEAD + b"Content-Length: many\r\n\r\n",
    HEAD + b"Content-Length: 99999999999999999999999\r\n\r\n",
    HEAD + b"Content-Length: 2, 2\r\n\r\n{}",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
    b"POST /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n",
    HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n",
    HEAD + b"X: 1\r\n" * 10_000 + b"\r\n",
    b"POST " + b"a" * 100_000,
]


def test_what_is_not_http_is_refused_or_dropped(ingest):
    for data in NO_HTTP:
        reply = send_and_read(ingest.address, data)
        assert reply == b"" or reply.split()[1] in (
            b"400", b"401", b"411", b"413", b"431", b"505"), data[:200]
        assert reply == b"" or parse_answer(reply).json["error"]
    assert depth(ingest) == 1


def test_request_inside_a_refused_body_is_not_read(ingest):
    inner = HEAD + b"Content-Length: 14\r\n\r\n" + b'{"uuid":"bad"}'
    for outer in (
            HEAD + b"\r\n" + inner,
            HEAD + b"Transfer-Encoding: xchunked\r\n\r\n" + inner,
            HEAD.replace(b"POST", b"BREW") + b"Content-Length: %d\r\n\r\n"
            % len(inner) + inner,
            HEAD.replace(b"POST", b"HEAD") + b"Content-Length: %d\r\n\r\n"
            % len(inner) + inner,
            HEAD.replace(b"application/json", b"x/y") + b"\r\n" + inner,
            HEAD.replace(b"/amplitude/events", b"/none") + b"\r\n" + inner):
        data = send_raw(ingest.address, outer)
        assert data.count(b"HTTP/1.1 ") == 1
        assert parse_answer(data).status in (404, 405, 411, 415)
    assert depth(ingest) == 1


def test_clients_that_stop_anywhere_cost_nothing(ingest):
    body = b'{"uuid":"half"}'
    whole = HEAD + b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    for length in range(0, len(whole), 7):
        with open_socket(ingest.address) as sock:
            sock.sendall(whole[:length])
            reset(sock)
    assert depth(ingest) == 1


def test_client_that_reads_no_answers_does_not_fill_memory(ingest):
    """It is held up by its own unread answers; our memory stays."""
    request = HEAD + b"Content-Length: 1\r\n\r\nx"
    burst = request * 200
    before = memory_bytes(ingest)
    with open_socket(ingest.address) as sock:
        sock.setblocking(False)
        sent = 0

        def is_blocked():
            nonlocal sent
            try:
                for _ in range(100):
                    sent += sock.send(burst)
            except BlockingIOError:
                return True
            return sent > 64 * MIB

        wait_until(is_blocked, "the socket to be full")
        assert memory_bytes(ingest) - before < 32 * MIB


def test_memory_does_not_grow_with_time(relay, ingest):
    bodies = [b"{\"a\":[" + b"1.5," * 100_000 + b"1]}", b"{", b"[]",
              b'{"a":"' + b"\xff" * 100_000 + b'"}']

    # AddressSanitizer keeps freed memory for a while.
    lean = relay.ingest(ASAN_OPTIONS="quarantine_size_mb=1")

    def round_trip():
        for body in bodies:
            post(lean, body)
        return memory_bytes(lean)

    for _ in range(10):
        warm = round_trip()
    for _ in range(20):
        last = round_trip()
    assert last - warm < 8 * MIB
