import pytest

from tests.chassis.expressions import Expression, metrics_of, used
from tests.chassis.samples import Sample, problems, read

SAMPLES = [Sample("rows", {"exported_job": "a", "type": "t"}), Sample("age_bucket", {"le": "1"})]


def test_names_of_an_expression_are_found() -> None:
    found = used('max by (job) (rows{type="t"}) > on (job) group_left () rate(age_bucket[5m]) * 2')

    assert found.metrics == [("rows", {"type": "t"}), ("age_bucket", {})]
    assert found.labels == {"job", "type"}


def test_a_record_stands_for_the_metrics_that_it_is_made_of() -> None:
    found = [
        Expression("record", "rows:ratio", "rows / rows_limit"),
        Expression("record", "rows:ratio:max", "max(rows:ratio)"),
        Expression("alert", "Full", "rows:ratio:max > 0.8 or age > 1"),
    ]

    assert [metric for _, metric in metrics_of(found)] == ["age", "rows", "rows_limit"]


def test_label_of_a_target_is_renamed_as_prometheus_does() -> None:
    assert read('rows{job="a",type="t"} 1\n') == SAMPLES[:1]


@pytest.mark.parametrize(
    ("expr", "wrong"),
    (
        ('rows{type="t"} > 0 or absent(rows)', []),
        ("histogram_quantile(0.9, sum by (le) (rate(age_bucket[5m])))", []),
        ("row > 0", ["no series row"]),
        ('rows{type="u"}', ["no series rows{'type': 'u'}"]),
        ("max by (kind) (rows)", ["no label kind"]),
    ),
)
def test_what_no_series_has_is_a_problem(expr: str, wrong: list[str]) -> None:
    assert [*problems(expr, SAMPLES)] == wrong
