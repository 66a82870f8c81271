"""The checks of the notification's own methods."""

from typing import Any

import pytest

from app.application.notification.messages import Register
from chassis.domain.errors import Invalid
from tests.unit.jsonrpc.talk import ONE, Talk


@pytest.mark.parametrize("key", ("", "a b", "ä", "a\n", "x" * 256))
async def test_a_key_that_is_none_is_refused(key: str) -> None:
    talk = Talk()
    talk.call("notifications.register", notifications=[ONE], idempotency_key=key)
    error = talk.error()

    assert error["message"] == "idempotency_key: must have 1 to 255 visible ASCII characters"


async def test_a_key_is_handed_on() -> None:
    asked: list[Register] = []

    async def handle(message: Register) -> Any:
        asked.append(message)

    talk = Talk({Register: handle})
    talk.call("notifications.register", notifications=[ONE], idempotency_key="once")

    assert asked[0].idempotency_key == "once"


async def test_nothing_to_register_is_refused() -> None:
    talk = Talk()
    talk.call("notifications.register", notifications=[])

    assert talk.error()["data"]["errors"][0]["field"] == "notifications"


@pytest.mark.parametrize(
    ("field", "told"),
    (
        ("receiver", "notifications[0].receiver"),
        ("[3].receiver", "notifications[3].receiver"),
    ),
)
async def test_what_a_use_case_refuses_is_told_as_the_caller_wrote_it(
    field: str, told: str
) -> None:
    async def handle(message: Register) -> Any:
        raise Invalid(field, "is bad")

    talk = Talk({Register: handle})
    talk.call("notifications.register", notifications=[ONE])

    assert talk.error()["data"]["errors"] == [{"field": told, "message": "is bad"}]
