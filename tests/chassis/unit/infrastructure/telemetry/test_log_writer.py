"""Lines keep their order, wait in a bounded buffer, and are counted where they are lost."""

import io
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from textwrap import dedent
from typing import override

import pytest

from chassis.infrastructure.telemetry.log_writer import LogWriter

TIMEOUT = 20.0
# Longer than any test: what is written before was not written by this.
NEVER = 3600.0


class Stream(io.StringIO):
    """Tells when something was written; `stall` keeps what writes waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []
        self.written = threading.Event()
        self.entered = threading.Event()
        self.open = threading.Event()
        self.open.set()

    @override
    def write(self, text: str) -> int:
        self.entered.set()
        assert self.open.wait(TIMEOUT)
        self.writes.append(text)
        self.written.set()
        return len(text)


class Broken(io.StringIO):
    @override
    def write(self, text: str) -> int:
        raise OSError(28, "No space left on device")


def written_to(stream: io.StringIO) -> Callable[[], io.StringIO]:
    return lambda: stream


def test_lines_of_both_kinds_keep_their_order() -> None:
    stream = Stream()
    writer = LogWriter(written_to(stream), interval=NEVER)

    writer.write_later("first\n")
    writer.write_later("second\n")
    writer.write("third\n")
    writer.flush()
    writer.write_later("fourth\n")
    writer.flush()

    assert stream.writes == ["first\nsecond\nthird\n", "fourth\n"]


def test_lines_are_written_after_the_interval_in_one_piece() -> None:
    stream = Stream()
    writer = LogWriter(written_to(stream), interval=0.05)

    for number in range(3):
        writer.write_later(f"{number}\n")

    assert stream.written.wait(TIMEOUT)
    assert stream.writes == ["0\n1\n2\n"]
    stream.written.clear()
    writer.write_later("3\n")
    assert stream.written.wait(TIMEOUT)
    assert stream.writes[1:] == ["3\n"]


def test_a_full_batch_does_not_wait_for_the_interval() -> None:
    stream = Stream()
    writer = LogWriter(written_to(stream), interval=NEVER, batch=3)

    for number in range(3):
        writer.write_later(f"{number}\n")

    assert stream.written.wait(TIMEOUT)
    assert stream.writes == ["0\n1\n2\n"]


def test_what_a_full_buffer_cannot_take_is_counted_and_holds_up_no_request() -> None:
    stream, lost = Stream(), [0]
    stream.open.clear()
    writer = LogWriter(written_to(stream), interval=NEVER, batch=1, limit=2)
    writer.on_loss = lambda count: lost.append(count)

    writer.write_later("first\n")
    assert stream.entered.wait(TIMEOUT)
    for number in range(5):
        writer.write_later(f"{number}\n")
    stream.open.set()
    writer.flush()

    assert "".join(stream.writes) == "first\n0\n1\n"
    assert sum(lost) == 3


def test_what_cannot_be_written_is_counted_and_the_next_is_written() -> None:
    broken, stream, lost = Broken(), Stream(), [0]
    streams: list[io.StringIO] = [broken, stream]
    writer = LogWriter(lambda: streams.pop(0), interval=NEVER, batch=2)
    writer.on_loss = lambda count: lost.append(count)

    writer.write_later("first\n")
    with pytest.raises(OSError, match="No space"):
        writer.flush()
    for number in range(2):
        writer.write_later(f"{number}\n")
    assert stream.written.wait(TIMEOUT)

    assert stream.writes == ["0\n1\n"]
    assert sum(lost) == 1


def test_the_thread_survives_what_it_cannot_write() -> None:
    stream, lost = Stream(), threading.Event()
    streams: list[io.StringIO] = [Broken(), stream]
    writer = LogWriter(lambda: streams.pop(0), interval=NEVER, batch=1)
    writer.on_loss = lambda count: lost.set()

    writer.write_later("first\n")
    assert lost.wait(TIMEOUT)
    writer.write_later("second\n")

    assert stream.written.wait(TIMEOUT)
    assert stream.writes == ["second\n"]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_line_that_cannot_be_rendered_is_counted_and_ends_no_logging() -> None:
    class Wrong:
        def render(self) -> str:
            raise TypeError("a defect")

    stream, lost = Stream(), threading.Event()
    writer = LogWriter(written_to(stream), interval=NEVER, batch=1)
    writer.on_loss = lambda count: lost.set()

    writer.write_later(Wrong())
    assert lost.wait(TIMEOUT)
    assert writer._thread is not None
    writer._thread.join(TIMEOUT)
    writer.write_later("second\n")

    assert stream.written.wait(TIMEOUT)
    assert stream.writes == ["second\n"]


@pytest.mark.parametrize("end", ("", "raise SystemExit(0)", "raise RuntimeError('a crash')"))
def test_what_waits_is_written_when_the_process_ends(end: str) -> None:
    program = f"""
        from chassis.infrastructure.telemetry.log_writer import LogWriter
        import sys
        writer = LogWriter(lambda: sys.stderr, interval={NEVER})
        writer.write_later("the last request\\n")
        {end}
    """
    ended = subprocess.run(
        (sys.executable, "-c", dedent(program)),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )

    assert "the last request\n" in ended.stderr


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
def test_a_forked_process_writes_its_own_lines_alone() -> None:
    program = """
        import os, sys
        from chassis.infrastructure.telemetry.log_writer import STDERR
        STDERR.write_later("parent\\n")
        # As if the thread was writing now.
        STDERR._writing.acquire()
        if child := os.fork():
            os.waitpid(child, 0)
            STDERR._writing.release()
        else:
            STDERR.write_later("child\\n")
    """
    ended = subprocess.run(
        (sys.executable, "-W", "ignore", "-c", dedent(program)),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )

    assert sorted(ended.stderr.splitlines()) == ["child", "parent"]
