"""The fixtures of tests/support/harness."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from harness.fixtures import *  # noqa: E402,F403 pylint: disable=all
