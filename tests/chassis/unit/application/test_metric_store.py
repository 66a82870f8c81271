"""The store of metrics: what it refuses, and what it promises to threads."""

import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from chassis.application.metric_store import MetricStore
from chassis.application.ports.metrics import Counter, Gauge, Histogram

EVENTS = Counter("events", "Events.", ("kind",))
DEPTH = Gauge("depth", "Depth.", ("actor",))
SECONDS = Histogram("seconds", "Seconds.", (0.5, 1), ("transport", "outcome"))

THREADS = 4
TIMES = 5_000


def test_labels_are_as_many_as_their_names() -> None:
    store = MetricStore()
    with pytest.raises(
        ValueError, match=r"^seconds has the labels \('transport', 'outcome'\), not \('tcp',\)$"
    ):
        store.observe(SECONDS, 1, "tcp")
    with pytest.raises(ValueError, match=r"^events has the labels \('kind',\), not \(\)$"):
        store.count(EVENTS)


def test_buckets_are_in_order() -> None:
    with pytest.raises(ValueError, match=r"^the buckets of seconds must be in order$"):
        MetricStore().observe(Histogram("seconds", "Seconds.", (1, 0.5)), 1)


def test_a_name_that_is_taken_is_refused() -> None:
    store = MetricStore()
    store.observe(SECONDS, 1, "tcp", "ok")
    with pytest.raises(ValueError, match="name of another metric"):
        store.gauge(Gauge("seconds", "Seconds."), 1)
    with pytest.raises(ValueError, match=r"^seconds is the name of another metric$"):
        store.count(Counter("seconds", "Seconds."))


def test_a_counter_does_not_go_down() -> None:
    store = MetricStore()
    store.count(EVENTS, "order", amount=3)
    with pytest.raises(ValueError, match=r"^events is a counter: it cannot go down by 2$"):
        store.count(EVENTS, "order", amount=-2)

    assert store.counters["events"].series == {("order",): 3}


def test_a_value_falls_into_the_first_bucket_that_reaches_it() -> None:
    store = MetricStore()
    for value in (0.1, 0.5, 0.7, 1, 1.1, 2):
        store.observe(SECONDS, value, "tcp", "ok")

    found = store.histograms["seconds"].series["tcp", "ok"]
    assert found.counts == [2, 2, 2]
    assert found.total == pytest.approx(5.4)


def test_no_first_count_of_another_thread_is_lost() -> None:
    stores = [MetricStore() for _ in range(TIMES)]
    together = Barrier(THREADS)

    def count(_: int) -> None:
        together.wait()
        for store in stores:
            store.count(EVENTS, "order")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(count, range(THREADS)))
    finally:
        sys.setswitchinterval(interval)

    assert {store.counters["events"].series["order",] for store in stores} == {THREADS}


def test_no_count_of_another_thread_is_lost() -> None:
    store = MetricStore()

    def count(_: int) -> None:
        for _ in range(TIMES):
            store.count(EVENTS, "order")

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(count, range(THREADS)))
    finally:
        sys.setswitchinterval(interval)

    assert store.counters["events"].series == {("order",): THREADS * TIMES}


def test_a_gauge_is_what_was_set_last() -> None:
    store = MetricStore()
    for value in (5, 7):
        store.gauge(DEPTH, value, "clerk")
    store.gauge(DEPTH, 2, "relay")

    read = {labels: value() for labels, value in store.gauges["depth"].series.items()}
    assert read == {("clerk",): 7, ("relay",): 2}
    assert store.gauges["depth"].metric is DEPTH


def test_a_watched_gauge_is_read_at_each_scrape() -> None:
    store, values = MetricStore(), [1.0, 2.0]
    store.watch(DEPTH, lambda: values.pop(0), "clerk")

    read = store.gauges["depth"].series["clerk",]

    assert [read(), read()] == [1, 2]
    with pytest.raises(ValueError, match="depth has the labels"):
        store.watch(DEPTH, lambda: 0.0)


def test_a_counter_counts_from_zero_one_by_one_for_each_label() -> None:
    store = MetricStore()
    store.count(EVENTS, "order", amount=0)
    store.count(EVENTS, "invoice")
    assert store.counters["events"].series == {("order",): 0, ("invoice",): 1}
    store.count(EVENTS, "order")
    store.count(EVENTS, "invoice", amount=4)

    assert store.counters["events"].series == {("order",): 1, ("invoice",): 5}


def test_values_are_kept_apart_by_their_labels() -> None:
    store = MetricStore()
    store.observe(SECONDS, 0.1, "tcp", "ok")
    store.observe(SECONDS, 3, "tcp", "failed")

    series = store.histograms["seconds"].series
    assert {labels: (each.counts, each.total) for labels, each in series.items()} == {
        ("tcp", "ok"): ([1, 0, 0], 0.1),
        ("tcp", "failed"): ([0, 0, 1], 3),
    }
