"""Requests that a proxy in front may read another way than we do. What we do
not read as everybody does is refused, and nothing behind it is a request."""

import pytest

from clients import HEAD, chunked, depth, request, send_and_read
from harness.relay import SECRET, SECRET_HEADER
from harness.web import parse_answer, send_raw

SMUGGLED = request(b'{"uuid":"smuggled"}')
BODY = b'{"uuid":"outer"}'
CHUNKS = chunked(BODY)

# Lines of a head whose body ends in one place or another, by whom one asks.
TWO_ENDS = [
    b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n" % len(CHUNKS),
    b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
    b"Content-Length: 4\r\nContent-Length: 5\r\n",
    b"Content-Length: 4\r\nContent-Length: 4\r\n",
    b"Content-Length: 4, 4\r\n",
    b"Content-Length: +4\r\n",
    b"Content-Length: 4 \x00\r\n",
    b"Content-Length: 4\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding:\tchunked\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding: xchunked\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding: chunked, identity\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding : chunked\r\n",
    b"Content-Length: 4\r\n Transfer-Encoding: chunked\r\n",
    b"Content-Length: 4\r\nX: a\rTransfer-Encoding: chunked\r\n",
    b"Content-Length: 4\r\nX: a\nTransfer-Encoding: chunked\r\n",
    b"Content-Length: 4\r\nTransfer-Encoding\r\n: chunked\r\n",
    b"Content-Length : 4\r\n",
    b"Content-Length\x00: 4\r\n",
    b"\x0bContent-Length: 4\r\n",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n",
    b"Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n",
    b"Transfer-Encoding: chunked\x00\r\n",
    b"Transfer-Encoding: chunked, chunked\r\n",
    b"Transfer-Encoding: \"chunked\"\r\n",
    b"Transfer-Encoding: x\r\n chunked\r\n",
]


@pytest.mark.parametrize("body", [CHUNKS, BODY, b"0\r\n\r\n"])
def test_body_with_two_ends_is_refused_and_closes(ingest, body):
    for lines in TWO_ENDS:
        data = send_raw(ingest.address, HEAD + lines + b"\r\n" + body +
                        SMUGGLED)
        answer = parse_answer(data)
        assert answer.status in (400, 411), lines
        assert answer.headers["Connection"] == "close", lines
        assert data.count(b"HTTP/1.1 ") == 1, lines
    assert depth(ingest) == 1


def test_http_1_0_has_no_chunks(ingest):
    head = HEAD.replace(b"HTTP/1.1", b"HTTP/1.0")
    data = send_raw(ingest.address, head +
                    b"Transfer-Encoding: chunked\r\n"
                    b"Connection: keep-alive\r\n\r\n" + CHUNKS + SMUGGLED)
    assert parse_answer(data).status == 400
    assert data.count(b"HTTP/1.1 ") == 1
    assert depth(ingest) == 1


CHUNKS_OF_TWO_MINDS = [
    b"0x10\r\n", b"+10\r\n", b"-10\r\n", b" 10\r\n", b"10\n", b"10\r",
    b"1_0\r\n", b"10 10\n", b"10;\n", b"10;a\n\r\n", b"10;a\x00\r\n",
    b"00000000000000010\r\n", b"fffffffffffffff0\r\n", b"\r\n10\r\n", b";\r\n",
]


def test_chunk_size_that_some_read_is_refused(ingest):
    for size in CHUNKS_OF_TWO_MINDS:
        data = send_and_read(
            ingest.address, HEAD + b"Transfer-Encoding: chunked\r\n\r\n" +
            size + BODY + b"\r\n0\r\n\r\n" + SMUGGLED)
        assert parse_answer(data).status in (400, 413), size
        assert data.count(b"HTTP/1.1 ") == 1, size
    assert depth(ingest) == 1


def test_chunk_without_its_line_end_is_refused(ingest):
    for end in (b"", b"\n", b"\r", b"xx", b"\r\r\n"):
        data = send_and_read(
            ingest.address, HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
            b"10\r\n" + BODY + end + b"0\r\n\r\n" + SMUGGLED)
        assert parse_answer(data).status == 400, end
        assert data.count(b"HTTP/1.1 ") == 1, end
    assert depth(ingest) == 1


def test_trailer_is_no_header(ingest):
    """Neither the secret nor a length comes in behind the body."""
    head = (b"POST /amplitude/events HTTP/1.1\r\nHost: relay\r\n"
            b"Content-Type: application/json\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n")
    trailer = f"{SECRET_HEADER}: {SECRET}\r\nContent-Length: 5\r\n".encode()
    data = send_raw(ingest.address, head + CHUNKS[:-2] + trailer + b"\r\n")
    assert parse_answer(data).status == 401
    data = send_raw(ingest.address, HEAD + b"Transfer-Encoding: chunked\r\n"
                    b"\r\n" + CHUNKS[:-2] + trailer + b"\r\n" + SMUGGLED)
    assert data.count(b"HTTP/1.1 200 ") == 2


def test_extension_of_a_chunk_is_ignored(ingest):
    chunks = CHUNKS.replace(b"10\r\n", b'10;name="va;lue"\r\n')
    data = send_raw(ingest.address, HEAD + b"Transfer-Encoding: chunked\r\n"
                    b"\r\n" + chunks)
    assert parse_answer(data).status == 200


TARGETS = [
    ("http://relay/amplitude/events", 200),
    ("http://elsewhere.example/amplitude/events?x=http://y/", 200),
    ("HTTP://relay:80/none", 404),
    ("http://relay", 404),
    ("relay:80", 404),
    ("//relay/amplitude/events", 404),
    ("/amplitude/../amplitude/events", 404),
    ("/amplitude/events#x", 404),
    ("/amplitude/events;x", 404),
    ("/amplitude\\events", 404),
]


def test_target_of_each_form_has_one_path(ingest):
    for target, status in TARGETS:
        data = send_raw(ingest.address, request(b"{}").replace(
            b"/amplitude/events", target.encode(), 1))
        assert parse_answer(data).status == status, target
