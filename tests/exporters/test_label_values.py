from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.exposition import generate_latest
from prometheus_client.parser import text_string_to_metric_families

from driftline.exporters.label_values import MAX_LENGTH, label_value

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)


@given(texts)
def test_any_text_becomes_a_value_that_survives_the_exposition(text: str) -> None:
    value = label_value(text)
    assert len(value) <= MAX_LENGTH
    assert value.isprintable()
    registry = CollectorRegistry()
    Gauge("g", "g", ["l"], registry=registry).labels(value).set(1)
    (family,) = text_string_to_metric_families(generate_latest(registry).decode())
    assert family.samples[0].labels == {"l": value}


@given(texts, texts)
def test_different_texts_stay_different(one: str, other: str) -> None:
    assert (label_value(one) == label_value(other)) == (one == other)


def test_plain_names_stay_as_they_are() -> None:
    assert label_value("flight delay/2 é") == "flight delay/2 é"
    assert label_value("a\nb").startswith("ab~")
    assert len(label_value("x" * 129)) == MAX_LENGTH
