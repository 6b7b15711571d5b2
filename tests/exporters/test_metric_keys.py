"""Keys of experiment trackers: one for each metric of a model version, and only what all trackers take."""

import re
import string

from hypothesis import given
from hypothesis import strategies as st

from driftline.exporters import names
from driftline.exporters.metric_keys import KEYS, key_part, metric_key
from driftline.exporters.names import Metric

TAKEN = re.compile(r"[A-Za-z0-9_.\- /]+")


def metrics_of_versions() -> list[Metric]:
    found = []
    for value in vars(names).values():
        several = list(value.values()) if isinstance(value, dict) else [value]
        found += [each for each in several if isinstance(each, Metric)]
    numbers = [metric for metric in found if metric.name not in names.HISTOGRAMS]
    return [metric for metric in numbers if metric.labels[:2] == names.VERSION_LABELS]


def test_every_metric_of_a_version_has_a_key_of_its_own() -> None:
    known = [metric.name for metric in metrics_of_versions()]
    assert len(known) > 30
    assert sorted(KEYS) == sorted(known)
    assert len(set(KEYS.values())) == len(KEYS)


def test_labels_of_its_own_follow() -> None:
    labels = {"model": "m", "version": "1", "feature": "dep_delay"}
    assert metric_key(names.DRIFT["psi"].name, labels) == "drift/psi/dep_delay"
    quantile = labels | {"quantile": "0.5"}
    assert metric_key(names.FEATURE_QUANTILE.name, quantile) == "distribution/quantile/dep_delay/0.5"
    assert metric_key(names.LABEL_COVERAGE.name, {"model": "m", "version": "1"}) == "labels/coverage_ratio"
    assert metric_key("driftline_new", labels) == "other/new/dep_delay"


@given(st.text(max_size=300))
def test_parts_are_what_all_trackers_take(text: str) -> None:
    part = key_part(text)
    assert TAKEN.fullmatch(part)
    assert "/" not in part
    assert part.strip(".")
    assert len(part) <= 90
    assert len(part) > 80 or key_part(part) == part


@given(st.lists(st.text(string.ascii_lowercase + "/. é", max_size=6), unique=True))
def test_different_names_stay_different(texts: list[str]) -> None:
    assert len({key_part(text) for text in texts}) == len(texts)
