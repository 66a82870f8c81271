"""Reads and writes many git blobs at once."""

import tempfile
from collections.abc import Collection, Hashable, Mapping
from pathlib import Path

from scripts.update.command import git, git_bytes


def read_blobs(project: Path, identities: Collection[str]) -> dict[str, bytes]:
    """Return the content of each blob, by its id."""
    asked = "".join(f"{identity}\n" for identity in identities)
    answer = git_bytes(project, "cat-file", "--batch", given=asked.encode())
    found, start = {}, 0
    for identity in identities:
        line = answer.index(b"\n", start)
        size = int(answer[start:line].split()[2])
        start, end = line + 1, line + 1 + size
        found[identity] = answer[start:end]
        start = end + 1
    return found


def write_blobs[Key: Hashable](project: Path, contents: Mapping[Key, bytes]) -> dict[Key, str]:
    """Store each content, and return the id of its blob by the same key."""
    with tempfile.TemporaryDirectory(prefix="blobs-") as folder:
        files = [Path(folder, str(number)) for number in range(len(contents))]
        for file, content in zip(files, contents.values(), strict=True):
            file.write_bytes(content)
        paths = "".join(f"{file}\n" for file in files)
        stored = git(project, "hash-object", "-w", "--no-filters", "--stdin-paths", given=paths)
    return dict(zip(contents, stored.split(), strict=True))
