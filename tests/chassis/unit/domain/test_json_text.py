"""JSON as text, which is a value."""

from chassis.domain.json_text import JsonText


def test_the_same_text_is_the_same_value() -> None:
    one, same, other = JsonText(b"[1]"), JsonText(b"[1]"), JsonText(b"[2]")

    assert one == same != other
    assert hash(one) == hash(same)
    assert len({one, same, other}) == 2
    assert one != b"[1]"
    assert hash(one) != hash(other)
