"""Register with an idempotency key."""

from hashlib import sha256

import msgspec
import pytest

from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import NewNotification, Registered
from chassis.application.access.caller import Caller
from chassis.application.context import new_context, use_context
from chassis.application.errors import KeyReused
from tests.memory_database import MemoryDatabase
from tests.unit.application.notification.commands.registering import (
    make_backlog,
    message,
    run_register,
)
from tests.unit.support import (
    RecordingSignal,
    make_new,
)

backlog = pytest.fixture(make_backlog)
register = pytest.fixture(run_register)


async def test_the_same_key_and_body_are_answered_as_before(
    register: RegisterHandler, database: MemoryDatabase, signal: RecordingSignal
) -> None:
    first = await register(message(make_new(action_data={"a": 1, "b": 2}), make_new(), key="k"))
    again = await register(message(make_new(action_data={"b": 2, "a": 1}), make_new(), key="k"))

    assert again == first
    assert set(database.state.notifications) == set(database.state.outbox) == set(first.ids)
    assert signal.notified == 1


async def test_the_same_key_with_another_body_is_refused(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    await register(message(key="k"))

    with pytest.raises(KeyReused):
        await register(message(make_new(receiver="eve"), key="k"))
    assert len(database.state.notifications) == 1


async def test_a_key_belongs_to_its_caller(register: RegisterHandler) -> None:
    async def registered_by(name: str) -> Registered:
        with use_context(msgspec.structs.replace(new_context(), caller=Caller(name=name))):
            return await register(message(key="k"))

    answers = [await registered_by(name) for name in ("ada", "bob", "ada")]

    assert answers[0] == answers[2] != answers[1]


async def test_a_key_belongs_to_its_operation(
    register: RegisterHandler, database: MemoryDatabase
) -> None:
    await register(message(key="k"))

    assert [key.operation for key in database.state.keys] == ["notifications.register"]


@pytest.mark.parametrize(
    ("given", "hashed"),
    (
        (b'{"receiver":"ada","action_type":"x"}', b'{"receiver":"ada","action_type":"x"}'),
        (
            b'{"receiver":"ada","action_type":"x","action_data": { }}',
            b'{"receiver":"ada","action_type":"x"}',
        ),
        (
            b'{"action_data":{"b":1e1,\n"a":{"d":[],"c":"\\u00e9"}},"receiver":"a","action_type":"x"}',
            '{"receiver":"a","action_type":"x","action_data":{"a":{"c":"é","d":[]},"b":10.0}}'.encode(),
        ),
    ),
)
async def test_the_hash_of_a_request_is_the_one_that_earlier_versions_stored(
    register: RegisterHandler, database: MemoryDatabase, given: bytes, hashed: bytes
) -> None:
    new = msgspec.json.decode(given, type=NewNotification)

    await register(message(new, key="k"))

    ((_, remembered),) = database.state.keys.values()
    assert remembered.request_hash == sha256(b"[%b]" % hashed).digest()


async def test_whoever_has_no_name_shares_the_keys_of_the_anonymous(
    register: RegisterHandler,
) -> None:
    with use_context(new_context()):
        anonymous = await register(message(key="k"))

    assert await register(message(key="k")) == anonymous


async def test_another_key_is_another_request(register: RegisterHandler) -> None:
    assert await register(message(key="k")) != await register(message(key="l"))


async def test_a_key_of_a_failed_request_is_free_again(register: RegisterHandler) -> None:
    with pytest.raises(RuntimeError):
        await register(message(make_new(receiver="bad"), key="k"))

    assert len((await register(message(key="k"))).ids) == 1


async def test_requests_without_a_key_are_never_the_same(register: RegisterHandler) -> None:
    assert await register(message()) != await register(message())


def test_what_a_caller_leaves_out_does_not_count_for_a_key() -> None:
    # Else a key that is used again after an update, which has one more field, would be refused.
    new = NewNotification(receiver="ada", action_type="greeted")

    assert msgspec.json.encode(new) == b'{"receiver":"ada","action_type":"greeted"}'
