"""The routes of the stream."""

from litestar.types import ControllerRouterHandler

from chassis.application.following.streamed import StreamTable
from chassis.interfaces.http.streaming.events import follow_over_events
from chassis.interfaces.http.streaming.following import Following
from chassis.interfaces.http.streaming.socket import follow_over_socket


def stream_routes(table: StreamTable) -> list[ControllerRouterHandler]:
    """Return the routes that stream the event types of the table."""
    following = Following(table)
    return [follow_over_events(following), follow_over_socket(following)]
