"""Notifications to read, put straight into the database: any role can read them."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.application.notification.mapping import to_entity
from app.application.notification.messages import NewNotification
from chassis.domain.ids import new_id, time_of
from tests.harness import Service, notification_work

type Store = Callable[..., Awaitable[UUID]]


@pytest.fixture
def store(service: Service) -> Store:
    """Stores one notification and returns its id."""

    async def store_one(receiver: str = "ada", action_type: str = "greeted") -> UUID:
        identity = new_id(datetime.now(UTC))
        new = NewNotification(receiver=receiver, action_type=action_type)
        async with notification_work(service.system).begin() as notifications:
            await notifications.add([to_entity(new, identity, time_of(identity))])
        return identity

    return store_one
