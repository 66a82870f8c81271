from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.limits import Limits


def test_so_many_are_let_in_and_from_one_address_fewer() -> None:
    admission = Admission(Limits(connections=3, connections_per_address=2))

    assert [admission.enter("a") for _ in range(3)] == [None, None, "address"]
    assert admission.enter("b") == "connections"


def test_whoever_leaves_makes_room() -> None:
    admission = Admission(Limits(connections=2, connections_per_address=1))
    admission.enter("a")
    assert admission.enter("a") == "address"

    # An admitted connection stays open, whichever is refused meanwhile.
    admission.leave("a")
    admission.leave("a")

    assert (admission.open, admission.enter("a"), admission.enter("b")) == (0, None, None)


def test_addresses_of_one_ipv6_network_are_one() -> None:
    admission = Admission(Limits(connections_per_address=2))
    asked = ("2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8::3")

    assert [admission.enter(each) for each in asked] == [None, None, None, "address"]
    for each in asked:
        admission.leave(each)
    assert admission.enter("2001:db8::4") is None
