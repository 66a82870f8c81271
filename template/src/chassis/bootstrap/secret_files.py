"""The files with the secrets of containers: written once, from examples without secrets."""

import os
import re
import secrets
from collections import defaultdict
from pathlib import Path

# Examples of one folder that name the same secret get the same value: a server's password, and
# the URL that leads to it.
_PLACEHOLDER = re.compile(r"<secret:([a-z_]+)>")


class SecretTaken(Exception):
    """A missing file shares a secret with an existing one; the text says what to do."""


def write_secrets(examples: Path) -> list[Path]:
    """Write the missing files of the folder that is named like `examples`, without its ending.

    Return the written files.

    Only the owner can enter the folder. Its files are readable for all users, because a container
    gets the file without its folder, and reads it as another user. Raises `SecretTaken` before
    anything is written.
    """
    folder = examples.with_suffix("")
    texts = {folder / path.name: path.read_text("utf-8") for path in sorted(examples.iterdir())}
    missing = {path: text for path, text in texts.items() if not path.exists()}
    _refuse_taken(texts, missing)
    values: defaultdict[str, str] = defaultdict(lambda: secrets.token_urlsafe(32))
    folder.mkdir(mode=0o700, exist_ok=True)
    for path, text in missing.items():
        write_new(path, _PLACEHOLDER.sub(lambda match: values[match[1]], text), mode=0o444)
    return list(missing)


def write_new(path: Path, text: str, *, mode: int) -> None:
    """Write a file that other users cannot read before it has its mode.

    Raises `FileExistsError` rather than replace one, and leaves none that is not whole.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        path.unlink()
        # Writing does not know the name of the file.
        raise OSError(error.errno, error.strerror, str(path)) from error
    # Set here, because `open` removes the bits that the umask forbids.
    path.chmod(mode)


def _refuse_taken(texts: dict[Path, str], missing: dict[Path, str]) -> None:
    taken = {
        name: path
        for path, text in texts.items()
        if path not in missing
        for name in _PLACEHOLDER.findall(text)
    }
    for path, text in missing.items():
        for name in _PLACEHOLDER.findall(text):
            if name in taken:
                raise SecretTaken(
                    f"{path} is missing, and its secret is in {taken[name]}: write it by hand, "
                    f"or remove {path.parent} to create all of them again"
                )
