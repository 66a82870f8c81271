import pytest

from app.domain import ids
from app.domain.notification import identity


@pytest.mark.parametrize("name", identity.__all__)
def test_a_name_of_an_earlier_release_leads_to_the_same(name: str) -> None:
    assert getattr(identity, name) is getattr(ids, name)
