"""Alert rules as they are written: what is taken, what is refused and how that is worded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from driftline.config.alerting import AlertingConfig, MaintenanceConfig, RuleConfig, SilenceConfig, matches
from driftline.config.alerting.figures import FIGURES, check_path
from driftline.config.alerting.template import check_template, fill

PSI = {"metric": "drift.psi", "feature": "*", "above": 0.2}


def rule(when: object = PSI, **settings: object) -> RuleConfig:
    return RuleConfig.model_validate({"name": "Rule", "when": when} | settings)


def test_a_rule_is_read() -> None:
    read = rule(
        {"all": [PSI | {"resolve_below": 0.1}, {"not": {"absence": "labels", "longer_than": "1d"}}]},
        **{"for": "5m", "model": "fraud", "severity": "page", "labels": {"team": "risk"}},
    )
    assert read.hold == timedelta(minutes=5)
    assert read.is_by_clock
    assert read == RuleConfig.model_validate(
        read.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    )


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({"metric": "drift.psy", "feature": "a", "above": 1}, "did you mean 'drift.psi'"),
        ({"metric": "amount.psi", "above": 1}, "a metric begins with drift"),
        ({"metric": "latency.p100", "above": 1}, "latency has p99"),
        ({"metric": "drift.psi", "above": 1}, "drift.psi needs feature"),
        (
            {"metric": "performance.accuracy", "feature": "a", "below": 1},
            "performance.accuracy has no feature",
        ),
        (PSI | {"below": 0.1}, "one of above, below, outside and is, got above and below"),
        ({"metric": "drift.psi", "feature": "a"}, "got none"),
        (PSI | {"resolve_below": 0.3}, "resolve_below must not be beyond the limit 0.2, got 0.3"),
        (PSI | {"resolve_above": 0.1}, "resolve_above needs below"),
        ({"metric": "concept.verdict", "above": 1}, "a word: it needs is"),
        ({"metric": "drift.psi", "feature": "a", "is": "moved"}, "a number: it needs above"),
        ({"metric": "drift.psi", "feature": "a", "outside": [2, 1]}, "two numbers in order"),
        (PSI | {"relative_to": "baseline"}, "no baseline's figure"),
        ({"metric": "drift.psi", "feature": "a", "above": 1, "together": True}, "there is no \\*"),
        ({"metric": "drift.psi", "feature": "a", "above": float("nan")}, "finite number"),
        ({"feature": "a"}, "a condition has one of metric, evidence"),
        ({"all": []}, "at least 1 item"),
        ({"any": [PSI, {"objective": "*"}]}, "one kind of thing, got feature and objective"),
        ({"evidence": "drift", "level": 1}, "less than 1"),
    ],
)
def test_what_makes_no_sense_is_refused(when: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(when)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "rule_one"}, "pattern"),
        ({"labels": {"model": "x"}}, "label 'model' is given by driftline"),
        ({"labels": {"a-b": "x"}}, "a label is named like team"),
        ({"annotations": {"summary": "{model.__class__}"}}, "a text may name"),
        ({"annotations": {"summary": "{model!r}"}}, "no conversion"),
        ({"annotations": {"summary": "{value:9999}"}}, "a field is formatted like"),
        ({"annotations": {"summary": "{value"}}, "a brace"),
        (
            {"segment": {"city": "Oslo"}, "when": {"absence": "records", "longer_than": "1h"}},
            "absence is of all",
        ),
    ],
)
def test_settings_of_a_rule_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        rule(settings.pop("when", PSI), **settings)


def test_rules_have_names_of_their_own_and_routes_name_channels() -> None:
    with pytest.raises(ValidationError, match="several of Rule"):
        AlertingConfig.model_validate({"rules": [{"name": "Rule", "when": PSI}] * 2})
    with pytest.raises(ValidationError, match="names the channel 'chat'; there are: none"):
        AlertingConfig.model_validate({"routes": [{"channels": ["chat"]}]})


def test_a_rule_knows_the_one_column_that_it_is_about() -> None:
    psi, ks = ({"metric": f"drift.{name}", "feature": "amount", "above": 0.1} for name in ("psi", "ks"))
    assert rule({"all": [psi, ks]}).feature == "amount"
    assert rule({"all": [psi, ks | {"feature": "age"}]}).feature == ""
    assert rule(PSI).feature == ""


@pytest.mark.parametrize(
    "path", [f"{family}.{name.split()[0]}" for family in FIGURES for name in FIGURES[family]]
)
def test_every_figure_has_a_path(path: str) -> None:
    assert check_path(path) == path


def test_patterns_of_labels() -> None:
    silence = SilenceConfig.model_validate(
        {"match": {"model": ["a", "b_*"]}, "end": "2026-01-02T00:00:00Z", "comment": "c", "creator": "me"}
    )
    before, after = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    assert silence.silences({"model": "b_1"}, before)
    assert not silence.silences({"model": "c"}, before)
    assert not silence.silences({"model": "a"}, after)
    assert matches({}, {"model": "a"})
    with pytest.raises(ValidationError, match="at least 1"):
        SilenceConfig.model_validate({"match": {}, "end": after, "comment": "c", "creator": "me"})


@pytest.mark.parametrize(
    ("settings", "inside", "outside"),
    [
        (
            {"start": "2026-03-01T00:00:00Z", "end": "2026-03-02T00:00:00Z"},
            "2026-03-01T23:59:59Z",
            "2026-03-02T00:00:00Z",
        ),
        # Saturday from 22:00 to Sunday 06:00, Oslo: one hour ahead of UTC in winter.
        (
            {"days": ["sat"], "from_time": "22:00", "to_time": "06:00", "time_zone": "Europe/Oslo"},
            "2026-01-04T04:59:00Z",
            "2026-01-04T05:00:00Z",
        ),
        # And two in summer.
        (
            {"days": ["sat"], "from_time": "22:00", "to_time": "06:00", "time_zone": "Europe/Oslo"},
            "2026-07-04T20:00:00Z",
            "2026-07-05T04:00:00Z",
        ),
        ({"days": ["sun"]}, "2026-01-04T00:00:00Z", "2026-01-05T00:00:00Z"),
        ({"from_time": "09:00", "to_time": "17:00"}, "2026-01-05T09:00:00Z", "2026-01-05T17:00:00Z"),
    ],
)
def test_maintenance_is_under_way(settings: dict[str, Any], inside: str, outside: str) -> None:
    window = MaintenanceConfig.model_validate({"name": "work"} | settings)
    assert window.is_under_way(datetime.fromisoformat(inside))
    assert not window.is_under_way(datetime.fromisoformat(outside))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, "start and end, or days"),
        ({"start": "2026-01-01T00:00:00Z"}, "an end after it"),
        ({"from_time": "22:00"}, "belong together"),
        ({"from_time": 1320, "to_time": "06:00"}, "in quotes"),
        ({"days": ["sat"], "time_zone": "Mars/Base"}, "a time zone is named like"),
    ],
)
def test_maintenance_is_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        MaintenanceConfig.model_validate({"name": "work"} | settings)


@given(st.text(max_size=30))
def test_a_text_is_refused_or_filled(text: str) -> None:
    try:
        check_template(text)
    except ValueError:
        return
    assert isinstance(fill(text, {}), str)


def test_texts_are_filled() -> None:
    values: dict[str, str | float | None] = {
        "feature": "amount",
        "value": 0.25,
        "low": None,
        "model": "{value}",
    }
    text = "{feature:>8}|{value:.1%}|{low}|{value}|{{x}}|{model}"
    check_template(text)
    assert fill(text, values) == "  amount|25.0%|-|0.25|{x}|{value}"
