"""The links from one of the notification's answers to the next request, in the schema."""

from collections.abc import Mapping

from litestar.openapi.spec import Link

GET = "get_notification"
MARK = "mark_seen"
LIST = "list_notifications"


def _to_one(identity: str) -> Mapping[str, Link]:
    """Return the links to the notification whose id is there."""
    parameters = {"id": f"$response.body#{identity}"}
    return {
        "notification": Link(
            operation_id=GET, parameters=parameters, description="The notification"
        ),
        "seen": Link(operation_id=MARK, parameters=parameters, description="Mark it as seen"),
    }


ONE = _to_one("/id")
REGISTERED = {
    **ONE,
    "first": Link(
        operation_id=GET,
        parameters={"id": "$response.body#/ids/0"},
        description="The first of an array",
    ),
}
LISTED = {
    **_to_one("/items/0/id"),
    "next": Link(
        operation_id=LIST,
        parameters={"cursor": "$response.body#/next_cursor"},
        description="The slice after a slice",
    ),
}
