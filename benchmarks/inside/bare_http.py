"""The limit of the web server: a handler that validates, and answers with an id.

Litestar as it comes, on the same embedded server and the same event loop as the service.
"""

from typing import Any
from uuid import UUID, uuid4

from app.application.notification.messages import Label, Time
from litestar import Litestar, post
from msgspec import Struct

from benchmarks.inside.serving import run


class NewNotification(Struct, forbid_unknown_fields=True):
    """The service's request, with data that Litestar decodes."""

    receiver: Label
    action_type: Label
    action_data: dict[str, Any] = {}
    actioner: Label | None = None
    fired_at: Time | None = None


class Accepted(Struct):
    """The id of what was accepted."""

    id: UUID


@post("/notifications", status_code=202)
async def accept(data: NewNotification) -> Accepted:
    """Keep nothing."""
    return Accepted(uuid4())


if __name__ == "__main__":
    run(Litestar([accept], openapi_config=None))
