"""The guide's contact template as a customer pastes it, with escape and
omit_empty, from webhook to the stand-in."""

import json

import pytest

from controlling import GUIDE
from harness.stage import ROOT
from harness.stand_in import CONTACT

ROUTE = "/amplitude/users"
SAMPLES = {path.stem: json.loads(path.read_text())
           for path in sorted((ROOT / "deploy/samples").glob("*.json"))}
# Its email address is none: that the guide's template does not ask.
NO_ADDRESS = "user-06-properties-as-strings"


def to_contact(relay, stand_in, **keys):
    relay.add_destination(
        "contact", stand_in.url + CONTACT, endpoint="contact",
        template=(GUIDE / "contact.ftl").read_text(),
        when='(input.user_id!"") != ""', **keys)
    relay.add_route(ROUTE, "contact")
    return relay.start()


def post_all(ingest, bodies):
    for name, body in bodies.items():
        answer = ingest.post(ROUTE, {**body, "uuid": name})
        assert answer.status == 200, (name, answer)


def test_every_sample_of_a_known_user_is_accepted(relay, stand_in):
    ingest, dispatcher = to_contact(relay, stand_in, omit_empty=True,
                                    keep=["channels"])
    known = {name: body for name, body in SAMPLES.items()
             if body.get("user_id") and name != NO_ADDRESS}
    assert len(known) > 8
    post_all(ingest, known)
    dispatcher.wait_for_metric(
        'relay_ledger_total{destination="contact",entry="delivered"}',
        len(known))
    bodies = [arrival["body"] for arrival in stand_in.accepted(CONTACT)]
    assert {body["externalCustomerId"] for body in bodies} == {
        body["user_id"] for body in known.values()}
    for body in bodies:
        assert all(field["value"] for field in body["fields"])
        assert all(channel["value"] for channel in body["channels"])


def nasty(value):
    """The same shape, with what breaks JSON in every text."""
    if isinstance(value, dict):
        return {key: nasty(item) for key, item in value.items()}
    if isinstance(value, list):
        return [nasty(item) for item in value]
    return f'{value}"\\\n\t\u0001</x' if isinstance(value, str) else value


@pytest.mark.parametrize("name", SAMPLES)
def test_no_text_breaks_the_json_of_the_guides_template(relay, name):
    relay.add_destination(
        "contact", "http://127.0.0.1:1", omit_empty=True,
        template=(GUIDE / "contact.ftl").read_text(), headers={})
    relay.add_route(ROUTE, "contact")
    body = nasty(SAMPLES[name])
    path = relay.stage.write("body.json", json.dumps(body))
    done = relay.relayctl("render", "--destination", "contact", "--input",
                          str(path))
    contact = json.loads(done.stdout)
    fields = {field["id"]: field["value"] for field in contact["fields"]}
    assert fields.get(513770) == body["device_id"]
    assert contact.get("externalCustomerId") == body.get("user_id")
