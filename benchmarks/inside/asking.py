"""The requests of the callers of one transport after the other, and how they check the answers.

A request holds one notification, of the size that the load on http has, too.
"""

import re
from typing import NamedTuple

RECEIVER, ACTION = "user-4711", "order_placed"
DATA = (
    b'{"order":4711,"title":"Your order has changed","items":[17,4],'
    b'"url":"https://shop.example.com/orders/4711"}'
)
NOTIFICATION = b'{"receiver":"%s","action_type":"%s","action_data":%s,"actioner":"shop"}' % (
    RECEIVER.encode(),
    ACTION.encode(),
    DATA,
)
LINE = (
    b'{"jsonrpc":"2.0","id":1,"method":"notifications.register","params":{"notifications":[%s]}}\n'
    % NOTIFICATION
)
POST = (
    b"POST /notifications HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(NOTIFICATION), NOTIFICATION)
)

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


class Answers(NamedTuple):
    """Those that are whole, as whether each is a good one; and the bytes that are left."""

    good: list[bool]
    rest: bytes


def lines(data: bytes) -> Answers:
    """Read answers of tcp; what echoes the request has answered well, too."""
    *whole, rest = data.split(b"\n")
    return Answers([b'"error"' not in line for line in whole], rest)


def responses(data: bytes) -> Answers:
    """Read answers of http."""
    good = []
    while (end := data.find(b"\r\n\r\n")) >= 0:
        length = _LENGTH.search(data, 0, end)
        size = end + 4 + (int(length[1]) if length else 0)
        if len(data) < size:
            break
        good.append(data.startswith(b"HTTP/1.1 2"))
        data = data[size:]
    return Answers(good, data)


ASKED = {"tcp": (LINE, lines), "http": (POST, responses)}


def percentile(times: list[float], share: float) -> float:
    """Return the time, in ms, within which that share of the answers came."""
    ordered = sorted(times)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000


def told(times: list[float], seconds: float, refused: int) -> dict[str, float]:
    """Return what the load was, by the names of `benchmarks.wrk.Result`."""
    return {
        "requests": len(times),
        "seconds": seconds,
        "refused": refused,
        "broken": 0,
        "p50": percentile(times, 0.5),
        "p99": percentile(times, 0.99),
    }
