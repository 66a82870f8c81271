"""Fuzzes one target, where a folder for its inputs is given: `TARGET FOLDER [options]`.

The options are libFuzzer's (https://llvm.org/docs/LibFuzzer.html). `TARGET FILE` has the target
check that input, and `TARGET` alone what it starts from; neither needs the fuzzer.
"""

import atexit
import signal
import sys
from pathlib import Path
from typing import NoReturn

from tools.fuzz.inside.mutator import Mutator
from tools.fuzz.inside.target import Target, load


def main(name: str, arguments: list[str]) -> None:
    """Fuzz, which ends the process, or check the inputs; raises what is wrong with one."""
    paths = [Path(each) for each in arguments if not each.startswith("-")]
    folder = next((path for path in paths if path.is_dir()), None)
    if folder is not None:
        fuzz(name, folder, arguments)
    target = load(name)
    for data in [path.read_bytes() for path in paths] or target.SEEDS:
        target.check(data)


def fuzz(name: str, folder: Path, arguments: list[str]) -> NoReturn:
    """Fuzz; the folder is given the target's seeds, and keeps what is new."""
    # Not there where inputs are only checked.
    import atheris

    # The target as well: its own branches tell what the decoders, which are compiled, made of it.
    with atheris.instrument_imports(include=["app", "chassis", "tools.fuzz.inside.targets"]):
        target: Target = load(name)
    # Looked up each time: `Setup` replaces it.
    mutate = Mutator(target.WORDS, lambda data, limit: atheris.Mutate(data, limit))
    for number, seed in enumerate(target.SEEDS):
        (folder / f"seed-{number}").write_bytes(seed)
    words = folder.with_name(f"{folder.name}.dict")
    words.write_text("".join(f'"{_escaped(word)}"\n' for word in target.WORDS))
    options = [f"-dict={words}", "-keep_seed=1", *arguments]
    # The timer would end the process before the input is kept: Python is the first to end, and
    # leaves the signal without a handler.
    atexit.register(signal.setitimer, signal.ITIMER_REAL, 0)
    atheris.Setup([name, *options], target.check, custom_mutator=mutate)
    atheris.Fuzz()
    raise AssertionError("it ends the process")


def _escaped(word: bytes) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
