from chassis.infrastructure.redis.stale_keys import MAX_KEYS, StaleKeys


def keys(stale_keys: StaleKeys) -> list[str]:
    return [key for key, _ in stale_keys.entries()]


def test_a_key_is_stale_until_it_is_discarded() -> None:
    stale_keys = StaleKeys()
    stale_keys.add("a")
    stale_keys.add("b")
    opened = stale_keys.entries()

    assert keys(stale_keys) == ["a", "b"]
    stale_keys.discard(opened)

    assert keys(stale_keys) == []


def test_a_key_that_is_added_again_meanwhile_stays() -> None:
    stale_keys = StaleKeys()
    stale_keys.add("a")
    opened = stale_keys.entries()
    stale_keys.add("a")

    stale_keys.discard(opened)

    assert keys(stale_keys) == ["a"]


def test_it_keeps_the_newest_keys() -> None:
    stale_keys = StaleKeys()
    for number in range(MAX_KEYS + 1):
        stale_keys.add(str(number))

    assert keys(stale_keys) == [str(number) for number in range(1, MAX_KEYS + 1)]
