"""No attack at all: a good caller of each surface leaves nothing behind, either."""

import pytest

from tests.chassis.attacks.conftest import KNOWN
from tests.chassis.attacks.good import is_answered
from tests.chassis.attacks.target import Target


@pytest.mark.attack("none: a good caller")
@pytest.mark.parametrize("surface", KNOWN)
async def test_a_good_caller_leaves_nothing(target: Target, surface: str) -> None:
    await is_answered(target, surface)
