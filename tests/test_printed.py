import asyncio
import os
import sys

import pytest

from tools.printed import printed


def run(program: str) -> str:
    return asyncio.run(printed(sys.executable, "-c", program, env=os.environ, told="it"))


def test_what_a_command_prints_is_returned() -> None:
    assert run("print('here')") == "here\n"


@pytest.mark.parametrize("where", ["stderr", "stdout"])
def test_a_failure_is_told_in_its_words_wherever_it_writes_them(where: str) -> None:
    with pytest.raises(RuntimeError, match=r"^it failed: no$"):
        run(f"import sys; print('no', file=sys.{where}); sys.exit(2)")
