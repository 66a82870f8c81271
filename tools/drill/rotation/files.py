"""The files with a service's secrets, as a platform renews them."""

import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path


class SecretFiles:
    """A folder of files, each of which replaces a setting by `<NAME>_FILE`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        self._folder = folder

    def write(self, name: str, lines: str | Sequence[str]) -> None:
        """Replace a file in one step, as a setting's value or as several lines."""
        text = lines if isinstance(lines, str) else "\n".join(lines)
        new = self._folder / f"{name}.new"
        new.write_text(f"{text}\n")
        new.chmod(0o600)
        new.replace(self._folder / name)

    def settings(self, given: Mapping[str, str], *names: str) -> dict[str, str]:
        """Return the settings, of which those `names` come from their files."""
        kept = {name: value for name, value in given.items() if name not in names}
        return kept | {f"{name}_FILE": str(self._folder / name) for name in names}


def fresh() -> str:
    """Return a new password or key."""
    return secrets.token_urlsafe(32)
