from chassis.application.tracing.no_tracing import NoTracing

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"


def test_a_step_leaves_the_trace_as_it_is() -> None:
    span = NoTracing().start("any", "internal", parent=PARENT, attributes={"a": 1})
    span.rename("other")
    span.set_attributes({"b": 2})
    span.fail("reason")
    span.end()

    assert span.traceparent == PARENT
    assert NoTracing().start("any", "internal", parent=None).traceparent is None
