"""Whatever the names and values are, an agent can read the lines."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.exporters.dogstatsd_parser import Sample, Told, parse_line, parse_packet

from driftline.delivery import dogstatsd as lines
from driftline.exporters.datadog.midpoints import midpoints
from driftline.exporters.histograms import Buckets, ColumnHistogram

texts = st.text(max_size=200)
labels = st.dictionaries(st.sampled_from(["model", "version", "feature"]), texts, max_size=3)


@given(labels, st.floats(allow_nan=False, allow_infinity=False), st.integers(0, 2**33))
def test_gauges_are_read_as_they_were_written(given_labels: dict[str, str], value: float, at: int) -> None:
    line = lines.gauge("driftline.feature.mean", value, lines.tags(given_labels), at)
    assert line is not None
    sample = parse_line(line)
    assert isinstance(sample, Sample)
    assert (sample.name, sample.values, sample.kind) == ("driftline.feature.mean", [value], "g")
    assert sample.timestamp == at
    assert sample.tags.keys() == given_labels.keys()


@given(texts, texts)
def test_different_values_have_different_tags(one: str, other: str) -> None:
    assert (lines.tag("feature", one) == lines.tag("feature", other)) == (one == other)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_no_agent_takes_is_not_sent(value: float) -> None:
    assert lines.gauge("driftline.feature.mean", value, "", 0) is None


@given(st.floats(-1e300, 1e300), st.integers(1, 2**50))
def test_a_distribution_counts_as_often_as_it_says(value: float, times: int) -> None:
    sample = parse_line(lines.distribution("driftline.feature.values", value, times, ""))
    assert isinstance(sample, Sample)
    assert sample.values == [value]
    assert round(1 / sample.rate) == times


@given(texts.filter(bool), texts, labels)
def test_events_and_checks_are_read_as_they_were_written(
    title: str, text: str, given_labels: dict[str, str]
) -> None:
    try:
        (title + text).encode()
    except UnicodeEncodeError:
        return
    told = parse_line(lines.event(title, text, lines.tags(given_labels), 7, "error", "k|e#y"))
    assert isinstance(told, Told)
    assert told.text == text.replace("\r", "").replace("\\n", "\n")
    assert told.fields == {"d": "7", "k": "k_e_y", "t": "error"}
    assert told.tags.keys() == given_labels.keys()
    check = parse_line(lines.service_check("driftline.export", "warning", "", 7, "a m: b\nc"))
    assert isinstance(check, Told)
    assert (check.name, check.text) == ("driftline.export", "1")
    assert check.fields == {"d": "7", "m": "a m\\: b\\nc"}


@given(st.lists(st.integers(1, 60).map(lambda length: "a" * length), max_size=40), st.integers(60, 200))
def test_packets_hold_all_lines_within_their_size(written: list[str], most_bytes: int) -> None:
    packets = list(lines.packets(written, most_bytes))
    assert all(len(packet) <= most_bytes for packet, _ in packets)
    assert "\n".join(packet.decode() for packet, _ in packets).split("\n") == (written or [""])
    assert sum(count for _, count in packets) == len(written)


def test_the_parser_refuses_what_is_wrong() -> None:
    for wrong in ("a", "a:1", "a:x|g", "a:nan|g", "a:1|q", "a:1|d|T5", "a:1|g|#b", "_e{1,1}:ab|c", "_sc|a|7"):
        with pytest.raises(ValueError, match=r"."):
            parse_line(wrong)
    with pytest.raises(ValueError, match="empty"):
        parse_packet(b"a:1|g\n")


@given(
    st.integers(-4, 7),
    st.integers(-200, 200),
    st.lists(st.integers(0, 9), min_size=1, max_size=30),
    st.lists(st.integers(0, 9), max_size=30),
    st.integers(0, 5),
)
def test_midpoints_stand_for_all_values_in_their_buckets(
    scale: int, offset: int, positive: list[int], negative: list[int], zeros: int
) -> None:
    offset = offset if scale >= 0 else offset // 8
    above, below = (Buckets(offset, np.array(counts, np.uint64)) for counts in (positive, negative))
    histogram = ColumnHistogram("x", "feature", scale, zeros, above, below, 0, 0.0, -math.inf, math.inf)
    told = list(midpoints(histogram))
    values = [value for value, _ in told]
    assert values == sorted(values)
    assert sum(times for _, times in told) == sum(positive) + sum(negative) + zeros
    for buckets, sign in ((above, 1.0), (below, -1.0)):
        for place, times in enumerate(buckets.counts.tolist()):
            low, high = (2.0 ** ((offset + place + step) * 2.0**-scale) for step in (0, 1))
            inside = [count for value, count in told if low < sign * value <= high]
            assert sum(inside) == times
