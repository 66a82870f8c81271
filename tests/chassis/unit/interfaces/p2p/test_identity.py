import iroh
import pytest

from chassis.interfaces.p2p.identity import Identity


def test_the_node_id_is_the_one_of_the_library() -> None:
    identity = Identity.new()
    assert identity.node_id == str(iroh.SecretKey.from_bytes(identity.key).public())


def test_what_was_written_is_read() -> None:
    identity = Identity.new()
    assert Identity.read(identity.text).key == identity.key
    assert identity.text not in repr(identity)


@pytest.mark.parametrize("text", ("", "x", "x" * 42, "x" * 44, "=" * 43, " " * 43, "ü" * 43))
def test_another_text_is_none_and_is_not_told(text: str) -> None:
    with pytest.raises(ValueError, match="it must be 32 bytes"):
        Identity.read(text)
