from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.config import CompareWith, ExcludedRange, MonitorConfig
from driftline.errors import InvalidArgumentError
from driftline.v1 import control_pb2, selection_pb2

lengths = st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=3_650))
instants = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
ranges = st.builds(lambda start, length: ExcludedRange(start=start, end=start + length), instants, lengths)
common = {
    "version": st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    "exclude": st.lists(ranges, max_size=3).map(tuple),
}
rules = (
    st.builds(CompareWith, **common, trailing=lengths, offset=st.just(timedelta(0)) | lengths)
    | st.builds(CompareWith, **common, period=lengths, repeats=st.integers(1, 1_000))
    | st.builds(CompareWith, version=st.sampled_from(["", "1"]), exclude=common["exclude"])
)


@given(rules)
def test_the_wire_carries_every_rule(rule: CompareWith) -> None:
    carried = selection_pb2.Relative.FromString(rule.to_proto().SerializeToString())
    assert CompareWith.from_proto(carried) == rule
    monitor = MonitorConfig(model="m", compare_with=rule)
    message = control_pb2.Monitor.FromString(monitor.to_proto().SerializeToString())
    assert MonitorConfig.from_proto(message) == monitor


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({}, "one of version, trailing and period must be set"),
        ({"trailing": "7d", "period": "7d"}, "one of trailing and period can be set"),
        ({"trailing": "0s"}, "trailing"),
        ({"period": "7d", "offset": "1d"}, "offset belongs to trailing"),
        ({"trailing": "7d", "repeats": 2}, "repeats belongs to period"),
        ({"period": "7d", "repeats": 1_001}, "repeats"),
        ({"trailing": "7 days"}, "a duration is written like"),
        (
            {"trailing": "7d", "exclude": [{"start": "2026-02-02", "end": "2026-02-01"}]},
            "start must be before end",
        ),
        ({"trailing": "7d", "hours": 2}, "hours"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidArgumentError, match=message):
        CompareWith.parse(rule)
