import os
from pathlib import Path

from benchmarks.against import Tree, table
from benchmarks.rounds import Sample


def test_the_ratio_is_of_the_medians_of_one_side_in_both_trees() -> None:
    before = Tree("v1", Path(), {"bare": [Sample(10)], "service": [Sample(100, 4.0)] * 3})
    now = Tree("now", Path(), {"service": [Sample(50), Sample(90, 5.0), Sample(200, 5.0)]})

    shown = table("register", before, now)

    cells = [list(column.cells) for column in shown.columns]
    expected = ["service", "100", "90", "0.900", "0.50", "2.00", "5.0", "1.250"]
    assert cells == [[each] for each in expected]


def test_what_a_round_has_written_is_kept_by_side(tmp_path: Path) -> None:
    program = tmp_path / "benchmarks" / "quick.py"
    program.parent.mkdir()
    program.write_text(
        "import json, pathlib, sys\n"
        "folder = pathlib.Path('build/bench'); folder.mkdir(parents=True, exist_ok=True)\n"
        "sample = {'value': len(sys.argv), 'cpu': None, 'note': sys.argv[-1]}\n"
        "for name in ('quick', 'quick-lone'):\n"
        "    document = {'sides': {'service': [sample]}}\n"
        "    (folder / f'{name}.json').write_text(json.dumps(document))\n"
    )
    left = tmp_path / "build" / "bench" / "earlier.json"
    left.parent.mkdir(parents=True)
    left.write_text('{"sides": {"other": []}}')
    os.utime(left, (1, 1))
    tree = Tree("v1", tmp_path)

    tree.measure("quick", ["--seconds=1"])
    tree.measure("quick", ["--seconds=2"])

    notes = {side: [each.note for each in samples] for side, samples in tree.samples.items()}
    both = ["--seconds=1", "--seconds=2"]
    assert notes == {"service": both, "quick-lone: service": both}
