"""Changes one value of a JSON text inside of an input: what is left is still JSON, as a rule.

libFuzzer changes bytes, and what it makes of JSON the decoders refuse at the first look.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from random import Random
from typing import Any

VALUES = (
    *(None, True, False, 0, -1, 1, 2**53 + 1, 2**63, -(2**63) - 1, 2**64, 10**30, 1e308, -0.0),
    *("", " ", "\0", "a" * 65, "é" * 64, "😀" * 64, "\ud800", "a.b", "a#*", "[0].x", "\r\n"),
    *("2030-01-31T12:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"),
    *("ffffffff-ffff-7fff-bfff-ffffffffffff", "00000000-0000-7000-8000-000000000000"),
    *([], {}, [[]], {"": 0}),
)

Mutate = Callable[[bytes, int], bytes]


class Mutator:
    """Every other time it leaves the change to `otherwise`; `words` are names to give members."""

    def __init__(self, words: Sequence[bytes], otherwise: Mutate) -> None:
        self._words = [str(word.strip(b'":{[&= '), "latin-1") for word in words]
        self._otherwise = otherwise

    def __call__(self, data: bytes, limit: int, seed: int) -> bytes:
        """Return another input, of at most so many bytes."""
        random = Random(seed)
        found = _find(data, random) if random.random() < 0.5 else None
        if found is None:
            return self._otherwise(data, limit)
        begin, end, value = found
        text = json.dumps(self._changed(value, random), ensure_ascii=random.random() < 0.5)
        changed = data[:begin] + text.encode(errors="surrogatepass") + data[end:]
        return changed if len(changed) <= limit else self._otherwise(data, limit)

    def _changed(self, value: Any, random: Random) -> Any:
        places = list(_places(value))
        if not places:
            return random.choice(VALUES)
        parent, key = random.choice(places)
        match random.randrange(6):
            case 0:
                del parent[key]
            case 1 if isinstance(parent, dict):
                parent[random.choice(self._words)] = parent.pop(key)
            case 2 if isinstance(parent, dict):
                parent[random.choice(self._words)] = random.choice(VALUES)
            case 2:
                parent.extend(parent[-1:] * random.choice((1, 8, 99)))
            case 3:
                other, place = random.choice(places)
                # A copy: what holds itself could not be written.
                parent[key] = json.loads(json.dumps(other[place]))
            case 4:
                parent[key] = [parent[key]] if random.random() < 0.5 else {"a": parent[key]}
            case _:
                parent[key] = random.choice(VALUES)
        return value


def _find(data: bytes, random: Random) -> tuple[int, int, Any] | None:
    """Return where one of the JSON texts begins and ends, and its value."""
    text = str(data, "latin-1")
    begins = [at for at, letter in enumerate(text) if letter in "{["]
    if not begins:
        return None
    begin = random.choice((begins[0], random.choice(begins)))
    try:
        _, length = json.JSONDecoder().raw_decode(text[begin:])
        value = json.loads(data[begin : begin + length])
    except (ValueError, RecursionError):
        return None
    return begin, begin + length, value


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield each container inside, with each key that it has."""
    inside = [value]
    while inside:
        each = inside.pop()
        keys = list(each) if isinstance(each, dict) else range(len(each))
        for key in keys:
            yield each, key
            if isinstance(each[key], dict | list):
                inside.append(each[key])
