"""The fuzzer's targets: they pass good input, and fail where a decoder is broken on purpose."""

import asyncio
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.conftest import Render
from tools.fuzz.__main__ import GROUP
from tools.fuzz.progress import SOONEST, Progress
from tools.fuzz.report import HEAD, crash, table
from tools.fuzz.run import INSIDE, TARGETS, Outcome, run
from tools.service import ROOT, TESTED, Service, environment, install, pip_install

README = (ROOT / "tools" / "fuzz" / "README.md").read_text()


class Fault(NamedTuple):
    """The mutated code of a file, and an input that shows it if the target's own do not."""

    target: str
    file: str
    code: str
    broken: str
    data: bytes | None = None


FAULTS = [
    Fault(
        "lines",
        "chassis/interfaces/jsonrpc/framing/lines.py",
        "> limit + 1 or (",
        "> 99 or (False and ",
        b"\3\00012345\n",
    ),
    Fault(
        "params",
        "chassis/interfaces/jsonrpc/params.py",
        "except RecursionError",
        "except OSError",
        b'\2{"notifications":[{"action_data":{"a":%b' % (b"[" * 99_999),
    ),
    Fault("session", "chassis/interfaces/jsonrpc/batch.py", 'b",".join', 'b" ".join'),
    Fault(
        "session",
        "chassis/interfaces/jsonrpc/subscriptions.py",
        ".end(reason, tell=tell)",
        ".owner",
    ),
    Fault(
        "connection",
        "chassis/interfaces/jsonrpc/connection.py",
        "self._transport.resume_reading()",
        "pass",
    ),
    Fault(
        "quic_stream",
        "chassis/interfaces/quic/protocol.py",
        "stream.lose(ConnectionResetError(",
        "str(ConnectionResetError(",
    ),
    Fault(
        "sdp_offer",
        "chassis/interfaces/webrtc/offer.py",
        "[:CANDIDATES]",
        "[:99]",
        b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\na=ice-ufrag:abcd\na=ice-pwd:"
        + b"p" * 22
        + b"\na=fingerprint:sha-256 "
        + b":".join([b"00"] * 32)
        + b"\na=setup:actpass\na=mid:0\na=sctp-port:1\n"
        + b"a=candidate:1 1 udp 1 192.0.2.7 54400 typ host\n" * 9,
    ),
    Fault(
        "data_channel",
        "chassis/interfaces/webrtc/peer.py",
        "if len(self._channels) >= CHANNELS:",
        "if len(self._channels) >= 99:",
    ),
    Fault(
        "peer_stream",
        "chassis/interfaces/p2p/stream.py",
        "await sending.finish()",
        "await asyncio.sleep(0)",
    ),
    Fault(
        "peer_address",
        "chassis/interfaces/p2p/address.py",
        "NODE_ID.fullmatch(node_id)",
        "NODE_ID.match(node_id)",
        b"0123456789abcdef" * 4 + b"0",
    ),
    Fault(
        "grpc_requests",
        "chassis/interfaces/grpc/requests.py",
        "check_texts(told)",
        "pass",
        b"\2\0\n\2a\0",
    ),
    Fault(
        "http_requests",
        "chassis/interfaces/serving/body.py",
        "except msgspec.DecodeError",
        "except OSError",
        b"\0POST /notifications\ncontent-type: application/json\n\n{",
    ),
    Fault(
        "http_connection",
        "chassis/interfaces/serving/upstream/protocol.py",
        "if self.parser.should_upgrade():",
        "if False:",
    ),
    Fault(
        "tokens",
        "chassis/infrastructure/jwt/authenticator.py",
        '"require": ',
        '"verify_signature": False, "require": ',
    ),
]


@pytest.fixture(scope="module")
def service(render: Render, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """Return an installed project that has all transports."""
    project = tmp_path_factory.mktemp("fuzz") / "project"
    shutil.copytree(render("full"), project)
    installed = Service(project)
    install(installed)
    return installed


@contextmanager
def broken(service: Service, fault: Fault) -> Iterator[None]:
    """Have the fault in the service for as long as the block lasts."""
    path = service.path / "src" / fault.file
    whole = path.read_text()
    assert whole.count(fault.code) == 1
    path.write_text(whole.replace(fault.code, fault.broken))
    try:
        yield
    finally:
        path.write_text(whole)


def check(service: Service, target: str, *inputs: Path) -> subprocess.CompletedProcess[str]:
    """Have a target check these inputs, or those that it starts from."""
    return subprocess.run(
        [service.command("python"), "-m", INSIDE, target, *map(str, inputs)],
        cwd=service.path,
        # Code that is broken for a moment must not stay as bytecode.
        env=environment() | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("target", TARGETS)
def test_what_a_target_starts_from_passes(service: Service, target: str) -> None:
    result = check(service, target)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "fault", FAULTS, ids=lambda fault: f"{fault.target}-{Path(fault.file).stem}"
)
def test_a_broken_decoder_is_found(service: Service, fault: Fault, tmp_path: Path) -> None:
    inputs = []
    if fault.data is not None:
        inputs = [tmp_path / "input"]
        inputs[0].write_bytes(fault.data)
        assert check(service, fault.target, *inputs).returncode == 0
    with broken(service, fault):
        result = check(service, fault.target, *inputs)
    assert result.returncode == 1
    assert "Error" in result.stderr.splitlines()[-1]


def test_every_target_has_a_fault_that_it_finds() -> None:
    assert {fault.target for fault in FAULTS} == set(TARGETS)


# Python collects the waiting garbage only at its very end; the fuzzer's timer fires in the
# meantime.
SLOW_END = """
import gc
import time


class _Slow:
    def __init__(self):
        self.itself = self

    def __del__(self, sleep=time.sleep):
        sleep(7)


gc.disable()
_Slow()


class Lines:
"""


def test_the_fuzzer_comes_upon_a_fault_by_itself(service: Service, tmp_path: Path) -> None:
    pip_install(service, *TESTED, "--group", GROUP)
    # A line that is a space and nothing else is no blank one any more.
    with broken(service, Fault("lines", FAULTS[0].file, ".strip()", '.strip(b"\\r")')):
        assert check(service, "lines").returncode == 0
        with broken(service, Fault("lines", FAULTS[0].file, "class Lines:\n", SLOW_END)):
            outcome = asyncio.run(run(service, "lines", 120, tmp_path))

    [found] = outcome.crashes
    assert found.parent == tmp_path / "lines"
    assert outcome.progress.edges > 0
    told = crash(outcome)
    assert "AssertionError" in told
    assert repr(found.read_bytes()) in told
    # The service, once fixed, must withstand the found inputs.
    assert check(service, "lines", found).returncode == 0


def test_readme_tells_of_every_target_and_file() -> None:
    named = set(re.findall(r"^\| `(\w+)` \|", README, re.MULTILINE))
    assert named == set(TARGETS)
    rows = "\n".join(line for line in README.splitlines() if line.startswith("|"))
    files = re.findall(r"`([\w/]+(?:\.py|/))`", rows)
    assert [name for name in files if not (ROOT / "tools" / "fuzz" / name).exists()] == []


LINES = [
    "#2\tINITED cov: 12 ft: 30 corp: 1/3b exec/s: 0 rss: 55Mb",
    "#9\tNEW    cov: 12 ft: 31 corp: 2/6b lim: 4 exec/s: 0 rss: 57Mb L: 3/3 MS: 1 ChangeBit-",
    "#64\tREDUCE cov: 12 ft: 31 corp: 2/5b lim: 4 exec/s: 3 rss: 56Mb L: 2/3 MS: 1 EraseBytes-",
    "INFO: seed corpus: files: 10 min: 3b max: 237b total: 705b rss: 55Mb",
]


def test_progress_is_what_libfuzzer_tells() -> None:
    progress = Progress()
    for second, line in enumerate(LINES):
        progress.read(line, second)

    assert progress == Progress(executions=64, edges=12, features=31, peak=57, found=1)
    progress.read("stat::number_of_executed_units: 70", 9)
    progress.read("stat::peak_rss_mb:              58", 9)
    assert (progress.executions, progress.peak) == (70, 58)


@pytest.mark.parametrize(
    ("found", "now", "expected"),
    [
        (0, SOONEST - 1, False),
        (0, SOONEST, True),
        (SOONEST, 2 * SOONEST - 1, False),
        (SOONEST, 2 * SOONEST, True),
    ],
)
def test_flat_is_what_finds_nothing_in_its_second_half(
    found: float, now: float, expected: bool
) -> None:
    assert Progress(found=found).is_flat(now) is expected


def test_table_has_a_line_for_each_run() -> None:
    progress = Progress(executions=5000, edges=7, features=9, peak=60, found=10)
    runs = [Outcome("lines", progress, 50, True), Outcome("tokens", Progress())]

    head, *lines = table(runs).splitlines()

    assert re.split(r" {2,}", head) == list(HEAD)
    expected = ["lines", "5,000", "100", "7", "9", "50", "40 flat", "60", "0"]
    assert re.split(r" {2,}", lines[0]) == expected
    assert len(lines) == 2
