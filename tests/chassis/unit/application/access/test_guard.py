from typing import ClassVar

import msgspec
import pytest

from app.application.notification.messages import READ
from chassis.application.access.caller import Caller
from chassis.application.access.guard import guarded_handlers
from chassis.application.bus import Bus
from chassis.application.context import new_context, use_context
from chassis.application.errors import Forbidden, NotFound, Unauthorized
from chassis.application.message import Message


class Ask(Message[str], frozen=True):
    scope: ClassVar[str] = READ


class AskUnsaid(Message[str], frozen=True):
    """Says nothing of what it needs."""


class AskHidden(Message[str], frozen=True):
    scope: ClassVar[str] = READ


class AskAbsent(Message[str], frozen=True):
    scope: ClassVar[str] = READ


async def hide(message: Message[str]) -> str:
    raise NotFound("there is none") from Forbidden("it is another's")


async def miss(message: Message[str]) -> str:
    raise NotFound("there is none")


async def answer(message: Message[str]) -> str:
    return "answer"


def bus() -> Bus:
    """Return a bus with the guard before each of them."""
    return Bus(
        guarded_handlers(
            {
                Ask: lambda: answer,
                AskUnsaid: lambda: answer,
                AskHidden: lambda: hide,
                AskAbsent: lambda: miss,
            }
        )
    )


async def ask(message: Message[str], *scopes: str, is_admin: bool = False) -> str:
    caller = Caller(name="ada", scopes=frozenset(scopes), is_admin=is_admin)
    with use_context(msgspec.structs.replace(new_context(), caller=caller)):
        return await bus().handle(message)


async def test_a_caller_with_the_scope_is_let_through() -> None:
    assert await ask(Ask(), READ) == "answer"


async def test_one_without_it_is_refused_and_told_of(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Forbidden, match="notifications:read"):
        await ask(Ask(), "notifications:write")

    (record,) = caplog.records
    assert (record.message, vars(record)["message_type"]) == ("forbidden", "Ask")


async def test_what_is_hidden_is_not_found_and_told_of_in_the_log_alone(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(NotFound):
        await ask(AskHidden(), READ)

    (record,) = caplog.records
    told = vars(record)
    assert (record.message, told["message_type"]) == ("forbidden", "AskHidden")
    assert told["reason"] == "it is another's"


async def test_what_is_not_there_is_nothing_to_tell_of(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(NotFound):
        await ask(AskAbsent(), READ)

    assert caplog.records == []


async def test_a_message_that_says_nothing_is_for_admins() -> None:
    with pytest.raises(Forbidden, match="administrators"):
        await ask(AskUnsaid(), READ, "notifications:write")
    assert await ask(AskUnsaid(), is_admin=True) == "answer"


async def test_what_came_without_anybody_asked_is_refused() -> None:
    # Outside of any request, and in one whose transport has not authenticated.
    with pytest.raises(Unauthorized):
        await bus().handle(Ask())
    with use_context(new_context()), pytest.raises(Unauthorized):
        await bus().handle(Ask())
