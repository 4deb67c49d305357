"""HTTPS: the server's certificate counts."""

import pytest

from dispatching import attempts, event, post, to_event
from harness.stand_in import StandIn
from harness.wait import wait_until


@pytest.fixture
def secure(stage, authority):
    certificate, key = authority.issue()
    return StandIn(stage, "--tls-cert", certificate, "--tls-key", key,
                   ca_file=authority.ca_file)


def test_unknown_authority_is_a_network_error(relay, secure):
    ingest, dispatcher = to_event(relay, secure).start()
    post(ingest, event())
    wait_until(lambda: attempts(dispatcher, "network_error") >= 1,
               "a network error")
    assert "certificate" in dispatcher.wait_for_log(event="job_retry")["reason"]
    assert secure.arrived() == []


def test_authority_of_the_destination_is_trusted(relay, secure, authority):
    to_event(relay, secure, tls={"ca_file": str(authority.ca_file)})
    ingest, dispatcher = relay.start()
    post(ingest, event())
    secure.wait_for(1)
    assert attempts(dispatcher, "network_error") == 0


def test_certificate_for_another_name_is_a_network_error(
        relay, stage, authority):
    certificate, key = authority.issue("other", names="DNS:other.example")
    # The harness cannot talk to it either, so nothing is asked of it.
    other = StandIn(stage, "--tls-cert", certificate, "--tls-key", key)
    to_event(relay, other, tls={"ca_file": str(authority.ca_file)})
    ingest, dispatcher = relay.start()
    post(ingest, event())
    wait_until(lambda: attempts(dispatcher, "network_error") >= 1,
               "a network error")
