"""relayctl check: what is wrong with a configuration's templates."""

from controlling import GUIDE, run
from dispatching import to_event
from harness.stage import ROOT

SECRETS = {"RELAY_SECRET": "s", "RETENO_AUTHORIZATION": "a",
           "RETENO_ACCESS_KEY": "k"}


def test_shipped_configuration_has_nothing_to_mend(stage):
    done = run(stage, "--config", ROOT / "deploy/relay.example.yaml", "check",
               **SECRETS)
    assert "ok: 4 destinations, 4 templates, 4 conditions" in done.stdout
    assert done.stderr == ""


def test_check_option_does_the_same(stage):
    path = ROOT / "deploy/relay.example.yaml"
    for arguments in (["--check"], ["stats", "--check"], ["check", "--check"]):
        done = run(stage, "--config", path, *arguments, **SECRETS)
        assert "ok: 4 destinations" in done.stdout


def test_artefacts_of_the_guide_are_told_with_what_to_do(stage):
    path = GUIDE / "as-printed/event.ftl"
    done = run(stage, "check", path, check=False)
    assert done.returncode == 1
    *lines, hint = done.stdout.splitlines()
    assert hint.startswith(f"{path}:5:44: hint: ")
    assert f"{path}:3:11: delete the backslash before [" in lines
    assert f"{path}:4:1: delete the backslash before <#if" in lines
    assert f"{path}:10:14: delete the three dots; name every item" in lines
    assert (f'{path}:18:1: the string is not closed: write "$parameter2"'
            in lines)
    # What the compiler stops at is said once, and better.
    assert len(lines) == len({line.split(" ")[0] for line in lines}) == 14


def test_mended_templates_of_the_guide_compile_with_hints(stage):
    done = run(stage, "check", *[GUIDE / f"{name}.ftl" for name in
                                 ("device", "contact", "event")])
    lines = done.stdout.splitlines()
    assert lines[0].startswith(
        f"{GUIDE}/device.ftl:6:22: hint: input.user_id is read where "
        "input.device_id is tested")
    assert lines[1] == f"{GUIDE}/contact.ftl: ok"
    assert lines[2].startswith(f"{GUIDE}/event.ftl:5:44: hint: ")


def test_every_template_of_a_configuration_is_checked(relay, stand_in):
    to_event(relay, stand_in, template='\\<#if true>{}</#if>')
    relay.add_destination("second", stand_in.url, template="{}${",
                          when="input.")
    relay.add_destination("third", stand_in.url, template="{}")
    done = relay.relayctl("check", check=False)
    assert done.returncode == 1
    first, condition, second = done.stdout.splitlines()
    assert first.endswith("event.ftl:1:1: delete the backslash before <#if")
    assert "relay.yaml:" in condition
    assert "destinations.second.when:1:" in condition
    assert "second.ftl:1:" in second


def test_file_that_cannot_be_read_is_2_and_the_others_are_checked(stage):
    good = stage.write("good.ftl", "{}")
    done = run(stage, "check", stage.folder / "none.ftl", good, check=False)
    assert done.returncode == 2
    assert "none.ftl" in done.stderr
    assert done.stdout == f"{good}: ok\n"


def test_template_is_checked_from_standard_input(stage):
    assert run(stage, "check", "-", stdin="{}").stdout == "-: ok\n"
    done = run(stage, "check", "-", stdin="{\n${", check=False)
    assert done.returncode == 1 and done.stdout.startswith("-:2:1: ")
