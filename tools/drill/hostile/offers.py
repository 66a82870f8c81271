"""Offers, datagrams and channels: what can be done to webrtc."""

import asyncio
import json
import os
import re
import secrets
import socket
import sys
import time
from collections import Counter
from contextlib import suppress

from aioice.stun import Class, Message, Method

from tools.drill.hostile.channel import signal
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import Probe, quiet
from tools.drill.hostile.target import Target
from tools.drill.over.caller import Transport

HOST = "127.0.0.1"
SERVED: tuple[Transport, ...] = ("http", "tcp", "webrtc")
# Seconds of a quiet service, whose p99 is compared; and how much higher it may be meanwhile.
QUIET, WARM_UP, RATIO = 15.0, 2.0, 3.0
PEERS = 100
SETTINGS = {"WEBRTC_PEERS": str(PEERS), "WEBRTC_PEERS_PER_ADDRESS": str(PEERS)}
HUGE, GARBAGE, DATAGRAMS = 100, 200, 100_000
AT_ONCE = 20
# A source that has not proved its address gets at most so many times the bytes that it sent.
AMPLIFICATION = 3.0
# Seconds between two hundred datagrams.
BETWEEN = 0.005
# Seconds: for the service to look after its peers, and for all copies of a STUN request.
SLACK, REPEATED = 3.0, 8.0
# MiB.
SMALL, LARGE = 48.0, 96.0

OFFER = """v=0
o=- 1 1 IN IP4 127.0.0.1
s=-
t=0 0
m=application 9 UDP/DTLS/SCTP webrtc-datachannel
c=IN IP4 0.0.0.0
a=candidate:1 1 udp 2113937151 {host} {port} typ host
a=ice-ufrag:{name}
a=ice-pwd:abcdefghijklmnopqrstuvwx
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=sctp-port:5000
"""


def offer(port: int = 9) -> str:
    """Return a good offer, of a peer that will not connect."""
    return OFFER.format(
        host=HOST,
        port=port,
        name=secrets.token_hex(4),
        fingerprint=":".join(f"{byte:02X}" for byte in os.urandom(32)),
    ).replace("\n", "\r\n")


async def offers(target: Target, findings: Findings) -> None:
    """Attack one way after the other; good callers are served meanwhile."""
    await quiet(target, WARM_UP, SERVED)
    at_rest, during = await quiet(target, QUIET, SERVED), Probe(SERVED)
    async with during.asking(target):
        await _attack(target, findings)
        await _channels(target, findings)
    await quiet(target, WARM_UP, SERVED)
    at_rest = at_rest + await quiet(target, QUIET, SERVED)
    for name in SERVED:
        ratio = during.p99(name) / at_rest.p99(name)
        findings.add(
            *("offers, channels", "webrtc", f"a good caller over {name} meanwhile"),
            f"p99 {at_rest.p99(name):.1f} ms quiet, {during.p99(name):.1f} ms: {ratio:.1f} times",
            f"under {RATIO:g} times, all served",
            ratio < RATIO and not during.failed,
        )


async def _channels(target: Target, findings: Findings) -> None:
    child = await asyncio.create_subprocess_exec(
        # Its own work is not the service's.
        *("nice", "-n", "19"),
        *(sys.executable, "-m", "tools.drill.hostile.channels", str(target.ports["webrtc"])),
        *(str(target.ports["ops"]), str(target.process.pid)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await child.communicate()
    for line in output.splitlines():
        sent, happened, asked, ok, memory = json.loads(line)
        findings.add("channels", "webrtc", sent, happened, asked, ok, memory)
    findings.add(
        *("channels", "webrtc", "all of these"),
        f"exit {child.returncode}",
        "exit 0",
        child.returncode == 0,
    )


async def _attack(target: Target, findings: Findings) -> None:
    huge = (OFFER.encode() + b"a=x:" + b"y" * 2**20 for _ in range(HUGE))
    await _refused(target, findings, f"{HUGE} offers of 1 MiB", list(huge), 413)
    bad = [os.urandom(2000) for _ in range(GARBAGE)]
    await _refused(target, findings, f"{GARBAGE} offers of random bytes", bad, 400)
    await _never_connected(target, findings)
    await _datagrams(target, findings)
    await _amplified(target, findings)


async def _statuses(target: Target, bodies: list[bytes]) -> Counter[int]:
    found: Counter[int] = Counter()
    for start in range(0, len(bodies), AT_ONCE):
        part = bodies[start : start + AT_ONCE]
        answers = await asyncio.gather(*(signal(target.ports["webrtc"], each) for each in part))
        found += Counter(answer.status_code for answer in answers)
    return found


async def _refused(
    target: Target, findings: Findings, what: str, bodies: list[bytes], status: int
) -> None:
    memory = target.memory
    found = await _statuses(target, bodies)
    grown = target.memory - memory
    findings.add(
        *("offers", "webrtc", what),
        ", ".join(f"{count} times {each}" for each, count in found.items()),
        f"all get {status}, under {SMALL:g} MiB",
        found == {status: len(bodies)} and grown < SMALL,
        grown,
    )


async def _never_connected(target: Target, findings: Findings) -> None:
    """Take every place, and see when one is free again."""
    memory = target.memory
    found = await _statuses(target, [offer().encode() for _ in range(PEERS + AT_ONCE)])
    within = float(target.settings["HANDSHAKE_TIMEOUT"]) + SLACK
    began, grown = time.monotonic(), target.memory - memory
    await asyncio.sleep(within)
    late = await _statuses(target, [offer().encode()] * AT_ONCE)
    findings.add(
        *("offers", "webrtc", f"{PEERS + AT_ONCE} peers that never connect"),
        f"{found[201]} answered, {found[503]} refused; {late[201]} of {AT_ONCE} answered "
        f"after {time.monotonic() - began:.0f} s",
        f"at most {PEERS}, again after {within:g} s, under {LARGE:g} MiB",
        found[503] >= AT_ONCE and found[201] > 0 and late[201] == AT_ONCE and grown < LARGE,
        grown,
    )


async def _datagrams(target: Target, findings: Findings) -> None:
    """Send garbage, a part of it in the form of STUN and of DTLS."""
    memory, received = target.memory, 0
    heads = (b"", b"\x00\x01\x00\x00\x21\x12\xa4\x42", b"\x16\xfe\xfd", b"\x01\x01")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.connect((HOST, target.ports["webrtc"]))
        for number in range(DATAGRAMS):
            with suppress(BlockingIOError):
                sender.send((heads[number % 4] + os.urandom(number % 1200))[:1200] or b"x")
            if number % 100 == 0:
                await asyncio.sleep(BETWEEN)
        await asyncio.sleep(SLACK)
        with suppress(BlockingIOError):
            while True:
                received += len(sender.recv(65_536))
    grown = target.memory - memory
    findings.add(
        *("offers", "webrtc", f"{DATAGRAMS:,} datagrams of garbage"),
        f"{received} bytes come back",
        f"none, under {SMALL:g} MiB",
        received == 0 and grown < SMALL,
        grown,
    )


async def _amplified(target: Target, findings: Findings) -> None:
    """Send one good check from an address that answers nothing, as if it were another's."""
    own = offer()
    answer = (await signal(target.ports["webrtc"], own)).text
    name, password = (re.findall(rf"a=ice-{key}:(\S+)", answer)[0] for key in ("ufrag", "pwd"))
    check = Message(message_method=Method.BINDING, message_class=Class.REQUEST)
    asker = re.findall(r"a=ice-ufrag:(\S+)", own)[0]
    check.attributes |= {"USERNAME": f"{name}:{asker}", "PRIORITY": 1, "ICE-CONTROLLING": 1}
    check.add_message_integrity(password.encode())
    sent, received = len(bytes(check)), 0
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.connect((HOST, target.ports["webrtc"]))
        sender.send(bytes(check))
        await asyncio.sleep(REPEATED)
        with suppress(BlockingIOError):
            while True:
                received += len(sender.recv(65_536))
    findings.add(
        *("offers", "webrtc", "a check from an address that answers nothing"),
        f"{received / sent:.2f} times the bytes come back",
        f"at most {AMPLIFICATION:g} times",
        received / sent <= AMPLIFICATION,
    )
