"""Fixtures of the contract tests of the broker ports."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.application.ports.broker import Broker
from tests.chassis.contract.brokers import BROKERS


@pytest.fixture(params=sorted(BROKERS))
async def broker(request: pytest.FixtureRequest) -> AsyncIterator[Broker]:
    async with BROKERS[request.param](request) as subject, asyncio.timeout(20):
        yield subject
