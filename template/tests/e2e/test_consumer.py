"""The consumer in a process of its own."""

from pathlib import Path

from tests.e2e.process import run


def test_alone_it_cannot_use_the_memory_broker(tmp_path: Path) -> None:
    ended = run(tmp_path, "serve", "--role", "consumer")
    assert ended.returncode == 2, ended
    [line] = ended.stderr.splitlines()
    assert line.startswith("error: the consumer alone cannot use BROKER_URL=memory://")
