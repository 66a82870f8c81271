"""Streams that are broken: between the journal and the subscribers."""

from tests.chaos.mutants.mutant import Change, Mutant

MUTANTS = (
    Mutant(
        "positions without the lock",
        (
            Change(
                "infrastructure/database/postgresql_insert.py",
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
                "application/following/stream.py",
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
                "application/following/follower.py",
                "        if not source.is_open or entries[0].position != source.tail.head + 1:\n",
                "        if not source.is_open or entries[0].position <= source.tail.head:\n",
            ),
        ),
        ("redis emptied",),
        ("unseen",),
    ),
)
