"""The fixtures of tests/support/harness, and of the queue's scripts."""

import pathlib
import sys

import pytest

from queue_flow import Flow
from queue_operator import Operator
from queue_scripts import Client, Queue, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness.fixtures import *  # noqa: E402,F403 pylint: disable=all


@pytest.fixture(scope="module")
def queue_server():
    """A Redis of one's own, for scripts."""
    server = Server()
    yield server
    server.stop()


def empty_queue(server, kind):
    client = Client(server.path)
    client("FLUSHALL")
    queue = kind(client)
    queue.open("event", "contact")
    yield queue
    client("CONFIG", "SET", "maxmemory", 0)
    client.close()


@pytest.fixture
def queue(queue_server):
    """One shard in it, empty."""
    yield from empty_queue(queue_server, Queue)


@pytest.fixture
def operator(queue_server):
    """The same, with the operator's verbs."""
    yield from empty_queue(queue_server, Operator)


@pytest.fixture
def flow(queue_server):
    """The same, with rate limits and holds."""
    yield from empty_queue(queue_server, Flow)


@pytest.fixture
def everywhere(operator):
    """The operator's, with jobs in every place."""
    operator.fill()
    return operator
