"""The expected items of a subscriber of a journal with events of several types."""

import pytest

from tests.chaos.checks.streams import streams
from tests.sound import PLACED, REGISTERED, SHIPPED, event, stores


@pytest.mark.parametrize(
    ("query", "positions"),
    [
        ({}, [1, 4, 5, 6, 8, 9]),
        ({"receiver": "ada"}, [1, 5]),
        ({"action_type": "x"}, [1, 4, 5, 6]),
        ({"subject": "ada"}, [1, 5, 8, 9]),
        ({"customer": "ada"}, [8, 9]),
        ({"product": "x"}, [8]),
        ({"type": SHIPPED}, [9]),
        ({"type": f"{PLACED},{REGISTERED}", "subject": "ada"}, [1, 5, 8]),
    ],
    ids=str,
)
def test_a_subscriber_is_to_see_what_its_query_lets_pass(
    query: dict[str, str], positions: list[int]
) -> None:
    there = stores()
    ids = {entry.position: entry.id for entry in there.journal}
    seen = [event("seen", 2, by="one", at_position=at, id=ids[at]) for at in positions]
    follows = event("follows", 1, by="one", after=0, query=query)
    assert list(streams([follows, *seen], there)) == []
    unseen = list(streams([follows], there))
    assert [finding.what for finding in unseen] == ["unseen"] * len(positions)
