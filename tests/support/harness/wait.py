"""Waiting for a condition. The only place where a test sleeps."""

import os
import time

# A loaded machine, or a build with sanitizers, is slow: that is no failure.
PATIENCE_S = float(os.environ.get("RELAY_TEST_PATIENCE", "20"))


def wait_until(condition, what, timeout=PATIENCE_S):
    """Returns the first true value of condition(); fails when there is none
    in time. `what` completes "gave up waiting for"."""
    deadline = time.monotonic() + timeout
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"gave up waiting for {what}; last: {value!r}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)
