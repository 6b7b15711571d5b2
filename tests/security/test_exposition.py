"""Names that try to break out of `/metrics`."""

import http.client
import unicodedata
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from driftline.client import Client
from driftline.collector import Collector
from driftline.exporters.label_values import MAX_LENGTH, label_value

HOSTILE = [
    '"} 1\ndriftline_records_total 666\n#',
    "a\\",
    '\\"',
    "\\n",
    "line\nfeed",
    "carriage\rreturn",
    "bell\a",
    "\u2028separator",
    "bidi \u202e override",
    "\x1b[31mred",
    "# HELP driftline_records forged",
    "{model='x'}",
    "é\U0001f600",
    "x" * 200,
    " ",
]


def is_taken(name: str) -> bool:
    """Whether a model may be called that; columns are called whatever they are."""
    return not any(unicodedata.category(character) == "Cc" for character in name)


def page(collector: Collector, accept: str) -> str:
    connection = http.client.HTTPConnection(str(collector.http_address), timeout=10)
    try:
        connection.request("GET", "/metrics", headers={"accept": accept})
        return connection.getresponse().read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("accept", "parse"),
    [("text/plain", parse_text), ("application/openmetrics-text;version=1.0.0", parse_openmetrics)],
    ids=["text", "openmetrics"],
)
def test_hostile_names_come_back_as_they_were(
    accept: str, parse: Callable[[str], Any], collector: Collector
) -> None:
    for name in HOSTILE:
        model = name if is_taken(name) else "m"
        with Client(str(collector.grpc_address), model=model, version=model) as client:
            client.log_table(pa.table({name: [1.0, 2.0]}))
            assert client.flush(20)
            assert client.stats.acknowledged == 2
    text = page(collector, accept)
    samples = [sample for family in parse(text) for sample in family.samples]
    means = {
        (sample.labels["model"], sample.labels["version"], sample.labels["feature"])
        for sample in samples
        if sample.name == "driftline_feature_mean"
    }
    named = {name: label_value(name if is_taken(name) else "m") for name in HOSTILE}
    assert means == {(named[name], named[name], label_value(name)) for name in HOSTILE}
    assert len(means) == len(HOSTILE), "different names stay different"
    values = [value for sample in samples for value in sample.labels.values()]
    assert all(len(value) <= MAX_LENGTH and value.isprintable() for value in values)
    assert [sample.value for sample in samples if sample.name == "driftline_records_total"] == [
        2 * len(HOSTILE)
    ]
    assert all(line.startswith(("driftline_", "# ")) for line in text.splitlines() if line)
    assert {line.split(" ")[1] for line in text.splitlines() if line.startswith("#")} <= {
        "HELP",
        "TYPE",
        "UNIT",
        "EOF",
    }


@pytest.mark.parametrize("name", [name for name in HOSTILE if not is_taken(name)])
def test_no_model_has_control_characters_in_its_name(name: str, collector: Collector) -> None:
    with Client(str(collector.grpc_address), model=name) as client:
        client.log({"a": 1.0})
        assert client.flush(20)
        assert client.stats.rejected == 1
