"""The routes of the stream."""

from litestar.types import ControllerRouterHandler

from chassis.application.streaming.streamed import StreamTable
from chassis.interfaces.http.streaming.events import follow_over_events
from chassis.interfaces.http.streaming.socket import follow_over_socket
from chassis.interfaces.http.streaming.stream_query import StreamQuery


def stream_routes(table: StreamTable) -> list[ControllerRouterHandler]:
    """Return the routes that stream the event types of the table."""
    query = StreamQuery(table)
    return [follow_over_events(query), follow_over_socket(query)]
