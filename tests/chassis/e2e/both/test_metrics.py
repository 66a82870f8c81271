"""The metrics of a service before its first event."""

import importlib
import pkgutil
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

import chassis.application
import chassis.interfaces
from chassis.application.consuming.upcasting import UPCAST
from chassis.application.durable_jobs.job_handling import DEAD_LETTERED, JOBS
from chassis.application.locks.lock_metrics import LOST, TIMEOUTS
from chassis.application.ports.metrics import Counter
from chassis.application.rpc.metrics import CALLS, REQUESTS
from chassis.bootstrap import discovery
from tests.e2e.process import serving

# They have a series for each upcaster, job and lock that a service has; there are none here.
NAMED_BY_THE_SERVICE = {UPCAST, JOBS, DEAD_LETTERED, REQUESTS, CALLS, TIMEOUTS, LOST}


def counters() -> set[Counter]:
    """Return every counter that a module names."""
    return {
        item
        for package in (chassis.application, chassis.interfaces)
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
        for item in vars(importlib.import_module(module.name)).values()
        if isinstance(item, Counter)
    }


async def test_each_counter_is_there_as_0_before_it_counts(tmp_path: Path) -> None:
    async with serving(tmp_path) as process, httpx.AsyncClient() as http:
        page = (await http.get(f"{process.ops}/metrics")).text

    families = {found.name: found.samples for found in text_string_to_metric_families(page)}
    expected = {counter.name: counter for counter in counters() - NAMED_BY_THE_SERVICE}
    assert len(expected) > 12
    assert {name for name in expected if not families.get(name)} == set()
    for name, counter in expected.items():
        labels = {tuple(sample.labels) for sample in families[name]}
        assert {frozenset(each) for each in labels} == {frozenset(counter.labels)}
    for name in ("notifications_refused", "events_ingested", "events_retried"):
        assert {sample.value for sample in families[name]} == {0}
    limited = families["requests_rate_limited"]
    assert {sample.labels["transport"] for sample in limited} == set(discovery.server_names())
