"""pytest fixtures: a conftest.py takes them by `from harness.fixtures import *`.

The logs of all processes of a test are shown when it fails.
"""

import socket

import pytest

from .certificates import Authority
from .redis import RedisServer
from .relay import Relay
from .stage import Stage
from .stand_in import StandIn

__all__ = ["stage", "redis", "stand_in", "relay", "authority", "tell",
           "deaf_port",
           "pytest_runtest_makereport", "pytest_terminal_summary"]

TOLD = pytest.StashKey()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    outcome = yield
    report = outcome.get_result()
    found = item.funcargs.get("stage") if hasattr(item, "funcargs") else None
    if report.failed and isinstance(found, Stage) and found.folder.exists():
        report.sections += found.logs()


def pytest_terminal_summary(terminalreporter, config):
    for line in config.stash.get(TOLD, []):
        terminalreporter.write_line(line)


@pytest.fixture
def tell(pytestconfig):
    """tell("...") shows a line at the end of the run, such as a time that was
    measured and is not judged."""
    return pytestconfig.stash.setdefault(TOLD, []).append


@pytest.fixture
def stage():
    """An empty folder and no processes."""
    made = Stage()
    yield made
    made.close()


@pytest.fixture
def redis(stage):
    """A private Redis on a unix socket."""
    return RedisServer(stage)


@pytest.fixture
def stand_in(stage):
    """A stand-in for Reteno without limits of rate."""
    return StandIn(stage)


@pytest.fixture
def relay(stage, redis):
    """A configuration without routes and destinations, for that Redis."""
    return Relay(stage, redis.address)


@pytest.fixture
def authority(stage):
    """An authority that nobody trusts yet."""
    return Authority(stage)


@pytest.fixture
def deaf_port():
    """A port of 127.0.0.1 on which connecting hangs: nobody accepts, and there
    is no room to wait."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for sock in waiting:
            sock.close()
