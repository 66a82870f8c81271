"""Runs that have found something, by name: each is played again before a release."""

from collections.abc import Mapping
from typing import NamedTuple


class Regression(NamedTuple):
    """A run: its seed, which faults, for how many seconds; and what it found."""

    seed: int
    only: tuple[str, ...]
    seconds: float
    found: str


SEEDS: Mapping[str, Regression] = {}
