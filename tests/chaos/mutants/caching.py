"""Caches that are broken: what callers read would be older than what they have written."""

from tests.chaos.mutants.mutant import Change, Mutant

# The staleness that occurs depends on when a fault meets which call. So no run of chaos
# could tell that from a defect for certain.
COMMANDS = "tests/unit/application/notification/commands"

MUTANTS = (
    Mutant(
        "cached before the commit",
        (
            Change(
                "app/application/notification/commands/mark_seen.py",
                "            stored = visible(found, message.id)\n",
                "            stored = visible(found, message.id)\n"
                "            early = encode(to_message(stored.notification))\n"
                "            await self._cache.put(str(message.id), early, stored.version)\n",
            ),
        ),
        tests=(f"{COMMANDS}/test_mark_seen.py",),
    ),
    Mutant(
        "an earlier change that takes the place of a later one",
        (
            Change(
                "chassis/infrastructure/redis/cache.py",
                '("EVAL", PUT, 1, self._prefix + key, version, value, self._ttl)',
                '("SET", self._prefix + key, b"%d " % version + value, "PX", self._ttl)',
            ),
        ),
        tests=(
            "tests/chassis/contract/test_cache.py::"
            "test_of_two_that_put_the_later_version_wins_in_any_order",
        ),
    ),
    Mutant(
        "cached as unseen, though it was there before",
        (
            Change(
                "app/application/notification/projection.py",
                "encode(item) for item in items if item.id in unseen}",
                "encode(item) for item in items}",
            ),
        ),
        tests=("tests/unit/application/notification/test_projection.py",),
    ),
    Mutant(
        "a key that could not be set, and is believed",
        (
            Change(
                "chassis/infrastructure/redis/cache.py",
                "                self._stale_keys.add(self._prefix + key)\n",
                "                assert key\n",
            ),
        ),
        tests=(
            "tests/chassis/integration/redis/test_cache.py::"
            "test_a_value_that_could_not_be_replaced_is_not_served_again",
        ),
    ),
)
