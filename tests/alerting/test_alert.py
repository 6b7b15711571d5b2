"""An alert is known by its labels, and survives being written down."""

import math
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.alerting.alert import Alert, Json, fingerprint

TEXT = st.text(max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
TIMES = st.datetimes(timezones=st.just(UTC))
ALERTS = st.builds(
    Alert,
    rule=TEXT,
    labels=st.dictionaries(TEXT, TEXT, max_size=5),
    annotations=st.dictionaries(TEXT, TEXT, max_size=3),
    status=st.sampled_from(["firing", "resolved"]),
    starts_at=TIMES,
    ends_at=st.none() | TIMES,
    value=st.none() | st.floats(allow_nan=False),
    evidence=st.dictionaries(TEXT, JSON, max_size=3),
    generator_url=TEXT,
)


@given(ALERTS)
def test_what_is_written_is_read(alert: Alert) -> None:
    assert Alert.from_json(alert.to_json()) == alert


@given(st.dictionaries(TEXT, TEXT, min_size=1, max_size=5), st.randoms())
def test_the_order_of_labels_says_nothing(labels: dict[str, str], random: Random) -> None:
    shuffled = list(labels.items())
    random.shuffle(shuffled)
    assert fingerprint(dict(shuffled)) == fingerprint(labels)


@given(st.dictionaries(TEXT, TEXT, max_size=4), st.dictionaries(TEXT, TEXT, max_size=4))
def test_other_labels_are_another_alert(one: dict[str, str], other: dict[str, str]) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_names_and_values_are_not_run_together() -> None:
    assert fingerprint({"a": "b,c=d"}) != fingerprint({"a": "b", "c": "d"})


def test_numbers_that_json_has_not_are_written() -> None:
    evidence: dict[str, Json] = {"e_value": math.inf, "columns": [{"low": math.nan}]}
    now = datetime(2026, 1, 1, tzinfo=UTC)
    alert = Alert("Drift", {}, {}, "firing", now, value=math.inf, evidence=evidence)
    read = Alert.from_json(alert.to_json())
    assert read.value == math.inf
    assert read.evidence == {"e_value": "inf", "columns": [{"low": "nan"}]}


def test_what_is_no_alert_is_refused() -> None:
    with pytest.raises(ValueError, match="no alert"):
        Alert.from_json('{"starts_at": "2026-01-01", "ends_at": null, "value": null}')
