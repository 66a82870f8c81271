"""A cable between two hosts that delays, loses and reorders packets, as a bad network does.

It needs no kernel module: each host has a TUN device, and this process carries the packets.
"""

import asyncio
import fcntl
import os
import random
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.chassis.network import Host, hosts
from tests.servers.missing import Missing

TUN = Path("/dev/net/tun")
# From linux/if_tun.h: the request, and a device of IP packets without a header.
TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
LONGEST = 65_536
# Packets of which each share of the conditions is taken.
DEALT = 50


class Conditions(NamedTuple):
    """Seconds in each direction; the share of packets that is lost, and that comes late."""

    delay: float = 0.05
    lost: float = 0.02
    late: float = 0.02
    # Seconds by which a late packet comes after those that were sent later.
    lateness: float = 0.01


class Cable:
    """Carries packets from each device to the other one, and counts what became of them."""

    def __init__(self, devices: tuple[int, int], conditions: Conditions, seed: int) -> None:
        self.counts: Counter[str] = Counter()
        self._devices = devices
        self._conditions = conditions
        self._random = random.Random(seed)
        # The fates of the next packets, shuffled: so each share is exact.
        self._fates: list[str] = []
        self._loop = asyncio.get_running_loop()
        for here, there in (devices, devices[::-1]):
            os.set_blocking(here, False)
            self._loop.add_reader(here, self._carry, here, there)

    def close(self) -> None:
        """Carry no more."""
        for device in self._devices:
            self._loop.remove_reader(device)

    def _carry(self, here: int, there: int) -> None:
        packet = os.read(here, LONGEST)
        conditions, fate = self._conditions, self._next_fate()
        self.counts[fate] += 1
        if fate == "lost":
            return
        delay = conditions.delay + conditions.lateness * (fate == "late")
        self._loop.call_later(delay, self._hand_over, there, packet)

    def _next_fate(self) -> str:
        if not self._fates:
            lost, late = round(DEALT * self._conditions.lost), round(DEALT * self._conditions.late)
            self._fates = ["lost"] * lost + ["late"] * late + ["carried"] * (DEALT - lost - late)
            self._random.shuffle(self._fates)
        return self._fates.pop()

    def _hand_over(self, there: int, packet: bytes) -> None:
        if self._loop.is_running():
            os.write(there, packet)


@contextmanager
def wired(conditions: Conditions, seed: int = 0) -> Iterator[tuple[Host, Host, Cable]]:
    """Make two hosts, joined by such a cable; raises `Missing` if this process may not."""
    if not TUN.exists():
        raise Missing(f"{TUN}, for hosts that a bad cable joins")
    with hosts() as (near, far):
        opened = [os.open(TUN, os.O_RDWR) for _ in range(2)]
        try:
            for end, host, device in zip("ab", (near, far), opened, strict=True):
                name = f"t{os.getpid()}{end}"
                request = struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI)
                fcntl.ioctl(device, TUNSETIFF, request)
                host.attach(name)
            cable = Cable((opened[0], opened[1]), conditions, seed)
            try:
                yield near, far, cable
            finally:
                cable.close()
        finally:
            for device in opened:
                os.close(device)
