"""Streams that are broken: between the journal and the subscribers."""

from tests.chaos.mutants.mutant import Change, Mutant

# In a short run all entries fit into the memory of a replica, and no stream would read the journal.
FORGETFUL = Change(
    "chassis/application/streaming/recent_entries.py", "SIZE = 10_000\n", "SIZE = 100\n"
)
HEAD = "        head = hub.recent.head\n"
CATCH_UP = "        found, self._held = await hub.reader.catch_up(self.position, self._matching)\n"

MUTANTS = (
    Mutant(
        "positions without the lock",
        (
            Change(
                "chassis/infrastructure/database/postgresql_insert.py",
                '    lock = f"(SELECT pg_advisory_xact_lock({SERIAL_LOCK})) AS lock, " '
                'if insert.is_serial else ""\n',
                '    lock = ""\n',
            ),
        ),
        # Commits overtake each other where the database is far away.
        ("network slow", "network lossy", "consumer frozen"),
        ("unseen",),
    ),
    Mutant(
        "a cursor that is off by one",
        (
            Change(
                "chassis/application/streaming/stream.py",
                "        self.position = position\n        here",
                "        self.position = position + 1\n        here",
            ),
        ),
        ("redis emptied",),
        ("unseen",),
    ),
    Mutant(
        "a hand-over that leaves a gap",
        (
            Change(
                "chassis/application/streaming/follower.py",
                "        if not hub.is_open or entries[0].position != hub.recent.head + 1:\n",
                "        if not hub.is_open or entries[0].position <= hub.recent.head:\n",
            ),
        ),
        ("redis emptied",),
        ("unseen",),
    ),
    Mutant(
        "arrivals during a catch-up that are passed over",
        (
            FORGETFUL,
            Change(
                "chassis/application/streaming/stream.py",
                HEAD + CATCH_UP,
                CATCH_UP + HEAD,
            ),
        ),
        ("network slow", "consumer killed"),
        ("unseen",),
    ),
    Mutant(
        "a memory that does not know where it begins",
        (
            FORGETFUL,
            Change(
                "chassis/application/streaming/recent_entries.py",
                "            self.floor = gone[-1].position\n",
                "",
            ),
        ),
        ("redis emptied",),
        ("unseen",),
    ),
    Mutant(
        "a cursor that brings the last one again",
        (
            Change(
                "chassis/application/streaming/stream.py",
                "        self.position = position\n        here",
                "        self.position = position - 1\n        here",
            ),
        ),
        ("redis emptied",),
        ("seen again",),
    ),
    Mutant(
        "a signal that its own replica alone hears",
        (
            Change(
                "chassis/infrastructure/redis/signal.py",
                "await redis.publish(self._channel, self._name)",
                "await redis.ping()",
            ),
        ),
        tests=(
            "tests/chassis/integration/redis/test_signal.py::test_a_notification_of_another_replica_ends_the_wait",
        ),
    ),
)
