"""An idempotency key of another caller, over each transport and across all of them."""

from contextlib import suppress
from uuid import uuid4

import pytest

from tests.chassis.attacks.good import TRANSPORTS
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.conftest import driver_of
from tests.chassis.conformance.driver import Failed
from tests.chassis.conformance.support import failed, new
from tests.chassis.conformance.tokens import token

pytestmark = [
    pytest.mark.attack("idempotency key of another caller"),
    pytest.mark.parametrize("surface", TRANSPORTS),
]


async def register(target: Target, transport: str, caller: str, receiver: str, key: str) -> str:
    """Register a notification, and return its id."""
    opening = driver_of(transport).connected(target.ports[transport], token(sub=caller))
    async with opening as connected:
        [identity] = await connected.register([new(receiver)], key)
        return identity


@pytest.mark.parametrize("other", TRANSPORTS)
async def test_a_key_belongs_to_its_caller(target: Target, surface: str, other: str) -> None:
    """Another caller gets an id of its own; the same one gets the same on any transport."""
    key, receiver = str(uuid4()), f"key-{uuid4()}"
    first = await register(target, other, "ada", receiver, key)
    assert await register(target, surface, "ada", receiver, key) == first
    assert await register(target, surface, "mallory", receiver, key) != first


async def test_a_key_tells_nothing_of_another_caller(target: Target, surface: str) -> None:
    """A key with another request is refused to its caller, and not to others."""
    key = str(uuid4())
    await register(target, surface, "ada", "one", key)
    error = await failed(register(target, surface, "ada", "two", key))
    assert error.kind == "key-reused"
    assert await register(target, surface, "mallory", "two", key)


@pytest.mark.parametrize("name", ("ada\u0000", "ada ", " ada", "ADA", "\u0430da", "ada\u202e"))
async def test_a_caller_whose_name_looks_alike(target: Target, surface: str, name: str) -> None:
    """Its keys are not those of the one that it looks like."""
    key, receiver = str(uuid4()), f"key-{uuid4()}"
    first = await register(target, surface, "ada", receiver, key)
    second: str | None = None
    # A name that no text of the database can hold is no caller at all.
    with suppress(Failed):
        second = await register(target, surface, name, receiver, key)
    assert second != first
    assert (second is None) == ("\0" in name)
