"""Builds the documentation site into `site/`: `python -m tools.site`.

A warning is an error, and so is a page that would load something from another host.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.excerpts import ROOT

SITE = ROOT / "site"

# Addresses that a browser fetches by itself; a link that a reader may follow is not one.
_LOADS = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*?\bsrc=[\"']?(?:https?:)?//[^\s>]+"
    r"|<link\b[^>]*?\bhref=[\"']?(?:https?:)?//[^\s>]+"
    r"|(?:@import|url\()\s*[\"']?(?:https?:)?//[^\s)]+"
)


def main() -> int:
    """Return 0 where the site is built and stands on its own."""
    # As a module: the `zensical` command would not find the extension in `tools`.
    build = [sys.executable, "-m", "zensical", "build", "--clean", "--strict"]
    if subprocess.run(build, cwd=ROOT, check=False).returncode:
        return 1
    foreign = sorted(loads_from_elsewhere(SITE))
    for load in foreign:
        print(f"loads from elsewhere: {load}", file=sys.stderr)
    return 1 if foreign else 0


def loads_from_elsewhere(site: Path) -> Iterator[str]:
    """Yield what pages and styles load from other hosts, each with its file."""
    for path in site.rglob("*"):
        if path.suffix in {".html", ".css"}:
            for load in _LOADS.findall(path.read_text("utf-8")):
                yield f"{path.relative_to(site)}: {load}"


if __name__ == "__main__":
    sys.exit(main())
