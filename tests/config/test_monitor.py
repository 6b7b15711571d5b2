from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from driftline.config import MonitorConfig
from driftline.config.monitor import ROLES, ColumnSetConfig
from driftline.config.objective import ObjectiveConfig
from driftline.config.outcome_value import BinaryValues, ClassValue
from driftline.config.ranking import RankingConfig
from driftline.config.record_log import RecordLogConfig
from driftline.config.signals import SignalsConfig
from driftline.errors import InvalidArgumentError
from driftline.v1 import control_pb2

names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
durations = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3_650))

worths = st.floats(0.5, 100.0)

objectives = (
    st.builds(
        ObjectiveConfig,
        latency=st.integers(1, 10**6).map(lambda count: timedelta(milliseconds=count)),
        column=st.none() | names,
        target=st.floats(0.001, 0.999),
        within=st.timedeltas(min_value=timedelta(minutes=1), max_value=timedelta(days=366)),
    )
    | st.builds(
        lambda column, value, target: ObjectiveConfig.model_validate(
            {"error": {column: value}, "target": target}
        ),
        names,
        names,
        st.floats(0.001, 0.999),
    )
    | st.builds(ObjectiveConfig, missing=names, target=st.floats(0.001, 0.999))
)

monitors = st.builds(
    MonitorConfig,
    model=names,
    roles=st.dictionaries(names, st.sampled_from(ROLES), max_size=4),
    window=st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=36_600)),
    segments=st.lists(st.lists(names, min_size=1, max_size=3), max_size=3),
    max_segments=st.integers(1, 10_000),
    task=st.sampled_from(["auto", "classification", "regression", "ranking"]),
    positive_class=st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    score_threshold=st.floats(0.001, 1),
    label_horizon=durations,
    max_pending=st.integers(1, 2**40),
    max_future=durations,
    baseline=st.just("") | names,
    baseline_bins=st.integers(2, 100),
    recent=durations,
    kll_columns=st.lists(st.just("*") | names, max_size=3),
    column_sets=st.dictionaries(
        names,
        st.builds(ColumnSetConfig, columns=st.lists(names, min_size=2, max_size=4, unique=True)),
        max_size=3,
    ),
    objectives=st.dictionaries(names, objectives, max_size=3),
    signals=st.none()
    | st.builds(
        SignalsConfig,
        most=st.integers(1, 100_000),
        band=st.floats(0.001, 0.999),
        tolerance=st.floats(1, 100),
    ),
    ranking=st.builds(
        RankingConfig,
        at=st.lists(st.integers(1, 1_000), min_size=1, max_size=16, unique=True).map(sorted).map(tuple),
        relevant_from=st.floats(0.001, 100),
        unlabelled=st.sampled_from(["irrelevant", "unknown"]),
    ),
    record_log=st.none()
    | st.builds(
        lambda columns, sample, redaction, **given: RecordLogConfig.model_validate(
            given
            | {"columns": columns, "sample": sample, "redact": {columns[0]: redaction} if redaction else {}}
        ),
        columns=st.lists(names.filter(lambda name: name != "*"), min_size=1, max_size=4, unique=True),
        sample=st.integers(0, 100_000),
        anomalous=st.integers(1, 100_000),
        latency_above=st.none() | st.floats(allow_nan=False, allow_infinity=False),
        redaction=st.sampled_from(["mask", "hash", None]),
    ),
    outcome_values=st.builds(BinaryValues, tp=worths, fp=worths, fn=worths)
    | st.lists(st.builds(ClassValue, label=names, predicted=names, value=worths), max_size=3).map(tuple),
) | st.builds(
    MonitorConfig,
    model=names,
    values=st.just("hashed"),
    hashed_columns=st.lists(names.filter(lambda name: name != "*"), max_size=3),
)


@given(monitors)
def test_the_wire_carries_every_setting(monitor: MonitorConfig) -> None:
    carried = control_pb2.Monitor.FromString(monitor.to_proto().SerializeToString())
    assert MonitorConfig.from_proto(carried) == monitor


@pytest.mark.parametrize(
    ("columns", "rule"),
    [(["x"], "at least 2"), (["x", "x"], "must differ"), ([f"{n}" for n in range(33)], "at most 32")],
)
def test_a_column_set_has_2_to_32_columns_that_differ(columns: list[str], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        MonitorConfig.model_validate({"model": "m", "column_sets": {"s": {"columns": columns}}})


@pytest.mark.parametrize(
    ("objective", "rule"),
    [
        ({"target": 0.9}, "one of latency, error and missing, got none"),
        ({"target": 0.9, "latency": "1s", "missing": "x"}, "got latency and missing"),
        ({"target": 0.9, "missing": "x", "column": "y"}, "column 'y' is that of a latency"),
        ({"target": 0.9, "error": {"a": "1", "b": "2"}}, "at most 1"),
        ({"target": 1.0, "latency": "1s"}, "less than 1"),
        ({"target": 0.9, "latency": "1s", "within": "1s"}, "greater than or equal to 1 minute"),
    ],
)
def test_an_objective_says_what_is_bad(objective: dict[str, object], rule: str) -> None:
    with pytest.raises(ValidationError, match=rule):
        MonitorConfig.model_validate({"model": "m", "objectives": {"o": objective}})


def test_signals_are_switched_on_and_off() -> None:
    assert MonitorConfig.model_validate({"model": "m", "signals": True}).signals == SignalsConfig()
    assert MonitorConfig.model_validate({"model": "m", "signals": False}).signals is None
    with pytest.raises(ValidationError, match="tolerance"):
        MonitorConfig.model_validate({"model": "m", "signals": {"tolerance": 0.5}})


def test_an_error_is_written_as_records_carry_it() -> None:
    objective = ObjectiveConfig.model_validate({"error": {"failed": True}, "target": 0.5})
    assert objective.error == {"failed": "true"}


def test_zeros_on_the_wire_stand_for_the_defaults() -> None:
    assert MonitorConfig.from_proto(control_pb2.Monitor(model="m")) == MonitorConfig(model="m")


def test_a_bad_message_is_an_argument_error_that_names_the_field() -> None:
    with pytest.raises(InvalidArgumentError, match=r"monitor of 'm'(?s:.)*window"):
        MonitorConfig.from_proto(control_pb2.Monitor(model="m", window_nanos=1_000))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("model", ""),
        ("model", "x" * 257),
        ("window", "500ms"),
        ("window", 60),
        ("window", "36601d"),
        ("label_horizon", "36601d"),
        ("max_future", "106751d"),
        ("recent", "0s"),
        ("roles", {"a": "lable"}),
        ("roles", {"": "label"}),
        ("segments", [[]]),
        ("max_segments", 0),
        ("task", "clustering"),
        ("ranking", {"at": []}),
        ("ranking", {"at": [5, 3]}),
        ("ranking", {"at": [0]}),
        ("ranking", {"relevant_from": 0}),
        ("ranking", {"unlabelled": "relevant"}),
        ("score_threshold", 0),
        ("baseline_bins", 1),
        ("kll_columns", [""]),
        ("values", "secret"),
        ("hashed_columns", ["a"]),
        ("windows", "1m"),
    ],
)
def test_rules_hold(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        MonitorConfig.model_validate({"model": "m", field: value})


def test_a_mistyped_role_gets_a_suggestion() -> None:
    with pytest.raises(ValidationError, match="did you mean 'label'"):
        MonitorConfig(model="m", roles={"a": "lable"})
