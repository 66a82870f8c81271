import pytest

from chassis.infrastructure.rabbitmq.channel_numbers import LARGEST, ChannelNumbers


def test_a_number_that_has_become_free_comes_again_only_after_all_others() -> None:
    numbers = ChannelNumbers()

    assert [numbers.next({2}, 4) for _ in range(6)] == [1, 3, 4, 1, 3, 4]


def test_without_a_limit_there_is_that_of_the_protocol() -> None:
    numbers = ChannelNumbers()

    assert numbers.next(range(1, LARGEST), 0) == LARGEST


def test_where_all_are_used_there_is_none() -> None:
    with pytest.raises(RuntimeError, match="all 3 channels"):
        ChannelNumbers().next(range(10), 3)
