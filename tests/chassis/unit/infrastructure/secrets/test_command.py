import shlex
import sys
import time

import pytest

from chassis.infrastructure.secrets import command
from chassis.infrastructure.secrets.command import LONGEST, read_command, split_command
from chassis.infrastructure.secrets.source import SecretUnreadable

SECRET = "s3cr3t-hunter2"


def python(code: str) -> list[str]:
    return split_command(shlex.join([sys.executable, "-c", code]))


def refusal(words: list[str], timeout: float = command.TIMEOUT) -> str:
    with pytest.raises(SecretUnreadable) as caught:
        read_command(words, timeout)
    return str(caught.value)


def test_the_secret_is_the_output_without_the_line_feed() -> None:
    assert read_command(python(f"print('{SECRET}')")) == SECRET


def test_no_shell_reads_the_command() -> None:
    words = [*python("import sys; print(sys.argv[1])"), *split_command("'$HOME; echo x'")]

    assert read_command(words) == "$HOME; echo x"


def test_standard_input_is_empty() -> None:
    assert read_command(python("import sys; print(len(sys.stdin.read()))")) == "0"


@pytest.mark.parametrize("line", ("", "   ", "'open"))
def test_a_line_that_is_no_command(line: str) -> None:
    with pytest.raises(SecretUnreadable, match="is malformed"):
        split_command(line)


@pytest.mark.parametrize(
    ("code", "told"),
    (
        ("raise SystemExit(3)", "has failed with exit code 3: run it by hand to see why"),
        ("pass", "prints nothing"),
        ("import sys; sys.stdout.buffer.write(b'\\xff')", "prints no UTF-8 text"),
        (f"print('x' * {LONGEST + 1})", "prints more than 65,536 bytes"),
        ("while True: print('x' * 1000)", "prints more than 65,536 bytes"),
    ),
)
def test_what_cannot_be_used_is_told(code: str, told: str) -> None:
    assert refusal(python(code)) == told


def test_a_process_that_leaves_the_session_is_not_waited_for() -> None:
    child = f"[{sys.executable!r}, '-c', 'import time; time.sleep(8)']"
    code = f"import subprocess; print('x'); subprocess.Popen({child}, start_new_session=True)"
    began = time.monotonic()

    assert refusal(python(code), timeout=1.0) == "has not ended within 1 s"

    assert time.monotonic() - began < 6


def test_neither_output_nor_standard_error_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    code = f"import sys; print('{SECRET}'); print('{SECRET}', file=sys.stderr); sys.exit(1)"

    assert SECRET not in refusal(python(code))
    assert SECRET not in "".join(capfd.readouterr())


def test_a_program_that_is_not_there() -> None:
    assert refusal(["/nowhere/program"]) == "cannot be run: No such file or directory"
    assert refusal(["with\0nul"]).startswith("cannot be run")


def test_a_command_that_takes_too_long_ends_with_what_it_has_started() -> None:
    started = time.monotonic()
    # The child would hold the output open.
    code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'input()'], stdin=-1)"
    code = code.replace("input()", "import time; time.sleep(600)")

    assert refusal(python(code), timeout=0.5) == "has not ended within 0.5 s"
    assert time.monotonic() - started < 300
