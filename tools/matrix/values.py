"""The possible answers to each question, read from the questions themselves."""

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations

from jinja2 import StrictUndefined, Template
from jinja2.sandbox import SandboxedEnvironment

from tools.cookiecutter import Question, questions

# `None`: nothing is said, so that the default holds.
Value = str | tuple[str, ...] | None

# Text that is special in some file syntax; Jinja must not be rendered a second time.
ODD = (
    'Zoë\'s "Daily" \\ Post 😀 {{ twice }}',
    "# 通知 & <b>`two`</b>: $HOME %s ${x} [a](b) | {% raw %} 'c",
)
# The longest that is taken, with spaces or without.
LONG = ("a long one ", "a-long-one-")
LONGEST = 300
# As Copier has it.
_JINJA = SandboxedEnvironment(
    extensions=["jinja2_ansible_filters.AnsibleCoreFiltersExtension"], undefined=StrictUndefined
)


_QUESTIONS = questions()


def asked() -> dict[str, Question]:
    """Return the questions that can be answered."""
    return {name: it for name, it in _QUESTIONS.items() if it.get("when", True)}


@cache
def values(name: str) -> tuple[Value, ...]:
    """Return the values to try for a question.

    Each choice; each subset of a multiple choice, the empty one where it is taken; some texts.
    """
    question = _QUESTIONS[name]
    if not (choices := _choices(question)):
        return (None, *_texts(name))
    if not question.get("multiselect"):
        return tuple(choices)
    subsets = (it for size in range(len(choices) + 1) for it in combinations(choices, size))
    return tuple(subset for subset in subsets if is_taken(name, list(subset)))


def is_taken(name: str, value: object) -> bool:
    """Return whether the question's own validator has nothing against `value`."""
    others = {it: question["default"] for it, question in _QUESTIONS.items()}
    return not _validator(name).render({**others, name: value}).strip()


@cache
def _validator(name: str) -> Template:
    return _JINJA.from_string(_QUESTIONS[name].get("validator", ""))


def _choices(question: Question) -> list[str]:
    choices = question.get("choices", [])
    return list(choices.values() if isinstance(choices, Mapping) else choices)


def _texts(name: str) -> Iterator[str]:
    yield from (text for text in ODD if is_taken(name, text))
    longest = [text for pattern in LONG if (text := _longest(name, pattern))]
    yield from sorted(longest, key=len)[-1:]


def _longest(name: str, pattern: str) -> str | None:
    """Return as much of `pattern`, again and again, as is taken."""
    text = pattern * LONGEST
    # Not cut at a space, which would be none of it.
    cuts = (f"{text[: size - 1]}x" for size in range(LONGEST, 0, -1))
    return next((cut for cut in cuts if is_taken(name, cut)), None)
