"""The files that are held to the rules."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent

# Patterns, from the repository's root. A file joins once it passes.
CHECKED = (
    "*.md",
    "*.toml",
    "*.yml",
    "benchmarks/**/*.py",
    "benchmarks/README.md",
    "docs/**/*.md",
    "fragments/*/*.md",
    "hooks/*.py",
    "noxfile.py",
    "presets/*.yml",
    "questions/*.yml",
    "template/*.ini",
    "template/*.jinja",
    "template/*.toml",
    "template/.*ignore",
    "template/.env.example.jinja",
    "template/.importlinter",
    "template/deploy/*/*.conf",
    "template/docs/*.md",
    "template/migrations/**/*.py",
    "template/scripts/**/*.py",
    "template/tests/**/*.py",
    "tests/**/*.py",
    "tests/*/*.md",
    "tools/*/README.md",
    "tools/**/*.py",
)
# These join with the code that they test.
LATER = ROOT / "tests" / "chassis"


def checked_paths() -> list[Path]:
    """Return the files that must pass; raises `LookupError` if a pattern finds none."""
    found = []
    for pattern in CHECKED:
        paths = sorted(ROOT.glob(pattern))
        if not paths:
            raise LookupError(f"tools/prose/paths.py: no file is like {pattern}")
        found += [path for path in paths if not path.is_relative_to(LATER)]
    return found
