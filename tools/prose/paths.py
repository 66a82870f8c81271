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
    "template/deploy/helm/*.jinja",
    "template/deploy/helm/templates/*",
    "template/docs/*.md",
    "template/docs/runbooks/*.md",
    "template/migrations/**/*.py",
    "template/scripts/**/*.py",
    "template/src/**/*.py",
    "template/tests/**/*.py",
    "tests/**/*.py",
    "tests/*/*.md",
    "tools/*/README.md",
    "tools/**/*.py",
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
