"""What docs/alerting.md says: every setting with its default, and a configuration that runs as it is written."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pydantic import BaseModel
from tests.collector.conftest import CollectorProcess
from tests.collector.test_alerts import eventually, get

import driftline
from driftline.config.alerting import (
    AbsenceCondition,
    AlertingConfig,
    AllCondition,
    AnyCondition,
    EvidenceCondition,
    MaintenanceConfig,
    MetricCondition,
    NotCondition,
    ObjectiveCondition,
    RouteConfig,
    RuleConfig,
    SilenceConfig,
)
from driftline.config.alerting.canary import CanarySettings
from driftline.config.alerting.figures import FIGURES
from driftline.config.alerting.template import FIELDS
from driftline.config.duration import format_duration

PAGE = (Path(__file__).parents[2] / "docs/alerting.md").read_text("utf-8")
START = np.datetime64("2026-01-05T00:00", "ns")
TABLES: dict[str, type[BaseModel]] = {
    "setting of a rule": RuleConfig,
    "setting of `metric`": MetricCondition,
    "setting of `canary`": CanarySettings,
    "setting of `evidence`": EvidenceCondition,
    "setting of `objective`": ObjectiveCondition,
    "setting of `absence`": AbsenceCondition,
    "setting of `alerting`": AlertingConfig,
    "setting of a route": RouteConfig,
    "setting of a silence": SilenceConfig,
    "setting of maintenance": MaintenanceConfig,
}


def table(heading: str) -> dict[str, str]:
    """Second column by the first of the table with this heading."""
    rows = PAGE.partition(f"| {heading} |")[2].partition("\n\n")[0].splitlines()[2:]
    cells = [[cell.strip() for cell in row.split("|")[1:]] for row in rows]
    return {each[0].strip("`"): each[1] for each in cells}


@pytest.mark.parametrize("heading", TABLES)
def test_every_setting_is_there_with_its_default(heading: str) -> None:
    kind = TABLES[heading]
    documented = table(heading)
    fields = {field.alias or name: field for name, field in kind.model_fields.items()}
    assert documented.keys() == fields.keys()
    for name, field in fields.items():
        match field.default:
            case bool() | str() as default if default != "":
                assert (
                    documented[name] == f"`{str(default).lower() if isinstance(default, bool) else default}`"
                ), name
            case int() | float() as default:
                assert documented[name] == f"{default:,g}", name
            case timedelta() as default:
                assert documented[name] == f"`{format_duration(default)}`", name
            case None | "" | () | {}:
                assert documented[name] in ("none", "all", "every day"), name
            case _:
                assert documented[name] == "" or not field.is_required(), name


def test_every_kind_of_condition_is_there() -> None:
    keys = {"metric", "evidence", "objective", "absence"}
    keys |= {
        str(next(iter(kind.model_fields.values())).alias)
        for kind in (AllCondition, AnyCondition, NotCondition)
    }
    assert table("key of a condition").keys() == keys


def test_every_figure_and_field_is_there() -> None:
    figures = PAGE.partition("| family | names | of |")[2].partition("\n\n")[0]
    for family, names in FIGURES.items():
        rows = " ".join(row for row in figures.splitlines() if row.startswith(f"| `{family}`"))
        found = set(re.findall(r"`([\w.]+)`", rows))
        assert found >= {family}
        if family not in ("performance", "fairness"):
            assert found - {family, "monitor.performance()"} >= {name for name in names if " " not in name}
    fields = set(re.findall(r"`(\w+)`", PAGE.partition("Texts may have fields")[2].partition("##")[0]))
    assert fields >= FIELDS


def batch(minute: int, mean: float, nulls: float) -> pa.Table:
    random = np.random.default_rng(minute)
    times = START + np.timedelta64(minute, "m") + np.arange(500) * np.timedelta64(100, "ms")
    return pa.table(
        {
            "timestamp": pa.array(times),
            "amount": pa.array(random.normal(mean, 1, 500)),
            "city": pa.array(random.choice(["Oslo", "Rome"], 500), mask=random.random(500) < nulls),
            "latency": pa.array(random.lognormal(-3, 0.3, 500)),
        }
    )


def test_the_configuration_runs_as_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "driftline.yaml"
    path.write_text(PAGE.partition("```yaml\n")[2].partition("```")[0])
    monkeypatch.chdir(tmp_path)
    for door in ("GRPC", "HTTP", "FLIGHT"):
        monkeypatch.setenv(f"DRIFTLINE_{door}_ADDRESS", "127.0.0.1:0")
    process = CollectorProcess(path)
    try:
        with (
            driftline.connect(process.grpc_address) as monitor,
            driftline.Client(process.grpc_address, model="fraud", version="1") as client,
        ):
            for minute in range(5):
                client.log_table(batch(minute, 0, 0))
            assert client.flush(30)
            monitor.set_baseline("fraud", "training")
            for minute in range(5, 8):
                client.log_table(batch(minute, 3, 0.2))
            assert client.flush(30)
            fired = {"AmountDrifted", "FeaturesDrifted", "ManyNulls"}
            firing: Callable[[], dict[str, dict[str, str]]] = lambda: {  # noqa: E731
                each["rule"]: each["labels"]
                for each in get(process.http_address)["alerts"]
                if each["state"] == "firing"
            }
            eventually(lambda: firing().keys() >= fired)
            assert firing()["ManyNulls"]["feature"] == "city"
            assert firing()["AmountDrifted"]["owner"] == "risk"
            unknown = {each["rule"]: each["reason"] for each in get(process.http_address)["unknown"]}
            assert unknown["AccuracyLow"] == "0 labels, 200 are needed"
        assert process.terminate() == 0
    finally:
        process.kill()
