from chassis.infrastructure.redis.outage import PAUSE, Outage


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_everybody_may_try_while_all_is_well() -> None:
    outage = Outage("it", Clock())

    assert [outage.may_try() for _ in range(3)] == [True, True, True]


def test_one_may_try_after_each_pause() -> None:
    clock = Clock()
    outage = Outage("it", clock)
    outage.begin("down")
    assert not outage.may_try()

    clock.time += PAUSE

    assert [outage.may_try() for _ in range(3)] == [True, False, False]


def test_everybody_may_try_once_it_works_again() -> None:
    outage = Outage("it", Clock())
    outage.begin("down")
    outage.end()

    assert [outage.may_try() for _ in range(3)] == [True, True, True]
