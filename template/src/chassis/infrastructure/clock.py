"""The system's clock."""

from datetime import UTC, datetime
from functools import partial

from chassis.application.ports.clock import Clock

# Now, in UTC, aware. The standard library's function itself: every event reads it several times.
system_clock: Clock = partial(datetime.now, UTC)
