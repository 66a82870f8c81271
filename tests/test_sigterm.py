import asyncio
import os
import signal

import pytest

from tools.sigterm import as_ctrl_c


def test_what_is_open_is_closed() -> None:
    left = []

    async def scene() -> None:
        try:
            with as_ctrl_c():
                os.kill(os.getpid(), signal.SIGTERM)
                await asyncio.sleep(60)
        finally:
            # It may still wait for others to end.
            await asyncio.sleep(0)
            left.append("closed")

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(scene())
    assert left == ["closed"]


def test_it_is_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with as_ctrl_c():
        assert signal.getsignal(signal.SIGTERM) != before
    assert signal.getsignal(signal.SIGTERM) == before
