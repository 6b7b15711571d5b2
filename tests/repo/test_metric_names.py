"""The metrics that the documentation names are those that the exporter has, with their labels."""

import re
from collections.abc import Iterator
from pathlib import Path

from driftline.exporters import names
from driftline.exporters.names import Metric

NAME = re.compile(r"\bdriftline_[a-z0-9_]+\b")
ROW = re.compile(r"^\| `(?P<name>driftline_\w+)` \| (?P<kind>\w+) \| (?P<labels>[^|]*)\|", re.MULTILINE)


def exported() -> dict[str, Metric]:
    """All metrics by name, counters without ``_total``."""

    def metrics(value: object) -> Iterator[Metric]:
        if isinstance(value, Metric):
            yield value
        elif isinstance(value, dict):
            for inner in value.values():
                yield from metrics(inner)

    return {metric.name: metric for value in vars(names).values() for metric in metrics(value)}


def test_documents_name_metrics_that_exist(root: Path) -> None:
    known = exported().keys()
    suffixes = r"_(total|bucket|sum|count)$"
    pages = [root / "README.md", *(root / "docs").rglob("*.md")]
    named = {name for page in pages for name in NAME.findall(page.read_text("utf-8"))}
    assert len(named) > 40
    assert {name for name in named if name not in known and re.sub(suffixes, "", name) not in known} == set()


def test_the_reference_has_a_row_for_every_metric_with_its_labels(root: Path) -> None:
    rows = list(ROW.finditer((root / "docs/metrics.md").read_text("utf-8")))
    documented = {
        row["name"].removesuffix("_total"): set(re.findall(r"`(\w+)`", row["labels"])) for row in rows
    }
    expected = {name: set(metric.labels) - set(names.VERSION_LABELS) for name, metric in exported().items()}
    assert len(documented) == len(rows) > 40
    # `driftline_build_info` is of the collector itself: its label is its own version.
    assert documented.pop("driftline_build_info") == {"version"}
    expected.pop("driftline_build_info")
    assert documented == expected


def test_counters_and_only_counters_end_in_total(root: Path) -> None:
    for row in ROW.finditer((root / "docs/metrics.md").read_text("utf-8")):
        assert row["name"].endswith("_total") == (row["kind"] == "counter"), row["name"]
