from chassis.infrastructure.redis.circuit_breaker import PAUSE, CircuitBreaker


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_everybody_may_try_while_all_is_well() -> None:
    breaker = CircuitBreaker("it", Clock())

    assert [breaker.may_try() for _ in range(3)] == [True, True, True]


def test_one_may_try_after_each_pause() -> None:
    clock = Clock()
    breaker = CircuitBreaker("it", clock)
    breaker.record_failure("down")
    assert not breaker.may_try()

    clock.time += PAUSE

    assert [breaker.may_try() for _ in range(3)] == [True, False, False]


def test_everybody_may_try_once_it_works_again() -> None:
    breaker = CircuitBreaker("it", Clock())
    breaker.record_failure("down")
    breaker.record_success()

    assert [breaker.may_try() for _ in range(3)] == [True, True, True]
