import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from tests.e2e.conftest import MODEL, Rows
from tests.e2e.exact import labelled, wilson

from driftline.query import Monitor


def _share(hits: "np.ndarray[tuple[int], np.dtype[np.bool_]]") -> tuple[int, int]:
    return int(hits.sum()), len(hits)


def _sides(flights: pa.Table, origin: str) -> dict[str, list[tuple[int, int]]]:
    """Hits and trials of an airport and of all others."""
    found: dict[str, list[tuple[int, int]]] = {}
    is_here = np.array([name == origin for name in flights["origin"].cast(pa.string()).to_pylist()])
    for rows in (is_here, ~is_here):
        chosen = flights.filter(pa.array(rows))
        known = labelled(chosen)
        truth, said = (np.array(known[name].to_pylist(), dtype=bool) for name in ("label", "prediction"))
        sides = {
            "demographic_parity": _share(np.array(chosen["prediction"].to_pylist(), dtype=bool)),
            "equal_opportunity": _share(said[truth]),
            "false_positive_rate": _share(said[~truth]),
            "predictive_parity": _share(truth[said]),
            "accuracy": _share(truth == said),
        }
        for name, share in sides.items():
            found.setdefault(name, []).append(share)
    return found


def test_airports_beside_each_other(monitor: Monitor, rows: Rows) -> None:
    answer = monitor.fairness("origin", model=MODEL)
    assert len(answer) == 3
    for group in answer:
        for criterion, (here, others) in _sides(rows.april, group.segment["origin"]).items():
            found = group[criterion]
            assert (found.group_n, found.reference_n) == (here[1], others[1])
            share, reference = here[0] / here[1], others[0] / others[1]
            (low, high), (below, above) = wilson(*here), wilson(*others)
            difference = share - reference
            assert found.difference.value == pytest.approx(difference)
            assert found.difference.low == pytest.approx(
                difference - np.hypot(share - low, above - reference)
            )
            assert found.difference.high == pytest.approx(
                difference + np.hypot(high - share, reference - below)
            )
            table = [[here[0], others[0]], [here[1] - here[0], others[1] - others[0]]]
            assert found.p_value == pytest.approx(stats.fisher_exact(table).pvalue, rel=0.02, abs=1e-6)
    rates = {group.segment["origin"]: group["accuracy"].group for group in answer}
    values = [rate.value for rate in rates.values() if rate is not None]
    assert answer.spread("accuracy", "origin").difference.value == pytest.approx(max(values) - min(values))


def test_the_worst_of_carriers_and_airports(monitor: Monitor) -> None:
    answer = monitor.fairness(model=MODEL)
    columns = {column for group in answer for column in group.segment}
    assert {"carrier", "origin"} <= columns
    found = [each for _, each in answer.exceeding(0.05)]
    assert found, "carriers differ: some are late far more often"
    assert all(each.p_value <= each.adjusted_p_value for each in found)
