"""relayctl test: golden tests of templates, in files."""

import json

import pytest

from controlling import run
from dispatching import to_event
from harness.stage import ROOT

GOLDEN = ROOT / "deploy/golden"
TEMPLATE = '{"user": "${input.user_id}", "n": [${input.n!0}, 2]}'


@pytest.fixture
def suite(stage):
    """A folder of tests with a template and a body."""
    folder = stage.folder / "suite"
    (folder / "mine").mkdir(parents=True)
    (folder / "mine.ftl").write_text(TEMPLATE)
    (folder / "mine/known.json").write_text('{"user_id": "u-1"}')
    return folder


def golden(stage, suite, *arguments, check=False, **environment):
    return run(stage, "test", suite, *arguments, check=check, **environment)


def expect(suite, text, name="known.expected.json"):
    (suite / "mine" / name).write_text(text)


def test_shipped_templates_are_as_expected(stage):
    done = run(stage, "test", "--config", ROOT / "deploy/relay.example.yaml",
               GOLDEN)
    cases = [path for path in GOLDEN.glob("*/*.json")
             if ".expected." not in path.name]
    assert done.stdout == f"{GOLDEN}: {len(cases)} as expected\n"


def test_shipped_examples_cover_every_sample_and_destination():
    samples = {path.name for path in (ROOT / "deploy/samples").iterdir()}
    covered = {path.name for path in GOLDEN.glob("*/*.json")}
    assert samples - covered == {"event-10-the-first-one-again.json"}
    assert {path.name for path in GOLDEN.iterdir() if path.is_dir()} == {
        "device", "contact", "event", "anonymous-event"}


def test_update_writes_what_a_test_then_expects(stage, suite):
    done = golden(stage, suite)
    assert done.returncode == 1
    assert "mine/known: nothing is expected yet" in done.stdout
    assert '+   "user": "u-1",' in done.stdout
    assert not (suite / "mine/known.expected.json").exists()
    done = golden(stage, suite, "--update", check=True)
    assert "mine/known: wrote known.expected.json\n" in done.stdout
    written = (suite / "mine/known.expected.json").read_text()
    assert json.loads(written) == {"user": "u-1", "n": [0, 2]}
    assert written.count("\n") == 7
    assert golden(stage, suite, check=True).stdout == \
        f"{suite}: 1 as expected\n"


def test_white_space_does_not_count_and_order_does(stage, suite):
    expect(suite, '{ "user":"\\u0075-1","n":[0.0,\n2] }')
    golden(stage, suite, check=True)
    expect(suite, '{"n": [0, 2], "user": "u-1"}')
    assert golden(stage, suite).returncode == 1


def test_difference_is_shown_by_the_line_and_1(stage, suite):
    expect(suite, '{"user": "u-2", "n": [0, 2]}')
    done = golden(stage, suite)
    assert done.returncode == 1 and done.stderr == ""
    assert done.stdout == f"""\
mine/known: not as known.expected.json has it:
  {{
-   "user": "u-2",
+   "user": "u-1",
    "n": [
      0,
      2
...
{suite}: 0 as expected, 1 different
"""


def test_error_is_expected_by_its_words_wherever_the_folder_is(stage, suite):
    (suite / "mine/anonymous.json").write_text("{}")
    golden(stage, suite, "--update", check=True)
    words = (suite / "mine/anonymous.expected.txt").read_text()
    assert words.startswith("error: mine.ftl:1:13: `input.user_id` is missing")
    golden(stage, suite, check=True)
    moved = suite.rename(suite.parent / "moved")
    assert golden(stage, f"{moved}/", check=True).stdout == \
        f"{moved}: 2 as expected\n"


def test_update_puts_words_in_the_place_of_a_body(stage, suite):
    golden(stage, suite, "--update", check=True)
    (suite / "mine.ftl").write_text('{"user": ${input.user_id}}')
    assert "+ error: mine.ftl: the output is not JSON" in \
        golden(stage, suite).stdout
    golden(stage, suite, "--update", check=True)
    assert sorted(path.name for path in (suite / "mine").iterdir()) == [
        "known.expected.txt", "known.json"]


def test_destination_is_tested_with_its_condition_and_limits(
        relay, stand_in, suite):
    to_event(relay, stand_in, when="input.user_id??")
    folder = suite / "event"
    folder.mkdir()
    (folder / "nobody.json").write_text('{"event_type": "x"}')
    (folder / "nobody.expected.txt").write_text("skipped\n\n")
    (folder / "odd.json").write_text('{"event_type": "a;b", "user_id": "u"}')
    (folder / "odd.expected.txt").write_text("skipped")
    done = relay.relayctl("test", "--destination", "event", str(suite),
                          check=False)
    assert done.returncode == 1
    assert "- skipped\n+ error: event.ftl: eventTypeKey" in done.stdout
    assert "mine" not in done.stdout
    assert done.stdout.endswith(": 1 as expected, 1 different\n")


def test_times_of_the_relay_stand_still(stage, suite):
    (suite / "mine.ftl").write_text(
        '{"at": ${relay.received_at}, "id": "${relay.id}"}')
    expect(suite, '{"at": 1767225600000, "id": "0-0"}')
    golden(stage, suite, check=True)


@pytest.mark.parametrize("name, content, complaint", [
    ("known.expected.json", '{"a": 1,}', "known.expected.json:1:8: not JSON"),
    ("known.expected.json", b"\xff", "not UTF-8 text"),
    ("gone.expected.json", "{}", "there is no gone.json for it"),
    ("gone.expected.txt", "skipped", "there is no gone.json for it"),
    ("many.json", "[{}, {}]", "one object, not an array of 2"),
    ("none.json", "[]", "one object, not an array of 0"),
    ("cut.json", '{"a"', "cut.json:1:5: not a webhook body"),
])
def test_file_that_cannot_be_used_is_told_and_2(stage, suite, name, content,
                                                complaint):
    path = suite / "mine" / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    done = golden(stage, suite)
    assert done.returncode == 2
    assert complaint in done.stderr and done.stderr.count("\n") == 1


def test_what_is_both_a_body_and_words_is_told(stage, suite):
    expect(suite, "{}")
    expect(suite, "skipped", "known.expected.txt")
    done = golden(stage, suite)
    assert done.returncode == 2 and "both known.expected.json" in done.stderr
    golden(stage, suite, "--update", check=True)
    golden(stage, suite, check=True)


def test_template_that_does_not_compile_is_told_and_2(stage, suite):
    (suite / "mine.ftl").write_text("{\n${")
    done = golden(stage, suite)
    assert done.returncode == 2 and "mine.ftl:2:" in done.stderr


def test_folder_without_tests_is_told(stage, suite, relay, stand_in):
    done = golden(stage, suite / "mine")
    assert done.returncode == 1 and "there are no tests in it" in done.stderr
    done = golden(stage, suite / "none")
    assert done.returncode == 2 and "No such file" in done.stderr
    (suite / "other").mkdir()
    done = golden(stage, suite)
    assert done.returncode == 2
    assert "wants other.ftl beside it, or --config" in done.stderr
    done = to_event(relay, stand_in).relayctl("test", str(suite), check=False)
    assert done.returncode == 2
    assert "neither other.ftl beside it, nor a destination" in done.stderr
