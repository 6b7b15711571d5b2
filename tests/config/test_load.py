from datetime import timedelta
from pathlib import Path

import pytest

from driftline.config import CollectorConfig, load_config
from driftline.errors import ConfigurationError

WHOLE = """
grpc_address: 127.0.0.1:0
flight_address: ""
http_address: null
data_dir: ./data
flush_interval_seconds: 5
log_format: json
monitors:
  - model: flights
    window: 1h
    segments: [[carrier], [origin, carrier]]
    roles: {dep_hour: segment}
    baseline: training
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "driftline.yaml"


def load(path: Path, text: str, environment: dict[str, str] | None = None) -> CollectorConfig:
    path.write_text(text)
    return load_config(path, environment or {})


def test_a_whole_file_is_read(path: Path) -> None:
    config = load(path, WHOLE)
    assert config.grpc_address == "127.0.0.1:0"
    assert config.flight_address is None
    assert config.http_address is None
    assert config.data_dir == Path("data")
    (monitor,) = config.monitors
    assert monitor.window == timedelta(hours=1)
    assert monitor.segments == (("carrier",), ("origin", "carrier"))


def test_an_empty_file_and_no_file_are_the_defaults(path: Path) -> None:
    assert load(path, "") == load_config(None, {}) == CollectorConfig()


def test_the_environment_overrides_the_file(path: Path) -> None:
    environment = {
        "DRIFTLINE_GRPC_ADDRESS": "0.0.0.0:9000",
        "DRIFTLINE_INSECURE": "true",
        "DRIFTLINE_FLUSH_INTERVAL_SECONDS": "1.5",
        "DRIFTLINE_DATA_DIR": "",
        "DRIFTLINE_MONITORS": "not a scalar, not looked at",
    }
    config = load(path, WHOLE, environment)
    assert config.grpc_address == "0.0.0.0:9000"
    assert config.flush_interval_seconds == 1.5
    assert config.data_dir is None


def test_a_fault_in_the_environment_names_the_variable(path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"DRIFTLINE_LOG_LEVEL: .* got 'loud'"):
        load(path, "", {"DRIFTLINE_LOG_LEVEL": "loud"})


def test_all_faults_are_listed_with_their_places(path: Path) -> None:
    text = """
grpc_adress: 127.0.0.1:0
http_address: nowhere
flush_interval_seconds: 0
monitors:
  - model: a
    window: 5 minutes
  - model: b
    segment: [[x]]
  - window: 1m
"""
    with pytest.raises(ConfigurationError) as caught:
        load(path, text)
    message = str(caught.value)
    assert "has 6 fault(s)" in message
    assert "grpc_adress: no such setting; did you mean 'grpc_address'?" in message
    assert "http_address: an address is host:port" in message
    assert "flush_interval_seconds: Input should be greater than 0, got 0" in message
    assert "monitors[0].window: a duration is written like 30s, 5m, 1h or 7d, got '5 minutes'" in message
    assert "monitors[1].segment: no such setting; did you mean 'segments'?" in message
    assert "monitors[2].model: Field required" in message


def test_roll_up_and_retention(path: Path) -> None:
    config = load(path, "rollup: {hourly_after: 7d, daily_after: null}\nretention: 90d")
    assert (config.rollup.hourly_after, config.rollup.daily_after) == (timedelta(days=7), None)
    assert config.retention == timedelta(days=90)
    assert load(path, "", {"DRIFTLINE_RETENTION": "2d"}).retention == timedelta(days=2)
    defaults = CollectorConfig()
    assert (defaults.rollup.hourly_after, defaults.rollup.daily_after) == (
        timedelta(days=2),
        timedelta(days=30),
    )
    assert defaults.retention is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rollup: {hourly_aftr: 2d}", r"rollup\.hourly_aftr: no such setting; did you mean 'hourly_after'\?"),
        ("rollup: {hourly_after: 1h}", r"rollup\.hourly_after: an age must be at least 1d, got 1h"),
        ("rollup: {daily_after: 1d}", r"rollup: daily_after must be at least hourly_after, 2d, got 1d"),
        ("retention: 90", r"retention: a duration needs its unit, like 30s or 5m, got 90"),
        ("retention: 23h", r"retention: an age must be at least 1d, got 23h"),
    ],
)
def test_bad_roll_ups(path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(path, text)


def test_two_monitors_of_one_model_are_a_fault(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="monitors must be one for each model, got several for 'a'"):
        load(path, "monitors: [{model: a}, {model: a}]")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("data_dir: a\ndata_dir: b\n", "key 'data_dir' stands here twice"),
        ("monitors:\n  - {model: a, model: b}\n", "key 'model' stands here twice"),
        ("a: &x 1\nb: *x\n", "aliases are not allowed"),
        ("- 1\n", "the top level must be a mapping, got list"),
        ("a: [", "while parsing"),
        ("a: !!python/object/apply:os.system ['true']\n", "could not determine a constructor"),
        ("a: " + "[" * 5_000, "yaml|recursion|parsing"),
        ("#" * (1024 * 1024 + 1), "at most 1048576 bytes, got 1048577"),
    ],
)
def test_yaml_that_is_not_allowed(path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        load(path, text)


def test_a_missing_file_is_a_configuration_error(path: Path) -> None:
    with pytest.raises(ConfigurationError, match="No such file"):
        load_config(path, {})


def test_messages_must_fit_into_memory(path: Path) -> None:
    assert load(path, "memory_bytes: 67108864").memory_bytes == 1 << 26
    with pytest.raises(ConfigurationError, match="four times max_message_bytes, 67108864, got 67108863"):
        load(path, "memory_bytes: 67108863")
    with pytest.raises(ConfigurationError, match="greater than or equal to 33554432"):
        load(path, "memory_bytes: 1048576")
