"""The signals that end the service, on every event loop."""

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

NUMBERS = [signal.SIGTERM, signal.SIGINT]
if sys.platform == "win32":
    # Ctrl-Break, which one process can send to another.
    NUMBERS.append(signal.SIGBREAK)


@contextmanager
def stop_signals() -> Iterator[asyncio.Event]:
    """Set the event at the first signal; the next one has its default effect: the process ends."""
    stopping = asyncio.Event()
    with ExitStack() as handlers:

        def stop() -> None:
            stopping.set()
            handlers.close()
            for number in NUMBERS:
                signal.signal(number, signal.SIG_DFL)

        try:
            _handle(stop, handlers)
        except NotImplementedError:
            _handle_without_loop(stop, handlers)
        yield stopping


def _handle(stop: Callable[[], None], handlers: ExitStack) -> None:
    loop = asyncio.get_running_loop()
    for number in NUMBERS:
        loop.add_signal_handler(number, stop)
        handlers.callback(loop.remove_signal_handler, number)


def _handle_without_loop(stop: Callable[[], None], handlers: ExitStack) -> None:
    """Do the same on Windows, where no loop handles signals."""
    loop = asyncio.get_running_loop()
    # A handler runs when the interpreter does. This wakes a loop that waits for its next event.
    receiver, sender = socket.socketpair()
    for end in (receiver, sender):
        end.setblocking(False)
        handlers.callback(end.close)
    loop.add_reader(receiver, receiver.recv, 1024)
    handlers.callback(loop.remove_reader, receiver)
    before = signal.set_wakeup_fd(sender.fileno(), warn_on_full_buffer=False)
    handlers.callback(signal.set_wakeup_fd, before)
    for number in NUMBERS:
        handler = signal.signal(number, lambda *_: loop.call_soon_threadsafe(stop))
        handlers.callback(signal.signal, number, handler)
