import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

from chassis.bootstrap.loop import loop_factory
from chassis.bootstrap.signals import NUMBERS, stop_signals
from tests.chassis.windows_loop import WindowsLoop

TIMEOUT = 10

type Factory = Callable[[], asyncio.AbstractEventLoop]


def take(number: signal.Signals) -> None:
    """Have this thread take the signal: it interrupts nothing in the main one, as on Windows."""
    if sys.platform == "win32":
        signal.raise_signal(number)
    else:
        signal.pthread_kill(threading.get_ident(), number)


async def stopped_by(number: signal.Signals) -> list[object]:
    """Return how signals are handled once one has come."""
    with stop_signals() as stopping:
        assert not stopping.is_set()
        # By then the loop waits, and nothing else wakes it.
        threading.Timer(0.3, take, [number]).start()
        async with asyncio.timeout(TIMEOUT):
            await stopping.wait()
        return [signal.getsignal(each) for each in NUMBERS]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave to others the handlers that they had."""
    before = [signal.getsignal(number) for number in NUMBERS]
    yield
    for number, handler in zip(NUMBERS, before, strict=True):
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("factory", (loop_factory(), asyncio.SelectorEventLoop, WindowsLoop))
def test_the_first_signal_stops_and_the_next_one_kills(
    factory: Factory, number: signal.Signals
) -> None:
    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(stopped_by(number)) == [signal.SIG_DFL] * len(NUMBERS)


@pytest.mark.parametrize("factory", (loop_factory(), WindowsLoop))
def test_afterwards_signals_are_handled_as_before(factory: Factory) -> None:
    async def serve() -> None:
        with stop_signals():
            pass

    def ignore(*_: object) -> None:
        raise AssertionError

    for number in NUMBERS:
        signal.signal(number, ignore)
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(serve())
    found = [signal.getsignal(number) for number in NUMBERS]
    if factory is WindowsLoop:
        assert found == [ignore] * len(NUMBERS)
    else:
        # The loop's own way to release a signal.
        assert found == [signal.SIG_DFL, signal.default_int_handler]
    assert signal.set_wakeup_fd(-1) == -1
