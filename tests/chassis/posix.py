"""Signals that Windows has not got."""

import signal

import pytest


def posix(name: str) -> signal.Signals:
    """Return a signal by its name; skips the test on Windows, where no process can be sent it."""
    try:
        return signal.Signals[name]
    except KeyError:
        pytest.skip(f"Windows has no {name}")
