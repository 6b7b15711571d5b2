from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

CONFIGURATION = """
data_dir: ./state
monitors:
  - model: delays
    window: 1h
    segments: [[city]]
    roles: {city: ignore}
"""


@pytest.fixture
def configuration(tmp_path: Path) -> Path:
    path = tmp_path / "driftline.yaml"
    path.write_text(CONFIGURATION)
    return path


def line_of(text: str, name: str) -> list[str]:
    """The cells of the row that begins with a name."""
    return next(line.split() for line in text.splitlines() if line.split()[:1] == [name])


def test_columns_of_data_are_shown_with_type_role_and_origin(run: Callable[..., Any], before: Path) -> None:
    outcome = run("check", before)
    assert outcome.code == 0
    assert line_of(outcome.out, "y_pred")[-2:] == ["prediction", "inferred"]
    assert line_of(outcome.out, "amount")[-2:] == ["feature", "inferred"]


def test_a_role_of_the_command_line_goes_before_that_of_the_configuration(
    run: Callable[..., Any], before: Path, configuration: Path
) -> None:
    outcome = run("check", before, "--config", configuration)
    assert line_of(outcome.out, "city")[-2:] == ["ignore", "configuration"]
    outcome = run("check", before, "--config", configuration, "--model", "delays", "--role", "city=segment")
    assert line_of(outcome.out, "city")[-2] == "segment"


def test_a_type_that_cannot_be_taken_is_shown_with_the_reason(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    pq.write_table(pa.table({"tags": [["a"]]}), tmp_path / "nested.parquet")
    outcome = run("check", tmp_path / "nested.parquet")
    assert outcome.code == 0
    assert "unsupported" in line_of(outcome.out, "tags")


def test_a_csv_file_is_data(run: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "data.csv").write_text("age,label\n1,0\n2,1\n")
    outcome = run("check", tmp_path / "data.csv")
    assert line_of(outcome.out, "label")[1:3] == ["int64", "label"]


def test_a_valid_configuration_is_shown_with_its_defaults(
    run: Callable[..., Any], configuration: Path
) -> None:
    outcome = run("check", configuration)
    assert outcome.code == 0
    assert "driftline.yaml: valid" in outcome.out
    assert line_of(outcome.out, "data_dir") == ["data_dir", "state"]
    assert line_of(outcome.out, "grpc_address") == ["grpc_address", "127.0.0.1:7571"]
    assert "monitor delays" in outcome.out


def test_all_faults_of_a_configuration_are_listed(run: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text("flush_interval: 3\nmonitors: [{model: a, window: 0s}]\n")
    outcome = run("check", path)
    assert outcome.code == 1
    assert outcome.err.startswith("error: ")
    assert "flush_interval" in outcome.err
    assert "window" in outcome.err


@pytest.mark.parametrize("name", ["nothing.parquet", "nothing.yaml"])
def test_a_file_that_is_not_there_is_one_line(run: Callable[..., Any], tmp_path: Path, name: str) -> None:
    outcome = run("check", tmp_path / name)
    assert outcome.code == 1
    assert len(outcome.err.splitlines()) == 1
    assert name in outcome.err


def test_a_model_that_is_not_configured_is_bad_usage(
    run: Callable[..., Any], before: Path, configuration: Path
) -> None:
    outcome = run("check", before, "--config", configuration, "--model", "prices")
    assert outcome.code == 2
    assert "delays" in outcome.err
