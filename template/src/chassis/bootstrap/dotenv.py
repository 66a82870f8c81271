"""The first `.env` of a project."""

import re
import secrets
from pathlib import Path

from chassis.bootstrap.secret_files import write_new

# A line such as `AUTH_KEY=<secret>` in the example gets a fresh value, and so does
# `# AUTH_KEY=<made by init>`. A plain copy of the example has no secret that all copies share.
_WANTED = re.compile(r"^(?:([A-Z0-9_]+)=<secret>|# ([A-Z0-9_]+)=<made by init>)$", re.MULTILINE)


def write_dotenv(example: Path, target: Path) -> int:
    """Write `target` from `example`, each secret replaced by 32 random bytes; return how many.

    Only the owner can read the file. Raises `FileExistsError` rather than replace one.
    """
    text, count = _WANTED.subn(_filled, example.read_text("utf-8"))
    write_new(target, text, mode=0o600)
    return count


def _filled(match: re.Match[str]) -> str:
    return f"{match[1] or match[2]}={secrets.token_urlsafe(32)}"
