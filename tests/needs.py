"""The result of a test that needs more than this repository's own environment."""

from typing import NoReturn

import pytest

from tools.required import is_required


def give_up(lacking: str) -> NoReturn:
    """Skip the running test, or fail it if `REQUIRE_SERVICES=1` says that all is installed."""
    reason = f"lacks {lacking}"
    if is_required(lacking):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
