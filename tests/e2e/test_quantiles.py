import pytest
from tests.e2e.conftest import MODEL, Rows
from tests.e2e.exact import finite, quantile, rank_error

from driftline.query import Monitor

QS = [0.0, 0.001, 0.01, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0]
COLUMNS = ["latency", "score", "temp", "distance", "departure_minute", "wind_gust", "precip", "log_precip"]


@pytest.mark.parametrize("name", COLUMNS)
def test_quantiles_are_within_1_percent_rank_and_their_bounds_hold(
    monitor: Monitor, rows: Rows, name: str
) -> None:
    values = finite(rows.april[name])
    answer = monitor.quantiles(name, QS, model=MODEL)
    assert answer.count == len(values)
    assert [found.q for found in answer] == QS
    for found in answer:
        assert rank_error(values, found.value, found.q) <= 0.01, found
        assert found.low <= found.value <= found.high
        assert found.low <= quantile(values, found.q) <= found.high, found


def test_the_ends_are_exact(monitor: Monitor, rows: Rows) -> None:
    values = finite(rows.april["latency"])
    lowest, highest = monitor.quantiles("latency", [0.0, 1.0], model=MODEL)
    assert (lowest.value, highest.value) == (values[0], values[-1])
