"""The aggregates of the load: what callers ask for, and the types of event that this brings."""

from collections.abc import Mapping

from tests.chaos.aggregates.notification import REGISTERED
from tests.chaos.aggregates.order import PLACED, SHIPPED
from tests.chaos.event_type import EventType

TYPES: Mapping[str, EventType] = {each.name: each for each in (REGISTERED, PLACED, SHIPPED)}
# The same, by the names of their items in a stream.
STREAMED: Mapping[str, EventType] = {each.event: each for each in TYPES.values()}
