import asyncio

import pytest

from tests.echo import connected, proxied, silent
from tools.packets import dropped, lacks, rules

PATIENCE = 30.0


def test_the_rules_name_the_ports_both_ways_and_the_share() -> None:
    told = rules("chaos_7", [5672, 5432], 0.25)
    assert "tcp sport { 5432, 5672 } numgen random mod 1000 < 250 drop" in told
    assert "tcp dport { 5432, 5672 } numgen random mod 1000 < 250 drop" in told
    # Without an owner they would outlive a run that is killed.
    assert "add table inet chaos_7 { flags owner; }" in told
    assert told.endswith("list table inet chaos_7\n")


def test_where_all_packets_are_lost_none_are_drawn() -> None:
    told = rules("chaos_7", [5672], 1.0)
    assert "tcp sport { 5672 } drop" in told
    assert "numgen" not in told


@pytest.mark.needs(lacks())
def test_nothing_passes_while_all_packets_are_lost_and_all_comes_afterwards() -> None:
    async def scene() -> None:
        async with proxied() as (proxy, _):
            there, elsewhere = await connected(proxy), await connected(proxy)
            client = there[1].get_extra_info("sockname")[1]
            async with dropped([client], 1.0):
                for _, writer in (there, elsewhere):
                    writer.write(b"late")
                assert await silent(there)
                assert await elsewhere[0].readexactly(4) == b"late"
            # TCP has not given up: it sends unacknowledged data again.
            assert await there[0].readexactly(4) == b"late"

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))


@pytest.mark.needs(lacks())
def test_rules_that_the_kernel_refuses_are_an_error() -> None:
    async def scene() -> None:
        with pytest.raises(RuntimeError, match="nft"):
            async with dropped([70_000], 0.5):
                pass

    asyncio.run(asyncio.wait_for(scene(), PATIENCE))
