from chassis.infrastructure.redis.doubt import MAX_KEYS, Doubt


def keys(doubt: Doubt) -> list[str]:
    return [key for key, _ in doubt.open()]


def test_a_key_is_doubted_until_it_is_settled() -> None:
    doubt = Doubt()
    doubt.add("a")
    doubt.add("b")
    opened = doubt.open()

    assert keys(doubt) == ["a", "b"]
    doubt.settle(opened)

    assert keys(doubt) == []


def test_a_key_that_is_doubted_anew_meanwhile_stays() -> None:
    doubt = Doubt()
    doubt.add("a")
    opened = doubt.open()
    doubt.add("a")

    doubt.settle(opened)

    assert keys(doubt) == ["a"]


def test_it_keeps_the_newest_keys() -> None:
    doubt = Doubt()
    for number in range(MAX_KEYS + 1):
        doubt.add(str(number))

    assert keys(doubt) == [str(number) for number in range(1, MAX_KEYS + 1)]
