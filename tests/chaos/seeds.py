"""Runs that have found something, by name: each is played again before a release."""

from collections.abc import Mapping
from typing import NamedTuple


class Regression(NamedTuple):
    """A run: its seed, which faults, for how many seconds; and what it found."""

    seed: int
    only: tuple[str, ...]
    seconds: float
    found: str


SEEDS: Mapping[str, Regression] = {
    "sync-ends-postgresql-at-once": Regression(
        seed=1,
        only=(),
        seconds=90.0,
        found="PostgreSQL died of its first failed sync before the driver had looked at it",
    ),
    "poison-meets-a-dead-broker": Regression(
        seed=5,
        only=("rabbitmq killed", "rabbitmq stopped", "rabbitmq frozen", "network cut"),
        seconds=90.0,
        found="the poisoner took a connection that RabbitMQ had left open unanswered for an error",
    ),
}
