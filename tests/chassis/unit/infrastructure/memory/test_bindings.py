import pytest

from chassis.infrastructure.memory.bindings import Bindings
from tests.chassis.topic_cases import CASES


@pytest.mark.parametrize(("binding", "key", "is_taken"), CASES)
def test_a_binding_takes_what_rabbitmq_routes(binding: str, key: str, is_taken: bool) -> None:
    assert Bindings([binding]).take(key) is is_taken


def test_any_of_several_bindings_will_do() -> None:
    bindings = Bindings(["order.#", "*.placed"])

    assert bindings.take("order.cancelled")
    assert bindings.take("invoice.placed")
    assert not bindings.take("invoice.sent")
    assert not Bindings([]).take("order")


def test_many_wildcards_cost_no_more_than_their_number() -> None:
    # One that tries each way on its own would try more ways than there are atoms in the sun.
    assert not Bindings([".".join(["#"] * 100) + ".x"]).take(".".join("a" * 120))
