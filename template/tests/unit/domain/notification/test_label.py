import pytest

from app.domain import routing
from app.domain.notification import label


@pytest.mark.parametrize("name", label.__all__)
def test_a_name_of_an_earlier_release_leads_to_the_same(name: str) -> None:
    assert getattr(label, name) is getattr(routing, name)
