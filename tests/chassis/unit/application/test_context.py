import asyncio
import re

import pytest

from chassis.application.access.caller import ANONYMOUS
from chassis.application.context import Context, current_context, new_context, use_context

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_well_formed_ids_are_gone_on_with() -> None:
    context = new_context("request-1:a.b_c", TRACEPARENT)

    assert (context.request_id, context.traceparent) == ("request-1:a.b_c", TRACEPARENT)
    assert context.trace_id == "0af7651916cd43dd8448eb211c80319c"
    assert context.caller is ANONYMOUS
    assert (context.transport, context.peer) == ("", "")


@pytest.mark.parametrize("request_id", (None, "", "a" * 65, "a b", "a\n", "ж", 'a"', "a\0"))
def test_any_other_request_id_is_replaced(request_id: str | None) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}", new_context(request_id, TRACEPARENT).request_id)


@pytest.mark.parametrize(
    "traceparent",
    (
        None,
        "",
        TRACEPARENT.upper(),
        TRACEPARENT[:-1],
        TRACEPARENT + "\n",
        "01" + TRACEPARENT[2:],
        "00-" + "0" * 32 + TRACEPARENT[35:],
        TRACEPARENT[:36] + "0" * 16 + "-01",
    ),
)
def test_any_other_trace_is_replaced_by_a_valid_one(traceparent: str | None) -> None:
    made = new_context("r", traceparent)

    assert made.traceparent != traceparent
    assert new_context("r", made.traceparent) == made


def test_two_requests_are_told_apart() -> None:
    first, second = new_context(), new_context()

    assert first.request_id != second.request_id
    assert first.trace_id != second.trace_id


def test_the_context_holds_inside_its_block() -> None:
    outer, inner = new_context("outer"), new_context("inner")
    seen: list[Context | None] = [current_context()]

    with use_context(outer):
        with use_context(inner):
            seen.append(current_context())
        seen.append(current_context())
    seen.append(current_context())

    assert seen == [None, inner, outer, None]


def test_the_context_ends_with_its_block_even_on_an_error() -> None:
    with pytest.raises(RuntimeError), use_context(new_context()):
        raise RuntimeError

    assert current_context() is None


async def test_each_task_has_its_own() -> None:
    async def request(context: Context) -> Context | None:
        with use_context(context):
            await asyncio.sleep(0)
            return current_context()

    contexts = [new_context(), new_context()]

    assert await asyncio.gather(*map(request, contexts)) == contexts
