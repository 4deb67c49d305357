"""The harness itself: what tests lean on must hold."""

import pytest

from harness.redis import RedisError, RedisServer
from harness.stage import Stage, unquote
from harness.wait import wait_until

EVERY_BYTE = bytes(range(256))


def test_redis_client_is_binary_safe_and_knows_every_kind_of_answer(redis):
    with redis.client() as client:
        assert client("SET", b"k\x00\r\n", EVERY_BYTE) == "OK"
        assert client("GET", b"k\x00\r\n") == EVERY_BYTE
        assert client("GET", "nothing") is None
        assert client("RPUSH", "list", 1, "two") == 2
        assert client("LRANGE", "list", 0, -1) == [b"1", b"two"]
        assert client("HSET", "hash", "a", 1) == 1
        assert client.hash("hash") == {b"a": b"1"}
        assert client("EVAL", "return {1, {'a', false}, {}}", 0) == [
            1, [b"a", None], []]
        assert client("BLPOP", "none", "0.01") is None
        assert client.keys() == ["hash", "k\x00\r\n", "list"]
        with pytest.raises(RedisError, match="WRONGTYPE"):
            client("GET", "list")


def test_redis_with_aof_keeps_what_it_answered_when_killed(stage):
    server = RedisServer(stage, with_aof=True, with_port=True)
    server.call("SET", "key", "value")
    server.kill()
    server.start()
    assert server.call("GET", "key") == b"value"
    assert server.tcp_address.startswith("127.0.0.1:")


def test_redis_has_no_port_and_evicts_nothing(redis):
    assert redis.call("CONFIG", "GET", "port")[1] == b"0"
    assert redis.call("CONFIG", "GET", "maxmemory-policy")[1] == b"noeviction"


def test_log_values_are_unquoted():
    assert unquote("plain") == "plain"
    assert unquote(r'"a \"b\" \\ \n \x1b"') == 'a "b" \\ \n \x1b'


def test_wait_until_gives_up_and_says_for_what():
    with pytest.raises(AssertionError, match="gave up waiting for a miracle"):
        wait_until(lambda: None, "a miracle", timeout=0.01)


def waiting_shell(status, first=":"):
    """Ends with the status on SIGTERM."""
    return (f"trap 'kill $!; exit {status}' TERM; {first}; "
            "sleep 600 & echo ready; wait")


def ended_stage(script, stop=False):
    """What closing a stage with such a process complains about."""
    stage = Stage()
    process = stage.start("shell", ["/bin/sh", "-c", script])
    wait_until(lambda: "ready" in process.log(), "the shell")
    if stop:
        process.stop()
    else:
        process.child.wait()
    with pytest.raises(AssertionError) as caught:
        stage.close()
    return str(caught.value)


def test_stage_complains_of_a_process_that_ended_by_itself():
    assert "shell ended by itself with 3" in ended_stage("echo ready; exit 3")


def test_stage_complains_of_what_a_sanitizer_said():
    text = ended_stage(waiting_shell(0, "echo ERROR: AddressSanitizer"), True)
    assert "a sanitizer spoke" in text


def test_stage_complains_of_a_bad_end_on_sigterm():
    stage = Stage()
    process = stage.start("shell", ["/bin/sh", "-c", waiting_shell(4)])
    wait_until(lambda: "ready" in process.log(), "the shell")
    with pytest.raises(AssertionError, match="shell ended with 4"):
        stage.close()


def test_waiting_for_a_process_that_ended_fails_at_once(stage):
    process = stage.start("shell", ["/bin/sh", "-c", "echo last words"])
    process.run()
    with pytest.raises(AssertionError, match="(?s)ended with 0.*last words"):
        process.wait_for_log(event="never")
