"""The destinations as shipped: deploy/relay.example.yaml and deploy/templates,
by the demo over all samples, and by relayctl for the rules of each."""

import copy
import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "deploy/samples"
BUILD = pathlib.Path(os.environ.get("RELAY_BUILD_DIR", ROOT / "build/dev"))
SECRETS = {
    "RELAY_SECRET": "s",
    "RETENO_AUTHORIZATION": "Basic dTpr",
    "RETENO_ACCESS_KEY": "k",
}

# What becomes of each sample; a dead letter by a part of its reason.
EXPECTED = {
    "user-01-known-with-email.json": {
        "device": "delivered", "contact": "delivered"},
    "user-02-anonymous.json": {
        "device": "delivered", "contact": "skipped"},
    "user-03-web-visitor.json": {
        "device": "skipped", "contact": "delivered"},
    "user-04-without-email.json": {
        "device": "delivered", "contact": "delivered"},
    "user-05-identify-call.json": {
        "device": "delivered", "contact": "delivered"},
    "user-06-properties-as-strings.json": {
        "device": "delivered", "contact": "delivered"},
    "event-01-order-of-a-known-user.json": {
        "event": "delivered", "anonymous-event": "skipped"},
    "event-02-anonymous-device.json": {
        "event": "skipped", "anonymous-event": "delivered"},
    "event-03-anonymous-web-visitor.json": {
        "event": "skipped", "anonymous-event": "skipped"},
    "event-04-lists-and-objects.json": {
        "event": "delivered", "anonymous-event": "skipped"},
    "event-05-quotes-and-unicode.json": {
        "event": "delivered", "anonymous-event": "skipped"},
    "event-06-name-that-reteno-forbids.json": {
        "event": "delivered", "anonymous-event": "skipped"},
    "event-07-over-20-kb.json": {
        "event": "Reteno takes 20480", "anonymous-event": "skipped"},
    "event-08-only-what-is-required.json": {
        "event": "skipped", "anonymous-event": "delivered"},
    "event-09-identifier-that-reteno-forbids.json": {
        "event": "an identifier is never altered",
        "anonymous-event": "skipped"},
    "event-10-the-first-one-again.json": {"-": "duplicate: dropped"},
}


def demo(*options):
    """The rows that the demo prints."""
    done = subprocess.run(
        [sys.executable, "-B", str(ROOT / "deploy/demo.py"), "--build",
         str(BUILD), "--json", *options],
        capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_demo_shows_what_became_of_each_sample():
    rows = {}
    for row in demo():
        rows.setdefault(row["body"], {})[row["destination"]] = row
    assert set(rows) == set(EXPECTED) == {p.name for p in SAMPLES.iterdir()}
    for body, wanted in EXPECTED.items():
        assert set(rows[body]) == set(wanted), body
        for destination, outcome in wanted.items():
            row = rows[body][destination]
            assert outcome in row["outcome"], (body, row)
            was_received = row["received"] is not None
            assert was_received == (outcome == "delivered"), (body, row)


def test_demo_shows_a_row_for_each_job_of_an_array(tmp_path):
    first = {"event_type": "a", "user_id": "u-1", "uuid": "1"}
    (tmp_path / "event-1.json").write_text(json.dumps(
        [first, {}, {**first, "event_type": "b", "uuid": "2"}, first,
         {**first, "user_id": "a/b", "uuid": "3"}]))
    (tmp_path / "event-2.json").write_text("[]")
    (tmp_path / "event-3.json").write_text("[1]")
    (tmp_path / "user-1.json").write_text(json.dumps(
        {"device_id": "a\nb", "os_name": "ios"}))
    rows = [(row["body"], row["destination"], row["outcome"],
             (row["received"] or {}).get("eventTypeKey"))
            for row in demo("--samples", str(tmp_path))
            if row["outcome"] != "skipped"]
    assert rows.pop(0)[:3] == (
        "user-1.json", "device",
        "dead letter: 400 deviceId must not have control characters")
    dead = [row for row in rows if row[2].startswith("dead letter: ")]
    assert len(dead) == 1 and "never altered" in dead[0][2]
    rows.remove(dead[0])
    assert rows == [
        ("event-1.json", "-", "duplicate: dropped", None),
        ("event-1.json", "event", "delivered", "a"),
        ("event-1.json", "event", "delivered", "b"),
        ("event-2.json", "-", "nothing in it", None),
        ("event-3.json", "-",
         "refused: 400 element 0 of the array is no object", None)]


def test_demo_ends_quietly_when_nobody_reads_on():
    process = subprocess.Popen(
        [sys.executable, "-B", str(ROOT / "deploy/demo.py"), "--build",
         str(BUILD), "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout.readline().startswith(b"{")
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(60) == 0


# -- what a destination makes of an object

def sample(name):
    return json.loads(next(SAMPLES.glob(f"{name}*")).read_text())


def relayctl(destination, body, *settings):
    arguments = [str(BUILD / "dispatcher/ctl/relayctl"), "--config",
                 str(ROOT / "deploy/relay.example.yaml")]
    for setting in settings:
        arguments += ["--set", setting]
    return subprocess.run(
        [*arguments, "render", "--destination", destination, "--input", "-"],
        input=json.dumps(body), env={**os.environ, **SECRETS},
        capture_output=True, text=True, timeout=60, check=False)


def render(destination, body, *settings):
    """What Reteno gets; None when the job is skipped."""
    done = relayctl(destination, body, *settings)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout) if done.stdout.strip() else None


def refusal(destination, body, *settings):
    done = relayctl(destination, body, *settings)
    assert done.returncode == 1, done.stdout
    return done.stderr


def params(event):
    return {param["name"]: param["value"] for param in event["params"]}


@pytest.mark.parametrize("setting, value", [
    ("user_id", "customer-1001"),
    ("amplitude_id", "700000000001"),
    ("device_id", "D1A0-0001"),
])
def test_identity_names_the_customer_everywhere(setting, value):
    identity = f"identity={setting}"
    user = sample("user-01")
    device = render("device", user, identity)
    assert device["externalUserId"] == value
    contact = render("contact", user, identity)
    assert contact["externalCustomerId"] == value
    event = render("event", sample("event-01"), identity)
    assert params(event)["externalCustomerId"] == value
    assert render("anonymous-event", sample("event-01"), identity) is None


def test_identity_amplitude_id_makes_an_anonymous_event_an_identified_one():
    event = sample("event-02")
    assert render("event", event) is None
    named = render("event", event, "identity=amplitude_id")
    assert params(named)["externalCustomerId"] == "700000000002"


@pytest.mark.parametrize("nobody", [None, "", "  ", "null"])
def test_identity_that_reteno_ignores_is_nobody(nobody):
    event = {**sample("event-02"), "user_id": nobody}
    assert render("event", event) is None
    assert render("anonymous-event", event)["deviceId"] == "D1A0-0002"
    user = {**sample("user-02"), "user_id": nobody}
    assert render("contact", user) is None
    assert "externalUserId" not in render("device", user)


@pytest.mark.parametrize("change, expected", [
    ({}, "IOS"),
    ({"os_name": "iPadOS"}, "IOS"),
    ({"os_name": "Android", "platform": "Android"}, "ANDROID"),
    ({"os_name": None}, "IOS"),
    ({"os_name": "Mac OS X", "platform": "macOS"}, None),
    ({"os_name": "Chrome Mobile", "platform": "Web"}, None),
    ({"os_name": "ios", "platform": "Web"}, None),
    ({"device_id": None}, None),
    ({"device_id": " "}, None),
])
def test_device_takes_real_devices_only(change, expected):
    device = render("device", {**sample("user-01"), **change})
    assert (device and device["osType"]) == expected


@pytest.mark.parametrize("change, category", [
    ({}, "MOBILE"),
    ({"device_family": "Apple iPad", "device_model": "iPad14,5"}, "TABLET"),
    ({"device_type": "Samsung Galaxy Tab S9"}, "TABLET"),
])
def test_device_category_tells_tablets_from_phones(change, category):
    device = render("device", {**sample("user-01"), **change})
    assert device["category"] == category


def test_device_leaves_out_what_is_no_text():
    odd = {"device_family": {"a": 1}, "device_model": ["x"], "device_type": {},
           "os_version": [17], "version_name": {"b": 2}}
    device = render("device", {**sample("user-01"), **odd})
    assert device == {"deviceId": "D1A0-0001", "osType": "IOS",
                      "externalUserId": "customer-1001", "category": "MOBILE"}
    device = render("device", {**sample("user-01"), "os_version": 17.5})
    assert device["osVersion"] == "17.5"


def test_device_reads_both_shapes_of_a_user():
    device = render("device", sample("user-05"))
    assert device["appVersion"] == "5.1.0"
    assert device["osType"] == "ANDROID"


def test_contact_reads_what_an_identify_call_sets():
    contact = render("contact", sample("user-05"))
    values = {field["id"]: field["value"] for field in contact["fields"]}
    assert contact["channels"][0]["value"] == "olha@example.com"
    assert values[514043] == "basic"
    assert values[513765] == "5.1.0"
    assert values[513769] == "Kyivstar"


@pytest.mark.parametrize("email", [
    None, "", " ", "none", "a@b", "@example.com", "a b@example.com",
    "a@.com", "a@example.", "a@b@example.com", "a@example..com",
    "a\n@example.com", "a\"b@example.com", "a,b@example.com",
    "<a@example.com>", "a\u00a0b@example.com", "x" * 65 + "@example.com",
    "a@" + "x" * 250 + ".com", 7, ["a@example.com"]])
def test_contact_without_a_usable_email_has_no_channels(email):
    user = sample("user-01")
    user["user_properties"]["email"] = email
    assert render("contact", user)["channels"] == []


def test_contact_email_channel_carries_the_app_id():
    plain = render("contact", sample("user-01"))
    assert plain["channels"] == [
        {"type": "email", "value": "iryna@example.com"}]
    with_app = render("contact", sample("user-01"), "vars.app_id=app-1")
    assert with_app["channels"] == [
        {"type": "email", "value": "iryna@example.com",
         "device": {"appId": "app-1"}}]


@pytest.mark.parametrize("value, text", [
    ("x", "x"), (True, "true"), (12.50, "12.5"), (["a", None, 1], "a,1"),
    ("", None), (None, None), ("  ", None), ([], None),
])
def test_contact_fields_are_texts_and_never_empty(value, text):
    user = sample("user-01")
    user["user_properties"]["has_subscription"] = value
    fields = {field["id"]: field["value"]
              for field in render("contact", user)["fields"]}
    assert fields.get(514045) == text
    assert "" not in fields.values()


def test_event_name_is_made_one_that_reteno_takes():
    event = {**sample("event-01"),
             "event_type": "a<b;c’d\\e/f|g\"h`i'j^k?l!m,n>o\np"}
    assert render("event", event)["eventTypeKey"] == (
        "a_b_c_d_e_f_g_h_i_j_k_l_m_n_o_p")
    event["event_type"] = "ж" * 150
    assert render("event", event)["eventTypeKey"] == "ж" * 100


@pytest.mark.parametrize("name, cut", [
    ("x" * 99 + "😀", "x" * 99), ("x" * 98 + "😀y", "x" * 98 + "😀"),
    ("😀" * 60, "😀" * 50), ("x" * 100, "x" * 100)])
def test_names_are_cut_between_characters(name, cut):
    change = {"event_type": name, "event_properties": {name: "v"}}
    event = render("event", {**sample("event-01"), **change})
    assert event["eventTypeKey"] == cut
    assert params(event)[cut] == "v"
    made = render("anonymous-event", {**sample("event-02"), **change})
    assert made["events"][0]["eventTypeKey"] == cut
    assert made["events"][0]["params"][0]["name"] == cut


def test_event_property_never_names_another_contact():
    event = {**sample("event-01"), "event_properties": {"contactId": "17"}}
    assert "contactId" not in params(render("event", event))
    renamed = render("event", event, "vars.rename={contactId: contact}")
    assert params(renamed)["contact"] == "17"


def test_event_carries_all_properties_and_the_listed_fields():
    event = sample("event-04")
    found = params(render("event", event))
    assert found["items"] == event["event_properties"]["items"]
    assert found["tags"] == ["sale", "home"]
    assert found["platform"] == "Android"
    assert "city" not in found
    plain = params(render("event", sample("event-01")))
    assert plain["gift"] == "false"
    assert plain["total"] == "1299.5"
    assert "coupon" not in plain


def test_event_parameters_are_renamed_and_unique():
    event = sample("event-01")
    event["event_properties"] = {
        "plan": "a", "tariff": "b", "platform": "own",
        "externalCustomerId": "somebody else", "x" * 120: "long",
        "x" * 110: "also long", "": "nameless", "empty": ""}
    found = render("event", event, "vars.rename={plan: tariff}")["params"]
    names = [param["name"] for param in found]
    assert len(names) == len(set(names))
    by_name = {param["name"]: param["value"] for param in found}
    assert by_name["tariff"] == "a"
    assert by_name["platform"] == "own"
    assert by_name["externalCustomerId"] == "customer-1001"
    assert by_name["x" * 100] == "long"
    assert "" not in names and "empty" not in names


def test_event_parameters_of_one_name_go_by_what_is_said_most_clearly():
    event = sample("event-01")
    event["event_properties"] = {
        "x" * 120: "cut", "x" * 100: "whole", "a": "own", "b": "renamed",
        "c": "to a field", "os_name": ""}
    found = render("event", event,
                   "vars.rename={b: a, c: country, d: platform}")["params"]
    names = [param["name"] for param in found]
    assert len(names) == len(set(names))
    by_name = {param["name"]: param["value"] for param in found}
    assert by_name["x" * 100] == "whole"
    assert by_name["a"] == "renamed"
    assert by_name["country"] == "to a field"
    assert by_name["platform"] == event["platform"]
    assert by_name["os_name"] == event["os_name"]


@pytest.mark.parametrize("properties", [
    {f"p{i}": i for i in range(450)},
    {"deep": [json.loads("[" * 60 + "]" * 60)]},
    {"long": "x" * 19000}], ids=["many", "deep", "long"])
def test_event_of_every_make_within_20_kb_is_sent(properties):
    event = {**sample("event-01"), "event_properties": properties}
    found = params(render("event", event))
    assert set(properties) < set(found)


def test_event_over_20_kb_says_so_however_long_it_is():
    event = sample("event-01")
    event["event_properties"] = {"long": "x" * ((1 << 20) - 4096)}
    assert "Reteno takes 20480" in refusal("event", event)


@pytest.mark.parametrize("user", ["a/b", "x" * 301, "auth0|7", "O'Neil"])
def test_event_identifier_is_never_altered(user):
    event = {**sample("event-01"), "user_id": user}
    assert "externalCustomerId" in refusal("event", event)


@pytest.mark.parametrize("time, occurred", [
    ("2026-11-20 20:07:01.795000", "2026-11-20T20:07:01.795Z"),
    ("2026-11-20 20:07:01.795", "2026-11-20T20:07:01.795Z"),
    ("2026-11-20T20:07:01.7", "2026-11-20T20:07:01.700Z"),
    ("2026-11-20 20:07:01", "2026-11-20T20:07:01.000Z"),
    ("2026-11-20T20:07:01.123Z", "2026-11-20T20:07:01.123Z"),
])
def test_anonymous_event_keeps_its_time(time, occurred):
    event = {**sample("event-02"), "event_time": time}
    made = render("anonymous-event", event)["events"][0]
    assert made["occurred"] == occurred


@pytest.mark.parametrize("absent", [None, "", " ", 1795205221795, {}])
def test_anonymous_event_takes_another_time_when_its_own_is_no_text(absent):
    event = {**sample("event-02"), "event_time": absent,
             "client_event_time": absent,
             "server_upload_time": "2026-11-20 20:07:02.5"}
    event.pop("server_received_time", None)
    made = render("anonymous-event", event)["events"][0]
    assert made["occurred"] == "2026-11-20T20:07:02.500Z"
    event["server_upload_time"] = absent
    assert "the event has no time" in refusal("anonymous-event", event)


def test_anonymous_event_has_texts_only():
    event = copy.deepcopy(sample("event-02"))
    event["event_properties"]["items"] = [{"sku": "a"}]
    made = render("anonymous-event", event)["events"][0]
    values = {param["name"]: param["value"] for param in made["params"]}
    assert values["items"] == '[{"sku":"a"}]'
    assert values["cold_start"] == "true"
    assert all(isinstance(value, str) for value in values.values())
