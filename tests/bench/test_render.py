"""tests/bench/render runs, and says what it should. Nothing about times."""

import json
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUICK = ["--rounds", "1", "--seconds", "0.02", "--warm", "0.02"]


def bench(*arguments):
    return subprocess.run(
        [ROOT / "tests/bench/render", *QUICK, *arguments],
        env={"RELAY_BUILD_DIR": "build/dev", **os.environ},
        capture_output=True, text=True, timeout=300, check=False)


def test_templates_of_the_guide_and_ours_print_what_freemarkers_do():
    done = bench()
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["template"] for row in rows] == [
        "tests/conformance/guide/device.ftl",
        "tests/conformance/guide/contact.ftl",
        "tests/conformance/guide/event.ftl",
        "deploy/templates/device.ftl", "deploy/templates/contact.ftl",
        "deploy/templates/event.ftl", "deploy/templates/anonymous-event.ftl"]
    for row in rows:
        assert row["mallocs"] == 0, row
        assert row["renders_per_s"] > 0 and row["freemarker_per_s"] > 0
        assert row["escape_json_per_s"] > 0 and row["ratio"] > 0


def test_template_and_input_of_ones_own(tmp_path):
    template = tmp_path / "t.ftl"
    template.write_text('{"a": "${input.a!}", "n": ${input.n}}')
    body = tmp_path / "in.json"
    body.write_text('{"a": "x", "n": 1.5}')
    done = bench("--template", template, "--input", body)
    assert done.returncode == 0, done.stderr
    row = json.loads(done.stdout)
    assert row["template"] == str(template) and row["output_bytes"] == 20


def test_template_that_fails_is_told_in_a_line(tmp_path):
    template = tmp_path / "t.ftl"
    template.write_text("${input.none}")
    body = tmp_path / "in.json"
    body.write_text("{}")
    done = bench("--template", template, "--input", body)
    assert done.returncode == 1 and done.stdout == ""
    assert len(done.stderr.splitlines()) == 1 and "none" in done.stderr
