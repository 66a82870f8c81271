"""The reference for the paths: plain Python and JSON, without code of the service."""

import asyncio
from dataclasses import dataclass

import msgspec

TIMES = 200


@dataclass(slots=True)
class Item:
    """Something with a name, a number and some text."""

    name: str
    number: int
    text: str


async def run(rounds: int) -> None:
    """Make, look up, encode and decode items, and hand them from task to task."""
    encoder, decoder = msgspec.json.Encoder(), msgspec.json.Decoder(list[Item])
    loop = asyncio.get_running_loop()
    for _ in range(rounds):
        items = {str(n): Item(f"item-{n}", n, "x" * 40) for n in range(TIMES)}
        found = decoder.decode(encoder.encode([items[name] for name in sorted(items)]))
        answers = [loop.create_future() for _ in found]
        tasks = [asyncio.create_task(_total(answer)) for answer in answers]
        for answer, item in zip(answers, found, strict=True):
            answer.set_result(item)
        assert sum(await asyncio.gather(*tasks)) == TIMES * (TIMES - 1) // 2


async def _total(answer: asyncio.Future[Item]) -> int:
    return (await answer).number
