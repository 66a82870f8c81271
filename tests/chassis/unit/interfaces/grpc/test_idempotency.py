from collections.abc import Iterator

import pytest

from chassis.interfaces.grpc.idempotency import idempotency_key
from chassis.interfaces.grpc.observe import METADATA, Metadata
from chassis.interfaces.grpc.refused import GrpcRefused


@pytest.fixture(params=((), (("authorization", "Bearer x"),)))
def other(request: pytest.FixtureRequest) -> Iterator[Metadata]:
    """Further metadata of a call."""
    yield request.param
    METADATA.set(())


def test_a_call_without_a_key_has_none(other: Metadata) -> None:
    METADATA.set(other)

    assert idempotency_key() is None


def test_the_key_of_a_call(other: Metadata) -> None:
    METADATA.set((*other, ("idempotency-key", "order-7")))

    assert idempotency_key() == "order-7"


@pytest.mark.parametrize("key", ("", "a b", b"\xe4", b"", "k" * 256))
def test_a_malformed_key_is_refused_by_its_name(other: Metadata, key: str | bytes) -> None:
    METADATA.set((*other, ("idempotency-key", key)))

    with pytest.raises(GrpcRefused, match=r"^idempotency-key: must have 1 to 255 visible ASCII"):
        idempotency_key()
