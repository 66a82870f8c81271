"""The event loop: uvloop where it is installed (it has no build for Windows)."""

import asyncio
from collections.abc import Callable


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop]:
    """Return the factory of the event loop."""
    try:
        import uvloop
    except ImportError:
        # The default loop of Windows cannot watch a socket (`add_reader`), as the servers do.
        return asyncio.SelectorEventLoop
    return uvloop.new_event_loop
