import pytest

from chassis.application.commands.idempotency_key import check_key
from chassis.domain.errors import Invalid


@pytest.mark.parametrize("key", ("k", "order-7.1", "!~", "k" * 255))
def test_a_key_of_visible_ascii_is_taken(key: str) -> None:
    check_key("Idempotency-Key", key)


@pytest.mark.parametrize("key", ("", "a b", "a\tb", "a\n", "ä", "\x7f", "\0", "k" * 256))
def test_any_other_key_is_refused_by_the_name_of_its_place(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_key("Idempotency-Key", key)

    assert caught.value.field == "Idempotency-Key"
    assert caught.value.reason == "must have 1 to 255 visible ASCII characters"


def test_a_transport_may_refuse_it_with_an_error_of_its_own() -> None:
    def refuse(field: str, reason: str) -> Exception:
        return LookupError(f"{field}|{reason}")

    with pytest.raises(LookupError, match=r"^'?key\|must have"):
        check_key("key", "", refuse)
