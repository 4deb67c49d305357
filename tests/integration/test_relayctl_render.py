"""relayctl render: what Reteno would get, without a queue."""

import json

from controlling import GUIDE, nowhere, run
from dispatching import to_event
from harness.stage import ROOT
from harness.stand_in import EVENT

SAMPLES = ROOT / "deploy/samples"
ORDER = SAMPLES / "event-01-order-of-a-known-user.json"
BODY = {"event_type": "Opened", "user_id": "u-1", "uuid": "1"}


def test_template_alone_needs_no_configuration(stage):
    done = run(stage, "render", "--template", GUIDE / "device.ftl", "--input",
               SAMPLES / "user-01-known-with-email.json")
    body = json.loads(done.stdout)
    assert body["deviceId"] == "D1A0-0001" and body["category"] == "MOBILE"
    assert "bytes of JSON" in done.stderr


def test_input_is_taken_from_standard_input(stage):
    path = stage.write("t.ftl", '{"t": "${input.event_type}"}')
    done = run(stage, "render", "--template", path, "--input", "-",
               stdin=json.dumps(BODY))
    assert done.stdout == '{"t": "Opened"}\n'


def test_every_object_of_an_array_is_rendered(stage):
    path = stage.write("t.ftl", '{"t": ${input.n}}')
    done = run(stage, "render", "--template", path, "--input", "-",
               stdin='[{"n": 1}, {"n": "x"}, {}]', check=False)
    assert done.returncode == 1
    assert done.stdout == '{"t": 1}\n{"t": x}\n'
    first, second, excerpt, mark, third = done.stderr.splitlines()
    assert (excerpt, mark) == ('    {"t": x}', "          ^")
    assert first == "relayctl: object 1: 8 bytes of JSON"
    assert second.startswith("relayctl: object 2: ")
    assert "the output is not JSON: line 1, column 7" in second
    assert f"object 3: {path}:1:9: " in third and "input.n" in third


def test_vars_and_identity_of_a_configuration_are_there(relay):
    nowhere(relay)
    relay.settings += "identity: device_id\nvars:\n  a: [1, two]\n"
    path = relay.stage.write(
        "t.ftl", '{"v": "${vars.a[1]}", "i": "${identity}"}')
    done = relay.relayctl("render", "--template", str(path), "--input",
                          str(ORDER))
    assert json.loads(done.stdout) == {"v": "two", "i": "device_id"}
    done = run(relay.stage, "render", "--template", path, "--input", ORDER,
               check=False)
    assert done.returncode == 1 and "vars.a" in done.stderr


def test_destination_renders_as_the_dispatcher_does(relay, stand_in):
    to_event(relay, stand_in, template="""\
{"eventTypeKey": "${input.event_type}", "params": [
 {"name": "externalCustomerId", "value": "${input.user_id}"},
 {"name": "relay", "value": "${relay.route} ${relay.destination} \
${relay.delivery_id} ${relay.attempt}"}]}
""")
    path = relay.stage.write("in.json", json.dumps(BODY))
    done = relay.relayctl("render", "--destination", "event", "--input",
                          str(path))
    params = json.loads(done.stdout)["params"]
    assert params[1]["value"] == "/amplitude/events event 1 1"
    assert "within the limits of the endpoint" in done.stderr


def test_declined_object_is_said_to_be_skipped(relay, stand_in):
    to_event(relay, stand_in, when="input.user_id??")
    path = relay.stage.write("in.json", '{"event_type": "x"}')
    done = relay.relayctl("render", "--destination", "event", "--input",
                          str(path))
    assert done.stdout == ""
    assert "skipped" in done.stderr


def test_body_beyond_the_limits_is_shown_and_1(relay, stand_in):
    to_event(relay, stand_in)
    path = relay.stage.write(
        "in.json", json.dumps({**BODY, "event_type": "no; thanks"}))
    done = relay.relayctl("render", "--destination", "event", "--input",
                          str(path), check=False)
    assert done.returncode == 1
    assert json.loads(done.stdout)["eventTypeKey"] == "no; thanks"
    assert "eventTypeKey" in done.stderr and "event.ftl" in done.stderr


def test_template_takes_the_place_of_the_destinations(relay, stand_in):
    to_event(relay, stand_in, template="${")
    path = relay.add_template("new.ftl", '{"eventTypeKey": 1}')
    arguments = ["render", "--destination", "event", "--input", str(ORDER)]
    done = relay.relayctl(*arguments, check=False)
    assert done.returncode == 1 and "event.ftl:1:" in done.stderr
    done = relay.relayctl(*arguments, "--template", str(path), check=False)
    assert done.returncode == 1
    assert "new.ftl: eventTypeKey" in done.stderr


def test_broken_template_of_another_destination_does_not_matter(relay,
                                                                stand_in):
    to_event(relay, stand_in)
    relay.add_destination("other", stand_in.url + EVENT, template="${")
    relay.relayctl("render", "--destination", "event", "--input", str(ORDER))


def test_destination_that_is_not_there_is_2(relay, stand_in):
    to_event(relay, stand_in)
    done = relay.relayctl("render", "--destination", "evnt", "--input",
                          str(ORDER), check=False)
    assert done.returncode == 2
    assert "there is no destination evnt" in done.stderr


def test_input_that_is_no_webhook_body_is_told_with_its_place(stage):
    path = stage.write("t.ftl", "{}")
    arguments = ["render", "--template", path, "--input"]
    done = run(stage, *arguments, "-", stdin='{"a": 1,}', check=False)
    assert done.returncode == 1
    assert "-:1:8: not a webhook body" in done.stderr
    done = run(stage, *arguments, "-", stdin="[1]", check=False)
    assert done.returncode == 1 and "not a webhook body" in done.stderr
    done = run(stage, *arguments, stage.folder / "none.json", check=False)
    assert done.returncode == 2 and "none.json" in done.stderr
    assert "no object" in run(stage, *arguments, "-", stdin="[]").stderr


def test_deepest_body_that_ingest_may_take_is_rendered(stage):
    path = stage.write("t.ftl", "{}")
    deep = '{"a": ' + "[" * 127 + "]" * 127 + "}"
    assert run(stage, "render", "--template", path, "--input", "-",
               stdin=deep).stdout == "{}\n"


def test_template_is_taken_from_standard_input(stage):
    path = stage.write("in.json", json.dumps(BODY))
    arguments = ["render", "--template", "-", "--input"]
    done = run(stage, *arguments, path, stdin='{"t": "${input.uuid}"}')
    assert done.stdout == '{"t": "1"}\n'
    done = run(stage, *arguments, path, stdin="{", check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("relayctl: -: the output is not JSON")
    done = run(stage, *arguments, "-", stdin="{}", check=False)
    assert done.returncode == 2 and "not both" in done.stderr


def test_file_that_cannot_be_used_is_one_line_and_2(stage):
    fine = stage.write("fine", "{}")
    binary = stage.folder / "binary"
    binary.write_bytes(b"\x00\xff{}")
    large = stage.write("large", " " * (64 * 1024 * 1024 + 1))
    for template, body, complaint in [
            (binary, fine, "not UTF-8 text"), (fine, binary, "not UTF-8 text"),
            (stage.folder, fine, "Is a directory"),
            (large, fine, "larger than 1 MiB"),
            (fine, large, "larger than 64 MiB"),
            (fine, "/dev/zero", "larger than 64 MiB")]:
        done = run(stage, "render", "--template", template, "--input", body,
                   check=False)
        assert done.returncode == 2 and done.stdout == ""
        assert complaint in done.stderr and done.stderr.count("\n") == 1


def test_secrets_that_are_not_set_do_not_matter_and_are_told(stage):
    arguments = ["render", "--config", ROOT / "deploy/relay.example.yaml",
                 "--destination", "event", "--input", ORDER]
    done = run(stage, *arguments, RETENO_ACCESS_KEY="k")
    assert json.loads(done.stdout)["eventTypeKey"] == "Order Placed"
    told = done.stderr.splitlines()[0]
    assert told.endswith("has none: RELAY_SECRET, RETENO_AUTHORIZATION")
    done = run(stage, "check", "--config",
               ROOT / "deploy/relay.example.yaml", check=False)
    assert done.returncode == 2
    assert "RELAY_SECRET is not set" in done.stderr


def test_lone_template_has_the_limits_of_a_configuration(stage):
    path = stage.write("t.ftl", "<#list 1..500001 as x></#list>{}")
    done = run(stage, "render", "--template", path, "--input", ORDER,
               check=False)
    assert done.returncode == 1 and ":1:1: " in done.stderr
    assert "more steps than a render may take" in done.stderr


def test_without_any_configuration_it_is_said_how_to_give_one(stage):
    done = run(stage, "render", "--destination", "event", "--input", ORDER,
               check=False)
    assert done.returncode == 2
    assert "there is no /etc/relay/relay.yaml: say where" in done.stderr


def explained(text):
    """The table's rows, by place, behind the body."""
    head, *rows = text.split("\n\n", 1)[1].splitlines()
    assert head.split() == ["place", "expression", "value", "from"]
    return [[cell.strip() for cell in row.split("  ") if cell.strip()]
            for row in rows]


def test_explanation_says_where_each_value_comes_from(stage):
    path = stage.write("t.ftl", """\
<#assign mail = input.user_properties.email!"none">
{"mail": "${mail}",
 "plan": "${input.plan!"free"}",
 "first": "${input.items[0].sku}"}
""")
    body = {"user_properties": {"email": "a@b.c"}, "items": [{"sku": "S-1"}]}
    done = run(stage, "render", "--template", path, "--input", "-",
               "--explain", stdin=json.dumps(body))
    assert explained(done.stdout) == [
        ["2:13", "mail", "a@b.c",
         "input.user_properties.email (mail is assigned on line 1)"],
        ["3:13", 'input.plan!"free"', "free",
         '"free" (input.plan is missing)'],
        ["4:14", "input.items[0].sku", "S-1", "input.items[0].sku"]]


def test_explanation_goes_as_far_as_the_template_got(stage):
    path = stage.write("t.ftl", '{"a": ${input.a}, "b": "${input.b}"}')
    done = run(stage, "render", "--template", path, "--input", "-",
               "--explain", stdin='[{"a": "\\u001b[31m"}, {"a": 2, "b": 3}]',
               check=False)
    assert done.returncode == 1
    assert "1:9 " in done.stdout and "\\x1b[31m" in done.stdout
    assert "\x1b" not in done.stdout
    assert "object 1: " in done.stderr and ":1:27: `input.b`" in done.stderr
    assert '{"a": 2, "b": "3"}' in done.stdout


def test_explanation_looks_through_the_functions_of_the_shipped(stage):
    done = run(stage, "render", "--config", ROOT / "deploy/relay.example.yaml",
               "--destination", "contact", "--input",
               SAMPLES / "user-01-known-with-email.json", "--explain",
               RELAY_SECRET="s", RETENO_AUTHORIZATION="a",
               RETENO_ACCESS_KEY="k")
    origins = {row[2]: row[3].split(" (")[0]
               for row in explained(done.stdout)}
    assert origins["iryna@example.com"] == \
        "input.user_properties.email?trim?json_string"
    assert origins["Lviv"] == "input.city?string?trim?json_string"
