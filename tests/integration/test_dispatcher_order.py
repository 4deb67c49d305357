"""Who waits for whom: a user's jobs for one destination, and for several."""

from dispatching import event, kinds, post, to_event, wait_for_ledger
from harness.stand_in import CONTACT, DEVICE

ROUTE = "/amplitude/users"
QUICK = {"retry": {"base": "20ms", "cap": "50ms"}}


def user(name, **more):
    return {"user_id": name, "device_id": f"d-{name}", "os_name": "ios",
            "uuid": name, **more}


def to_device_and_contact(relay, stand_in, **keys):
    relay.add_destination("device", stand_in.url + DEVICE, **QUICK)
    relay.add_destination("contact", stand_in.url + CONTACT,
                          **{"after": ["device"], **QUICK, **keys})
    relay.add_route(ROUTE, "device", "contact")
    return relay.start()


def endpoints(arrivals):
    return [arrival["endpoint"] for arrival in arrivals]


def test_contact_goes_after_its_device(relay, stand_in):
    ingest, _ = to_device_and_contact(relay, stand_in)
    stand_in.fail({"endpoint": DEVICE, "status": 500, "count": 3},
                  {"endpoint": DEVICE, "latency_ms": 200})
    assert ingest.post(ROUTE, user("u-1")).status == 200
    stand_in.wait_for(2)
    device, contact = stand_in.accepted()
    assert endpoints([device, contact]) == [DEVICE, CONTACT]
    assert contact["at_ms"] >= device["answered_at_ms"]


def test_contact_of_a_dead_device_goes(relay, stand_in):
    ingest, _ = to_device_and_contact(relay, stand_in)
    stand_in.fail({"endpoint": DEVICE, "status": 400})
    assert ingest.post(ROUTE, user("u-1")).status == 200
    assert endpoints(stand_in.wait_for(1)) == [CONTACT]


def test_contact_goes_alone_when_its_device_takes_too_long(relay, stand_in):
    ingest, _ = to_device_and_contact(relay, stand_in, after_limit="1s")
    stand_in.fail({"endpoint": DEVICE, "status": 500})
    assert ingest.post(ROUTE, user("u-1")).status == 200
    assert endpoints(stand_in.wait_for(1)) == [CONTACT]


def test_hold_of_a_device_delays_its_users_contacts_only(relay, stand_in):
    ingest, dispatcher = to_device_and_contact(relay, stand_in)
    relay.relayctl("hold", "device")
    assert ingest.post(ROUTE, user("u-1")).status == 200
    # Not a mobile user: nothing of theirs waits for a device.
    relay.add_route("/web", "contact")
    web = relay.ingest()
    assert web.post("/web", user("u-2")).status == 200
    assert [a["body"]["externalCustomerId"]
            for a in stand_in.wait_for(1)] == ["u-2"]
    relay.relayctl("resume", "device")
    stand_in.wait_for(3)
    dispatcher.wait_for_metric('relay_depth{destination="contact"}', 0)


def test_unordered_destination_takes_a_users_jobs_at_once(relay, stand_in):
    to_event(relay, stand_in, order="none", max_in_flight=8)
    ingest, dispatcher = relay.start()
    stand_in.fail({"latency_ms": 300})
    post(ingest, *[event(kind=f"Event {i}") for i in range(8)])
    wait_for_ledger(dispatcher, "delivered", 8)
    arrivals = stand_in.accepted()
    last = max(arrival["at_ms"] for arrival in arrivals)
    assert all(arrival["answered_at_ms"] > last for arrival in arrivals)


def test_letter_goes_out_again_as_it_was_sent(relay, stand_in):
    to_event(relay, stand_in)
    ingest, dispatcher = relay.start()
    stand_in.fail({"status": 400, "count": 1})
    post(ingest, event(kind="First"))
    wait_for_ledger(dispatcher, "dead", 1)
    dispatcher.stop()
    # By now the template makes something else of it, and the condition nothing.
    to_event(relay, stand_in, when="false", template="{}")
    dispatcher = relay.dispatcher()
    relay.relayctl("dead", "replay", "--destination", "event", "--all",
                   "--as-sent")
    assert kinds(stand_in.wait_for(1)) == ["First"]
    wait_for_ledger(dispatcher, "delivered", 1)
