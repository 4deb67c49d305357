"""The stand-in for Reteno takes what Reteno takes and refuses the rest: every
rule of tests/support/RULES.md."""

import base64
import copy
import json
import re

import pytest

from harness.stage import ROOT, Stage
from harness.stand_in import (ACCESS_KEY, AUTHORIZATION, CONTACT, DEVICE,
                              EVENT, MOBILE_EVENTS, StandIn)
from harness.wait import wait_until
from harness.web import send_raw

API_HEADERS = {"Content-Type": "application/json; charset=UTF-8",
               "Accept": "application/json", "Authorization": AUTHORIZATION}
MOBILE_HEADERS = {"Content-Type": "application/json",
                  "X-Reteno-Access-Key": ACCESS_KEY,
                  "X-Reteno-SDK-Version": "amplitude-device"}
HEADERS = {DEVICE: MOBILE_HEADERS, MOBILE_EVENTS: MOBILE_HEADERS,
           CONTACT: API_HEADERS, EVENT: API_HEADERS}

BODIES = {
    DEVICE: {"deviceId": "d-1", "category": "MOBILE", "osType": "IOS",
             "externalUserId": "u-1", "pushToken": "t", "pushSubscribed": True,
             "osVersion": "18.1", "deviceModel": "iPhone16,1",
             "appVersion": "4.2.1", "languageCode": "uk-UA",
             "timeZone": "Europe/Kyiv", "advertisingId": "a",
             "phone": "380501234567", "email": "a@example.com"},
    MOBILE_EVENTS: {"deviceId": "d-1", "events": [
        {"eventTypeKey": "Page Viewed", "occurred": "2026-11-20T20:13:20.795Z",
         "params": [{"name": "page", "value": ""},
                    {"name": "ref", "value": "100% / \"x\""}]}]},
    CONTACT: {"externalCustomerId": "u-1", "firstName": "Zoë",
              "lastName": "O’Brien", "languageCode": "en-US",
              "timeZone": "UTC", "addressBookId": 1,
              "address": {"town": "Київ", "postcode": "01001"},
              "fields": [{"id": 513758, "value": "gold"},
                         {"id": 513759, "value": "дві\nстроки"}],
              "channels": [
                  {"type": "email", "value": "zoë@example.com",
                   "device": {"appId": "vcfc4f0e-z891", "active": True}},
                  {"type": "sms", "value": "+380501234567"},
                  {"type": "mobilepush", "value": "token",
                   "device": {"appId": "vcfc4f0e-z891", "os": "ios",
                              "clientVersion": "native"}}]},
    EVENT: {"eventTypeKey": "Order Completed", "keyValue": "u-1",
            "params": [{"name": "externalCustomerId", "value": "u-1"},
                       {"name": "total", "value": 12.5},
                       {"name": "note", "value": "<b>\"100%\"</b>\u0000"},
                       {"name": "empty", "value": ""},
                       {"name": "items", "value": [{"sku": "a", "n": None}]}]},
}


@pytest.fixture(scope="module")
def strict():
    """One stand-in for all rules, which forgets contacts at once."""
    stage = Stage()
    stand_in = StandIn(stage, "--duplicate-window-ms", 0)
    yield stand_in
    stage.close()


def post(stand_in, endpoint, body, headers=None, method="POST"):
    with stand_in.client() as client:
        return client.request(method, endpoint, body,
                              HEADERS[endpoint] if headers is None else headers)


# -- changes of a body that is fine

def put(path, value):
    """Sets what stands at the path; None in a path appends to a list."""
    def change(body):
        *steps, last = path
        for step in steps:
            body = body[step]
        if last is None:
            body.append(value)
        else:
            body[last] = value

    return change


def drop(*path):
    def change(body):
        *steps, last = path
        for step in steps:
            body = body[step]
        del body[last]

    return change


def both(*changes):
    def change(body):
        for one in changes:
            one(body)

    return change


def changed(endpoint, change):
    body = copy.deepcopy(BODIES[endpoint])
    change(body)
    return body


def check_refused(stand_in, endpoint, body, reason, status=400):
    """It is refused, with these words, in the manner of its host."""
    answer = post(stand_in, endpoint, body)
    assert answer.status == status, answer
    if endpoint in (DEVICE, MOBILE_EVENTS):
        assert answer.headers["Content-Type"] == "application/json"
        problem = answer.json
        told = problem["detail"]
        for param in problem.get("invalid-params", ()):
            told = f"{param['name']} {told}"
    else:
        assert answer.headers["Content-Type"].startswith("text/plain")
        told = answer.text
    assert reason in told
    last = stand_in.arrived()[-1]
    assert last["status"] == status and not last["accepted"]
    assert last["reason"] == told


# -- what is fine

@pytest.mark.parametrize("endpoint", BODIES)
def test_full_request_is_accepted(strict, endpoint):
    answer = post(strict, endpoint, BODIES[endpoint])
    assert answer.status == 200, answer
    last = strict.arrived()[-1]
    assert last["accepted"] and last["status"] == 200
    assert last["reason"] is None and last["broken"] is None
    assert last["body"] == BODIES[endpoint]


SMALL = {
    "device-of-an-anonymous-user": (DEVICE, {
        "deviceId": "d", "category": "TABLET", "osType": "ANDROID"}),
    "contact-without-channels": (CONTACT, {
        "externalCustomerId": "u", "channels": []}),
    "contact-by-email-only": (CONTACT, {
        "channels": [{"type": "email", "value": "a@b.co"}]}),
    "contact-whose-id-an-event-could-not-have": (CONTACT, {
        "externalCustomerId": "auth0|1", "channels": []}),
    "event-with-key-value-and-no-params": (EVENT, {
        "eventTypeKey": "a", "keyValue": "u", "params": []}),
    "event-by-contact-id": (EVENT, {
        "eventTypeKey": "a", "params": [{"name": "contactId", "value": 7}]}),
    "event-with-the-longest-name": (EVENT, {
        "eventTypeKey": "я" * 100, "keyValue": "u" * 300,
        "params": [{"name": "п" * 100, "value": "x"}]}),
    "event-by-phone": (EVENT, {
        "eventTypeKey": "a",
        "params": [{"name": "phone", "value": "380501234567"}]}),
    "mobile-event-without-params": (MOBILE_EVENTS, {
        "deviceId": "d", "externalUserId": "u", "events": [
            {"eventTypeKey": "a", "occurred": "2024-02-29T23:59:59.123456Z"},
            {"eventTypeKey": "b", "occurred": "2026-01-01T00:00:00.0Z",
             "params": []}]}),
}


@pytest.mark.parametrize("case", SMALL)
def test_small_request_is_accepted(strict, case):
    endpoint, body = SMALL[case]
    answer = post(strict, endpoint, body)
    assert answer.status == 200, answer


def test_contact_is_answered_with_its_number(strict):
    first = post(strict, CONTACT, {"externalCustomerId": "a", "channels": []})
    again = post(strict, CONTACT, {"externalCustomerId": "a", "channels": [],
                                   "firstName": "Ann"})
    other = post(strict, CONTACT, {"externalCustomerId": "b", "channels": []})
    assert isinstance(first.json["id"], int)
    assert first.json == again.json != other.json


# -- the envelope

HEADER_REFUSALS = {
    # case: (endpoint, headers to change, status, words)
    "authorization-missing": (EVENT, {"Authorization": None}, 401, "Basic"),
    "authorization-bearer": (
        CONTACT, {"Authorization": "Bearer abc"}, 401, "Basic"),
    "authorization-not-base64": (
        EVENT, {"Authorization": "Basic a:b"}, 401, "Basic"),
    "authorization-without-password": (
        EVENT, {"Authorization": "Basic " + base64.b64encode(
            b"name:").decode()}, 401, "Basic"),
    "authorization-other": (
        CONTACT, {"Authorization": "Basic b3RoZXI6a2V5"}, 401, "not known"),
    "access-key-missing": (
        DEVICE, {"X-Reteno-Access-Key": None}, 401, "Access-Key"),
    "access-key-other": (
        MOBILE_EVENTS, {"X-Reteno-Access-Key": "x"}, 401, "not known"),
    "access-key-authorization-instead": (
        DEVICE, {"X-Reteno-Access-Key": None, "Authorization": AUTHORIZATION},
        401, "Access-Key"),
    "sdk-version-missing": (
        DEVICE, {"X-Reteno-SDK-Version": None}, 400, "SDK-Version"),
    "content-type-missing": (
        EVENT, {"Content-Type": None}, 415, "application/json"),
    "content-type-form": (
        EVENT, {"Content-Type": "application/x-www-form-urlencoded"}, 415,
        "application/json"),
    "content-type-latin-1": (
        CONTACT, {"Content-Type": "application/json; charset=iso-8859-1"}, 415,
        "UTF-8"),
    "content-encoding": (
        DEVICE, {"Content-Encoding": "gzip"}, 415, "encoded"),
    "accept-xml": (EVENT, {"Accept": "text/xml"}, 406, "Accept"),
}


@pytest.mark.parametrize("case", HEADER_REFUSALS)
def test_headers_are_refused(strict, case):
    endpoint, changes, status, words = HEADER_REFUSALS[case]
    headers = {**HEADERS[endpoint], **changes}
    headers = {name: value for name, value in headers.items() if value}
    answer = post(strict, endpoint, BODIES[endpoint], headers)
    assert answer.status == status, answer
    assert words in answer.text


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("endpoint", BODIES)
def test_method_is_refused(strict, endpoint, method):
    answer = post(strict, endpoint, BODIES[endpoint], method=method)
    assert answer.status == 405, answer
    assert answer.headers["Allow"] == "POST"


@pytest.mark.parametrize(
    "path", ["/", "/api/v1/device/", "/v2/event", "/api/v1/event",
             "/api/v1/contacts", "/api/v1/contact/1"])
def test_path_is_refused(strict, path):
    with strict.client() as client:
        answer = client.request("POST", path, {}, API_HEADERS)
    assert answer.status == 404, answer


CONTENT_REFUSALS = {
    "empty": (b"", "not JSON"),
    "cut": (b'{"eventTypeKey": "a", "params": [', "not JSON"),
    "trailing-comma": (b'{"a": 1,}', "not JSON"),
    "array": (b"[]", "must be an object"),
    "string": (b'"a"', "not JSON"),
    "invalid-utf-8": (b'{"deviceId": "\xff"}', "not JSON"),
    "member-twice": (b'{"a": 1, "a": 2}', "not JSON"),
    "byte-order-mark": (b"\xef\xbb\xbf{}", "not JSON"),
    "not-a-number": (b'{"a": NaN}', "not JSON"),
}


@pytest.mark.parametrize("case", CONTENT_REFUSALS)
@pytest.mark.parametrize("endpoint", BODIES)
def test_content_is_refused(strict, endpoint, case):
    body, words = CONTENT_REFUSALS[case]
    check_refused(strict, endpoint, body, words)


# -- the bodies

def first_param(key, value):
    return put(("events", 0, "params", 0, key), value)


FORBIDDEN = "<;’\\/|\"`'^?!,>"
CASES = {}

CASES[DEVICE] = {
    "id-missing": (drop("deviceId"), "deviceId is required"),
    "id-empty": (put(["deviceId"], ""), "deviceId must not be blank"),
    "id-blank": (put(["deviceId"], " \t "), "deviceId must not be blank"),
    "id-word-null": (put(["deviceId"], "null"), "deviceId must not be the"),
    "id-null": (put(["deviceId"], None), "deviceId must not be null"),
    "id-number": (put(["deviceId"], 7), "deviceId must be a string"),
    "id-control-character": (put(["deviceId"], "a\nb"), "deviceId must not ha"),
    "category-missing": (drop("category"), "category is required"),
    "category-other": (put(["category"], "DESKTOP"), "category is not one"),
    "category-lower-case": (put(["category"], "mobile"), "category is not one"),
    "os-missing": (drop("osType"), "osType is required"),
    "os-browser": (put(["osType"], "CHROME"), "osType is not one"),
    "os-desktop": (put(["osType"], "MAC OS X"), "osType is not one"),
    "user-empty": (put(["externalUserId"], ""), "externalUserId must not be b"),
    "user-word-null": (
        put(["externalUserId"], "null"), "externalUserId must not be the"),
    "subscribed-text": (
        put(["pushSubscribed"], "true"), "pushSubscribed must be true or"),
    "text-empty": (put(["osVersion"], ""), "osVersion must not be blank"),
    "text-number": (put(["appVersion"], 4.2), "appVersion must be a string"),
    "null": (put(["deviceModel"], None), "deviceModel must not be null"),
    "language": (put(["languageCode"], "English"), "languageCode must be a la"),
    "time-zone": (put(["timeZone"], "UTC+2 (Kyiv)"), "timeZone must be a time"),
    "phone": (put(["phone"], "none"), "phone must be a phone"),
    "email": (put(["email"], "none"), "email must be an email"),
    "unknown-member": (put(["os"], "IOS"), "os unknown member"),
}

CASES[MOBILE_EVENTS] = {
    "device-missing": (drop("deviceId"), "deviceId is required"),
    "device-blank": (put(["deviceId"], " "), "deviceId must not be blank"),
    "user-empty": (put(["externalUserId"], ""), "externalUserId must not be b"),
    "events-missing": (drop("events"), "events is required"),
    "events-empty": (put(["events"], []), "events must have an event"),
    "events-object": (put(["events"], {}), "events must be an array"),
    "event-text": (put(("events", 0), "a"), "events[0] must be an object"),
    "key-missing": (
        drop("events", 0, "eventTypeKey"), "events[0].eventTypeKey is required"),
    "key-over-100": (
        put(("events", 0, "eventTypeKey"), "a" * 101), "at most 100"),
    "occurred-missing": (
        drop("events", 0, "occurred"), "events[0].occurred is required"),
    "occurred-as-amplitude": (
        put(("events", 0, "occurred"), "2026-11-20 20:13:20.795000"),
        "events[0].occurred must be a time"),
    "occurred-without-zone": (
        put(("events", 0, "occurred"), "2026-11-20T20:13:20.795"),
        "must be a time"),
    "occurred-without-fraction": (
        put(("events", 0, "occurred"), "2026-11-20T20:13:20Z"),
        "must be a time"),
    "occurred-no-such-day": (
        put(("events", 0, "occurred"), "2026-02-29T20:13:20.795Z"),
        "must be a time"),
    "occurred-number": (
        put(("events", 0, "occurred"), 1795166000795), "must be a string"),
    "param-name-missing": (
        drop("events", 0, "params", 0, "name"),
        "events[0].params[0].name is required"),
    "param-name-over-100": (first_param("name", "a" * 101), "at most 100"),
    "param-value-missing": (
        drop("events", 0, "params", 0, "value"),
        "events[0].params[0].value is required"),
    "param-value-number": (first_param("value", 1), "must be a string"),
    "param-twice": (first_param("name", "ref"), "name is there twice"),
    "unknown-member": (
        put(("events", 0, "time"), 1), "events[0].time unknown member"),
}


def channel(key, value, place=0):
    return put(("channels", place, key), value)


CASES[CONTACT] = {
    "channels-missing": (drop("channels"), "channels is required"),
    "channels-object": (put(["channels"], {}), "channels must be an array"),
    "channel-type-missing": (
        drop("channels", 0, "type"), "channels[0].type is required"),
    "channel-type-other": (channel("type", "fax"), "channels[0].type is not"),
    "channel-value-missing": (
        drop("channels", 0, "value"), "channels[0].value is required"),
    "channel-email-empty": (
        channel("value", ""), "channels[0].value must not be blank"),
    "channel-email-null": (
        channel("value", None), "channels[0].value must not be null"),
    "channel-email-no-at": (channel("value", "a.b.co"), "must be an email"),
    "channel-email-no-dot": (channel("value", "a@localhost"), "must be an em"),
    "channel-email-blank-inside": (channel("value", "a b@c.co"), "an email"),
    "channel-phone": (channel("value", "call me", 1), "must be a phone"),
    "channel-device-without-app": (
        drop("channels", 0, "device", "appId"), "device.appId is required"),
    "channel-device-active-text": (
        put(("channels", 0, "device", "active"), "yes"), "must be true or"),
    "channel-device-version": (
        put(("channels", 2, "device", "clientVersion"), "9"), "is not one of"),
    "channel-push-without-device": (
        drop("channels", 2, "device"), "mobilepush goes with a device"),
    "channel-unknown-member": (channel("name", "x"), "name unknown member"),
    "id-empty": (
        put(["externalCustomerId"], ""), "externalCustomerId must not be bl"),
    "id-word-null": (
        put(["externalCustomerId"], "null"), "externalCustomerId must not be t"),
    "id-number": (
        put(["externalCustomerId"], 1), "externalCustomerId must be a string"),
    "nobody": (
        both(drop("externalCustomerId"), put(["channels"], [])),
        "needs an externalCustomerId"),
    "nobody-by-push": (
        both(drop("externalCustomerId"), drop("channels", 0),
             drop("channels", 0)), "needs an externalCustomerId"),
    "first-name-over-40": (put(["firstName"], "a" * 41), "at most 40"),
    "first-name-4-digits": (put(["firstName"], "R2D21234"), "3 digits"),
    "last-name-empty": (put(["lastName"], ""), "lastName must not be blank"),
    "address-unknown-member": (
        put(("address", "country"), "UA"), "address.country unknown member"),
    "address-text": (put(["address"], "Kyiv"), "address must be an object"),
    "fields-object": (put(["fields"], {"1": "a"}), "fields must be an array"),
    "field-id-missing": (drop("fields", 0, "id"), "fields[0].id is required"),
    "field-id-text": (
        put(("fields", 0, "id"), "513758"), "fields[0].id must be an integer"),
    "field-id-over-int32": (
        put(("fields", 0, "id"), 2 ** 31), "fields[0].id must be an integer"),
    "field-id-fraction": (
        put(("fields", 0, "id"), 1.5), "fields[0].id must be an integer"),
    "field-twice": (put(("fields", 0, "id"), 513759), "id is there twice"),
    "field-value-missing": (
        drop("fields", 0, "value"), "fields[0].value is required"),
    "field-value-empty": (
        put(("fields", 0, "value"), ""), "fields[0].value must not be blank"),
    "field-value-number": (
        put(("fields", 0, "value"), 1), "fields[0].value must be a string"),
    "field-value-over-5000": (
        put(("fields", 0, "value"), "a" * 5001), "at most 5000"),
    "language": (put(["languageCode"], "english"), "languageCode must be a la"),
    "time-zone": (put(["timeZone"], "+02:00"), "timeZone must be a time"),
    "address-book-text": (put(["addressBookId"], "1"), "must be an integer"),
    "groups": (put(["groups"], []), "groups is read-only"),
    "unknown-member": (put(["email"], "a@b.co"), "email unknown member"),
    "null": (put(["contactKey"], None), "contactKey must not be null"),
}


def param(key, value, place=0):
    return put(("params", place, key), value)


def nobody(name="total", value="1"):
    """Only a param of this name, and no keyValue."""
    return both(drop("keyValue"),
                put(["params"], [{"name": name, "value": value}]))


def customer(value):
    """The first param, the customer's id, with this value and no keyValue."""
    return both(drop("keyValue"), param("value", value))


CASES[EVENT] = {
    "key-missing": (drop("eventTypeKey"), "eventTypeKey is required"),
    "key-empty": (put(["eventTypeKey"], ""), "eventTypeKey must not be blank"),
    "key-over-100": (put(["eventTypeKey"], "a" * 101), "at most 100"),
    "key-over-100-as-java-counts": (
        put(["eventTypeKey"], "😀" * 51), "at most 100"),
    "key-control-character": (
        put(["eventTypeKey"], "a\tb"), "eventTypeKey must not have control"),
    **{f"key-with-U+{ord(c):04X}": (
        put(["eventTypeKey"], f"a{c}b"), "eventTypeKey must have none of")
       for c in FORBIDDEN},
    "key-value-empty": (put(["keyValue"], ""), "keyValue must not be blank"),
    "key-value-word-null": (put(["keyValue"], "null"), "keyValue must not be"),
    "key-value-over-300": (put(["keyValue"], "a" * 301), "at most 300"),
    "key-value-with-slash": (put(["keyValue"], "a/b"), "keyValue must have no"),
    "params-missing": (drop("params"), "params is required"),
    "params-object": (put(["params"], {"a": "b"}), "params must be an array"),
    "param-text": (put(("params", 0), "a"), "params[0] must be an object"),
    "param-name-missing": (
        drop("params", 0, "name"), "params[0].name is required"),
    "param-name-empty": (param("name", " "), "params[0].name must not be bl"),
    "param-name-over-100": (param("name", "a" * 101), "at most 100"),
    "param-value-missing": (
        drop("params", 0, "value"), "params[0].value is required"),
    "param-value-null": (param("value", None, 1), "params[1].value must not"),
    "param-value-boolean": (param("value", True, 1), "params[1].value must be"),
    "param-twice": (param("name", "total", 2), "name is there twice"),
    "param-unknown-member": (
        param("type", "x"), "params[0].type unknown member"),
    "nobody": (nobody(), "needs a keyValue or one of the params"),
    "nobody-by-device": (nobody("deviceId", "d-1"), "needs a keyValue"),
    "nobody-by-amplitude-id": (nobody("amplitude_id", "1"), "needs a keyVal"),
    "customer-empty": (customer(""), "params[0].value must not be blank"),
    "customer-blank": (customer("  "), "params[0].value must not be bl"),
    "customer-no-break-space": (customer("\u00a0"), "must not be blank"),
    "customer-word-null": (customer("null"), "must not be the word"),
    "customer-number": (customer(812345678901), "must be a string"),
    "customer-over-300": (customer("a" * 301), "at most 300"),
    "customer-with-bar": (customer("auth0|1"), "must have none of"),
    "customer-control-character": (customer("a\u0000"), "control"),
    "email": (nobody("email", "none"), "must be an email"),
    "phone": (nobody("phone", "none"), "must be a phone"),
    "contact-id-zero": (nobody("contactId", 0), "must be an integer"),
    "push-token-empty": (nobody("pushToken", ""), "must not be blank"),
    "over-20-kb": (
        put(("params", None), {"name": "big", "value": "x" * 20480}),
        "at most 20480 bytes"),
    "unknown-member": (put(["occurred"], "2026-11-20"), "unknown member"),
}


@pytest.mark.parametrize("case", CASES[DEVICE])
def test_device_is_refused(strict, case):
    change, words = CASES[DEVICE][case]
    check_refused(strict, DEVICE, changed(DEVICE, change), words)


@pytest.mark.parametrize("case", CASES[MOBILE_EVENTS])
def test_mobile_events_are_refused(strict, case):
    change, words = CASES[MOBILE_EVENTS][case]
    check_refused(strict, MOBILE_EVENTS, changed(MOBILE_EVENTS, change), words)


@pytest.mark.parametrize("case", CASES[CONTACT])
def test_contact_is_refused(strict, case):
    change, words = CASES[CONTACT][case]
    check_refused(strict, CONTACT, changed(CONTACT, change), words)


@pytest.mark.parametrize("case", CASES[EVENT])
def test_event_is_refused(strict, case):
    change, words = CASES[EVENT][case]
    check_refused(strict, EVENT, changed(EVENT, change), words)


def test_event_of_20480_bytes_is_accepted_and_of_one_more_refused(strict):
    body = copy.deepcopy(BODIES[EVENT])
    body["params"].append({"name": "big", "value": ""})
    room = 20480 - len(json.dumps(body))
    body["params"][-1]["value"] = "x" * room
    assert post(strict, EVENT, body).status == 200
    body["params"][-1]["value"] += "x"
    check_refused(strict, EVENT, body, "at most 20480 bytes")


def test_event_with_a_stronger_identifier_is_accepted(strict):
    body = copy.deepcopy(BODIES[EVENT])
    body["params"] = [{"name": "externalCustomerId", "value": "u-1"},
                      {"name": "email", "value": "O'Brien, at home"}]
    assert post(strict, EVENT, body).status == 200


@pytest.mark.parametrize("number", [
    "1e400", "-1E+999", "123456789012345678901234567890", "-0", "1e-400",
    "18446744073709551615"])
def test_number_of_any_size_is_json(strict, number):
    body = json.dumps({**BODIES[EVENT], "params": [
        {"name": "n", "value": [0, {"x": "N", "y": 1}, "N"]}]})
    body = body.replace('"N"', number)
    answer = post(strict, EVENT, body)
    assert answer.status == 200, answer
    assert strict.arrived()[-1]["body"] == json.loads(body)


# -- repeats and rates

def test_contact_repeated_within_the_window_is_refused(stage):
    stand_in = StandIn(stage)
    body = {"externalCustomerId": "u", "channels": [],
            "fields": [{"id": 1, "value": "a"}]}
    same = json.dumps(dict(reversed(body.items())), indent=1)
    other = {**body, "fields": [{"id": 1, "value": "b"}]}
    assert post(stand_in, CONTACT, body).status == 200
    check_refused(stand_in, CONTACT, same, "Duplicated request", 409)
    assert post(stand_in, CONTACT, other).status == 200
    check_refused(stand_in, CONTACT, body, "Duplicated request", 409)


def test_contact_repeated_after_the_window_is_accepted(stage):
    stand_in = StandIn(stage, "--duplicate-window-ms", 300)
    body = {"externalCustomerId": "u", "channels": []}
    assert post(stand_in, CONTACT, body).status == 200
    wait_until(lambda: post(stand_in, CONTACT, body).status == 200,
               "the window to pass")
    times = [arrival["at_ms"] for arrival in stand_in.accepted(CONTACT)]
    # The window is measured by another clock than these times.
    assert times[1] - times[0] >= 200


def test_contact_refused_is_not_taken_for_a_repeat(stage):
    stand_in = StandIn(stage)
    body = {"externalCustomerId": "u", "channels": []}
    for _ in range(2):
        check_refused(stand_in, CONTACT, {**body, "firstName": ""}, "blank")
    assert post(stand_in, CONTACT, body).status == 200


def burst(stand_in, endpoint, count):
    """Sends the same request so many times on one connection, at once; the
    arrivals."""
    body = json.dumps(BODIES[endpoint])
    head = "".join(f"{name}: {value}\r\n"
                   for name, value in HEADERS[endpoint].items())
    one = (f"POST {endpoint} HTTP/1.1\r\nHost: a\r\n{head}"
           f"Content-Length: {len(body)}\r\n\r\n{body}")
    last = one.replace("Host: a", "Host: a\r\nConnection: close")
    stand_in.forget()
    send_raw(stand_in.url, (one * (count - 1) + last).encode(), finish=False)
    return stand_in.arrived(endpoint)


def burst_in_a_second(stand_in, endpoint, count):
    """The statuses. On a slow machine a burst may take longer than a window
    and share it with the next: then another one is tried."""
    def try_one():
        arrivals = burst(stand_in, endpoint, count)
        assert len(arrivals) == count
        is_short = arrivals[-1]["at_ms"] - arrivals[0]["at_ms"] < 900
        statuses = [arrival["status"] for arrival in arrivals]
        return statuses if is_short and statuses[0] == 200 else None

    return wait_until(try_one, "a burst within a second")


@pytest.mark.parametrize("endpoint, rate", [
    (DEVICE, 200), (MOBILE_EVENTS, 200), (CONTACT, 200), (EVENT, 350)])
def test_rate_over_what_is_published_is_refused(stage, endpoint, rate):
    stand_in = StandIn(stage, "--duplicate-window-ms", 0, bare=True)
    statuses = burst_in_a_second(stand_in, endpoint, rate + 50)
    assert statuses == [200] * rate + [429] * 50


def test_rate_recovers_in_the_next_window(stage):
    stand_in = StandIn(stage, "--rate", f"{EVENT}=2")
    assert burst_in_a_second(stand_in, EVENT, 3) == [200, 200, 429]
    wait_until(lambda: post(stand_in, EVENT, BODIES[EVENT]).status == 200,
               "the next window")
    first, _, third = stand_in.accepted(EVENT)
    assert third["at_ms"] - first["at_ms"] >= 900


def test_answer_to_too_many_requests_does_not_say_when(stage):
    stand_in = StandIn(stage, "--rate", 1)
    answer = wait_until(lambda: with_status(
        post(stand_in, EVENT, BODIES[EVENT]), 429), "a refusal")
    assert answer.headers["Retry-After"] is None


def with_status(answer, status):
    return answer if answer.status == status else None


# -- masking, keeping, and the page of rules

def test_secrets_are_masked_in_what_arrived(strict):
    post(strict, EVENT, BODIES[EVENT])
    post(strict, DEVICE, BODIES[DEVICE])
    event, device = strict.arrived()[-2:]
    assert event["headers"]["authorization"] == "Basic ***"
    assert event["headers"]["accept"] == "application/json"
    assert device["headers"]["x-reteno-access-key"] == "***"
    assert device["headers"]["x-reteno-sdk-version"] == "amplitude-device"
    assert ACCESS_KEY not in json.dumps(strict.arrived())
    assert AUTHORIZATION.split()[1] not in json.dumps(strict.arrived())


def test_any_secret_is_taken_when_none_is_expected(stage):
    stand_in = StandIn(stage, bare=True)
    headers = {**API_HEADERS, "Authorization": "Basic OmtleQ=="}
    assert post(stand_in, EVENT, BODIES[EVENT], headers).status == 200
    headers["Authorization"] = "Basic "
    assert post(stand_in, EVENT, BODIES[EVENT], headers).status == 401


def named_tests():
    """The names of all tests of a rule, as RULES.md writes them."""
    cases = {"test_headers_are_refused": HEADER_REFUSALS,
             "test_content_is_refused": CONTENT_REFUSALS,
             "test_device_is_refused": CASES[DEVICE],
             "test_mobile_events_are_refused": CASES[MOBILE_EVENTS],
             "test_contact_is_refused": CASES[CONTACT],
             "test_event_is_refused": CASES[EVENT]}
    names = {f"{test}[{case}]" for test, table in cases.items()
             for case in table}
    return names | {
        name for name in globals()
        if re.match(r"test_\w+_(is|are)_refused$", name) and name not in cases}


def test_rules_page_names_the_test_of_every_rule():
    page = (ROOT / "tests/support/RULES.md").read_text()
    on_page = set()
    for test, cases in re.findall(r"`(test_\w+)((?:\[[^\]`]+\])?)`", page):
        for case in cases.strip("[]").split(", "):
            on_page.add(f"{test}[{case}]" if case else test)
    assert on_page == named_tests()
