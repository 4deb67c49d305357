"""relayctl's command line, and what it says without a queue."""

import json
import signal
import time

import pytest

from controlling import nowhere, run
from harness.redis import free_port
from harness.relay import Relay


def test_help_names_every_command(stage):
    text = run(stage, "help").stdout
    for command in ("stats", "hold", "resume", "trace", "purge", "forget",
                    "check", "render", "dead list", "dead show",
                    "dead replay", "dead purge", "dead export",
                    "dead import"):
        assert f"  {command}" in text
    assert run(stage, "--help").stdout == text
    assert run(stage, "stats", "--help").stdout == text


def test_version_is_told(stage):
    assert run(stage, "--version").stdout.startswith("relayctl ")


@pytest.mark.parametrize("arguments, complaint", [
    ([], "a command is missing; try relayctl help"),
    (["stat"], "unknown command stat; did you mean stats?"),
    (["dead"], "unknown command dead;"),
    (["dead", "lst"], "unknown command dead lst; did you mean dead list?"),
    (["\x1b[31m"], "unknown command \\x1b[31m;"),
    (["stats", "--jsn"], "unknown option --jsn"),
    (["stats", "--all"], "usage: relayctl stats [--json]"),
    (["stats", "event"], "usage: relayctl stats"),
    (["dead", "show"], "dead show wants ids, or what to select by"),
    (["dead", "show", "--rate", "1"], "usage: relayctl dead show (ID..."),
    (["dead", "replay"], "dead replay wants ids, or what to select by, or"),
    (["dead", "replay", "--destination", "event"], "dead replay wants ids"),
    (["dead", "replay", "--all"], "--all wants --destination"),
    (["dead", "replay", "--all", "0-1", "--destination", "event"],
     "dead replay wants ids, or what to select by, or --all"),
    (["dead", "replay", "0-1", "--rate", "fast"], "--rate fast: write 50/s"),
    (["dead", "purge", "--all"], "dead purge --all wants --destination"),
    (["dead", "purge", "--as-sent", "0-1"], "usage: relayctl dead purge"),
    (["dead", "list", "--outcome", "rejcted"],
     "there is no outcome rejcted; did you mean rejected?"),
    (["dead", "list", "--since", "yesterday"], "--since yesterday: write how"),
    (["dead", "import"], "usage: relayctl dead import FILE"),
    (["hold"], "usage: relayctl hold NAME"),
    (["trace"], "usage: relayctl trace ID"),
    (["purge"], "usage: relayctl purge NAME --yes"),
    (["forget"], "forget wants --user or --device, or both"),
    (["forget", "u-1"], "usage: relayctl forget [--user ID]"),
    (["hold", "event", "--for", "long"], "--for long: write 30m, 2h or 1d"),
    (["resume", "event", "contact"], "usage: relayctl resume NAME"),
    (["dead", "list", "--limit", "0"], "--limit must be a number from 1"),
    (["dead", "list", "--limit", "many"], "--limit must be a number from 1"),
    (["dead", "list", "--limit"], "a value is missing after --limit"),
    (["render"], "render wants --input, and --destination or --template"),
    (["render", "--template", "x.ftl"], "render wants --input"),
])
def test_wrong_command_line_is_one_line_and_2(stage, arguments, complaint):
    done = run(stage, *arguments, check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert complaint in done.stderr and done.stderr.count("\n") == 1


def test_options_may_stand_before_the_command(relay):
    path = relay.stage.write("relay.yaml", nowhere(relay).text())
    before = run(relay.stage, "--json", "--config", path, "stats")
    after = run(relay.stage, "stats", f"--config={path}", "--json")
    assert before.stdout == after.stdout
    assert json.loads(after.stdout)[0]["destination"] == "event"


def test_configuration_is_found_by_the_environment(relay):
    path = relay.stage.write("relay.yaml", nowhere(relay).text())
    done = run(relay.stage, "stats", RELAY_CONFIG=str(path))
    assert done.stdout.startswith("destination ")


@pytest.mark.parametrize("command", [
    ["stats"], ["check"], ["dead", "list"], ["dead", "show", "0-1"],
    ["dead", "replay", "0-1"], ["dead", "purge", "0-1"], ["hold", "event"],
    ["resume", "event"], ["dead", "export"], ["dead", "import", "/dev/null"],
    ["trace", "0-1"], ["purge", "event", "--yes"], ["forget", "--user", "u"],
    ["render", "--destination", "event", "--input", "-"]])
def test_wrong_configuration_is_one_line_and_2(stage, command):
    done = run(stage, *command, "--config", stage.folder / "none.yaml",
               check=False)
    assert done.returncode == 2 and done.stdout == ""
    assert "none.yaml" in done.stderr and done.stderr.count("\n") == 1


def test_configuration_in_force_is_printed_without_secrets(relay):
    nowhere(relay).set("log.level", "debug")
    text = relay.relayctl("--print-config").stdout
    assert "level: debug" in text and "***" in text
    assert "test-secret" not in text


@pytest.mark.parametrize("command", [
    ["stats"], ["dead", "list"], ["dead", "show", "0-1"],
    ["dead", "replay", "0-1"], ["dead", "purge", "0-1"], ["hold", "event"],
    ["resume", "event"], ["dead", "export"], ["dead", "import", "/dev/null"],
    ["trace", "0-1"], ["purge", "event", "--yes"], ["forget", "--user", "u"]])
def test_redis_away_is_one_line_and_1(relay, redis, command):
    redis.stop()
    done = nowhere(relay).relayctl(*command, check=False)
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr.startswith("relayctl: Redis: unix:")
    assert done.stderr.count("\n") == 1


def test_redis_that_refuses_the_connection_is_named(stage):
    relay = nowhere(Relay(stage, f"127.0.0.1:{free_port()}"))
    done = relay.relayctl("stats", check=False)
    assert done.returncode == 1
    assert "Connection refused" in done.stderr


def test_redis_that_says_nothing_is_given_up_in_time(relay, redis):
    nowhere(relay).set("redis.connect_timeout", "300ms")
    relay.set("redis.request_timeout", "300ms")
    redis.process.signal(signal.SIGSTOP)
    started = time.monotonic()
    done = relay.relayctl("stats", check=False)
    redis.process.signal(signal.SIGCONT)
    assert done.returncode == 1
    assert "within 300 ms" in done.stderr and done.stderr.count("\n") == 1
    assert time.monotonic() - started < 10


def test_redis_of_another_number_of_shards_is_told(relay):
    nowhere(relay).relayctl("stats")
    relay.set("redis.shards", "2")
    done = relay.relayctl("stats", check=False)
    assert done.returncode == 1
    assert "shards" in done.stderr


def test_secrets_of_the_services_are_not_needed(relay):
    nowhere(relay)
    relay.settings = relay.settings.replace("test-secret", "${env:NOT_HERE}")
    done = relay.relayctl("stats")
    assert done.stdout.startswith("destination ") and done.stderr == ""
    relay.set("redis.password", "${env:NOT_HERE_EITHER}")
    done = relay.relayctl("stats", check=False)
    assert done.returncode == 2
    assert "NOT_HERE_EITHER" in done.stderr


def test_secret_that_redis_misses_is_named(relay):
    nowhere(relay)
    relay.settings = relay.settings.replace(
        "redis:\n", "redis:\n  password: ${env:NOT_HERE}\n", 1)
    done = relay.relayctl("dead", "list", check=False)
    assert done.returncode == 1 and done.stdout == ""
    first, second = done.stderr.splitlines()
    assert first.startswith("relayctl: Redis: ")
    assert second == ('relayctl: taken as "not-set", as the environment has '
                      "none: NOT_HERE")
