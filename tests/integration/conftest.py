"""The fixtures of tests/support/harness, and of the queue's scripts."""

import pathlib
import sys

import pytest

from queue_scripts import Client, Queue, Server

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness.fixtures import *  # noqa: E402,F403 pylint: disable=all


@pytest.fixture(scope="module")
def queue_server():
    """A Redis of one's own, for scripts."""
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def queue(queue_server):
    """One shard in it, empty."""
    client = Client(queue_server.path)
    client("FLUSHALL")
    queue = Queue(client)
    queue.open("event", "contact")
    yield queue
    client.close()
