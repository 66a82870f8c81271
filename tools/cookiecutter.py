"""Writes `cookiecutter.json`: the questions of `copier.yml`, as cookiecutter asks them.

    python -m tools.cookiecutter

Cookiecutter has no multiple choice, so a list is text with commas, which the hooks take
apart. It asks for whatever can be answered, so nothing is left out that Copier does not ask.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from tools.service import ROOT

Question = Mapping[str, Any]

# Cookiecutter's Jinja has no `regex_replace`. A default that needs it is said in other words
# here; one that has changed is not found, and that ends the program.
SPELT = (
    "{% set letters %}{% for it in project_name | lower %}"
    "{% for plain, marked in latin_letters.items() if it in marked %}{{ plain }}"
    "{% else %}{{ it }}{% endfor %}{% endfor %}{% endset %}"
)
SLUG = (
    f"{SPELT}{{{{ (letters | regex_replace('[^a-z0-9]+', '-')"
    " | regex_replace('^[^a-z]+', ''))[:40].strip('-') }}"
)
REWORDED = {
    SLUG: SPELT.replace("project_name", "cookiecutter.project_name").replace(
        "latin_letters", "cookiecutter._latin_letters"
    )
    + (
        "{% set slug %}{% for it in letters %}"
        "{{ it if it in 'abcdefghijklmnopqrstuvwxyz0123456789' else '-' }}"
        "{% endfor %}{% endset %}"
        "{{ (slug.split('-') | select | join('-')).lstrip('0123456789-')[:40].strip('-') }}"
    )
}

# Cookiecutter makes the folder before any hook is asked. An invalid name, or one of several
# folders, is replaced by this one until the hook has refused it.
FOLDER = (
    "{% set slug = cookiecutter.project_slug %}"
    "{% set good = slug | select('in', 'abcdefghijklmnopqrstuvwxyz0123456789-') | join %}"
    "{{ slug if good and slug == good[:40] else 'refused' }}"
)


def derive() -> dict[str, Any]:
    """Return what `cookiecutter.json` is to hold."""
    found = questions()
    asked = {name: question for name, question in found.items() if question.get("when", True)}
    return {
        # Before the answers, which are worked out from above to below.
        "_latin_letters": found["latin_letters"]["default"],
        **{name: default(question, asked) for name, question in asked.items()},
        "_lists": [name for name, question in asked.items() if question.get("multiselect")],
        "__folder": FOLDER,
        "__prompts__": {name: prompt(question) for name, question in asked.items()},
    }


def questions() -> dict[str, Question]:
    """Return the questions of the files that `copier.yml` includes, in its order."""
    found: dict[str, Question] = {}
    for name in re.findall(r"^!include (.+)$", (ROOT / "copier.yml").read_text(), re.MULTILINE):
        found |= yaml.safe_load((ROOT / name).read_text())
    return found


def default(question: Question, asked: Mapping[str, Question]) -> str | list[str]:
    """Return what cookiecutter offers; of several choices, its first is the default."""
    given: Any = question["default"]
    if question.get("multiselect"):
        return ", ".join(given)
    if choices := question.get("choices"):
        return sorted(choices, key=lambda choice: choice != given)
    text: str = REWORDED.get(given, given)
    if "regex_" in text:
        raise SystemExit(f"tools/cookiecutter.py: say in cookiecutter's Jinja: {given}")
    return re.sub(
        rf"\{{\{{ ({'|'.join(asked)}) \}}\}}",
        lambda found: f"{{{{ cookiecutter.{found[1]} }}}}",
        text,
    )


def prompt(question: Question) -> str:
    """Return how cookiecutter asks: in Copier's words; of a list it is to be told the choices."""
    words: str = question["help"]
    if not question.get("multiselect"):
        return words
    # A validator asks for at least one.
    none = "" if "validator" in question else "; [] for none"
    return f"{words} Any of: {', '.join(question['choices'].values())}{none}"


def derived_text() -> str:
    """Return the text of `cookiecutter.json`."""
    return json.dumps(derive(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    (ROOT / "cookiecutter.json").write_text(derived_text(), "utf-8")
