"""Which files are held to the rules."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# Patterns, from the repository's root. The list grows until it has all prose.
CHECKED = (
    "README.md",
    "copier.yml",
    "docs/**/*.md",
    "fragments/*/*.md",
    "presets/*.yml",
    "questions/*.yml",
    "template/.env.example.jinja",
    "template/README.md.jinja",
    "template/docs/*.md",
)


def checked_paths() -> list[Path]:
    """Return the files that must pass; raises `LookupError` if a pattern finds none."""
    found = []
    for pattern in CHECKED:
        paths = sorted(ROOT.glob(pattern))
        if not paths:
            raise LookupError(f"tools/prose/paths.py: no file is like {pattern}")
        found += paths
    return found
