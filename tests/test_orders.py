"""The guide's second aggregate: its owner writes all of it, so it stays small."""

from tools.orders import order_steps
from tools.recipes import Step
from tools.service import ROOT

# Over all transports. Blank lines and docstrings count, generated modules do not.
LINES = 400
FILES = 15
PROTO_LINES = 90


def steps(language: str) -> list[Step]:
    return [step for step in order_steps(ROOT / "template") if step.language == language]


def lines(language: str) -> int:
    return sum(step.text.count("\n") for step in steps(language))


def test_the_second_aggregate_has_fewer_than_400_lines_of_python() -> None:
    assert lines("python") < LINES
    assert len(steps("python")) <= FILES
    # It is about orders over every transport.
    paths = {step.path or "" for step in steps("python")}
    for folder in ("domain", "application", "infrastructure", "bootstrap"):
        assert any(path.startswith(f"src/app/{folder}/order/") for path in paths)
    for transport in ("http", "jsonrpc", "grpc"):
        assert any(path.startswith(f"src/app/interfaces/{transport}/order/") for path in paths)


def test_its_proto_file_is_small() -> None:
    assert 0 < lines("proto") < PROTO_LINES
