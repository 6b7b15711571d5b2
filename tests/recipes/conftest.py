"""Real tables, what a library says of them in an environment of its own, and what its recipe says here.

Nothing here is collected by the ordinary run: ``make test-recipes`` sets up the environments.
"""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from sklearn import datasets

import driftline
from driftline.demo.flights import between, load_flights
from driftline.query.results import DriftResult

Values: TypeAlias = npt.NDArray[Any]
#: Reference and current values of one column, without nulls, by name of the case.
Cases: TypeAlias = dict[str, tuple[Values, Values]]
#: A library's numbers by case and metric.
Said: TypeAlias = dict[str, dict[str, float]]

FLIGHTS = ("temp", "humid", "precip", "pressure", "visib", "distance", "departure_minute", "weekday")
CATEGORIES = ("carrier", "origin", "dest")
SIDES = ("reference", "current")


@pytest.fixture(scope="session")
def cases() -> Cases:
    """Flights of April beside those of the winter, and tables of scikit-learn halved, and halved and moved."""
    return {**dict(_flights()), **dict(_bundled())}


def _flights() -> Iterator[tuple[str, tuple[Values, Values]]]:
    days = [np.datetime64(day) for day in ("2013-01-01", "2013-04-01", "2013-05-01")]
    flights = load_flights()
    winter, april = between(flights, days[0], days[1]), between(flights, days[1], days[2])
    for name in FLIGHTS + CATEGORIES:
        kind: Any = str if name in CATEGORIES else np.float64
        sides = [
            side[name].drop_null().to_numpy(zero_copy_only=False).astype(kind) for side in (winter, april)
        ]
        yield f"flights {name}", (sides[0], sides[1])


def _bundled() -> Iterator[tuple[str, tuple[Values, Values]]]:
    random = np.random.default_rng(5)
    for load in (datasets.load_breast_cancer, datasets.load_wine, datasets.load_diabetes):
        table = load()
        rows = random.permutation(len(table.data))
        one, other = np.array_split(rows, 2)
        name = load.__name__.removeprefix("load_")
        for column in range(0, table.data.shape[1], 3):
            values = table.data[:, column].astype(np.float64)
            feature = str(table.feature_names[column]).replace("/", " ")
            yield f"{name} {feature}", (values[one], values[other])
            yield f"{name} {feature} moved", (values[one], values[other] + 0.5 * values.std())
        if hasattr(table, "target_names"):
            classes = np.asarray(table.target_names)[table.target].astype(str)
            yield f"{name} class", (classes[one], classes[other])
            # Sorted by class, the halves have hardly a class in common.
            ordered = np.sort(classes)
            yield f"{name} class moved", (ordered[: len(rows) // 2], ordered[len(rows) // 2 :])


@pytest.fixture(scope="session")
def say(root: Path, cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Said]:
    """Asks a library about all cases."""
    path = tmp_path_factory.mktemp("recipes") / "cases.npz"
    sides = [
        (f"{name}/{side}", values)
        for name, both in cases.items()
        for side, values in zip(SIDES, both, strict=True)
    ]
    np.savez(path, **dict(sides))  # type: ignore[arg-type]

    def ask(library: str) -> Said:
        python = root / f".venv-recipe-{library}" / "bin" / "python"
        assert python.exists(), f"{python} is missing: run make test-recipes"
        program = Path(__file__).with_name("say.py")
        # Evidently and NannyML would report their use.
        quiet = {
            **os.environ,
            "DO_NOT_TRACK": "1",
            "NML_DISABLE_USAGE_LOGGING": "1",
            "WHYLOGS_NO_ANALYTICS": "True",
        }
        done = subprocess.run(
            [str(python), str(program), library, str(path)], stdout=subprocess.PIPE, env=quiet, check=True
        )
        said: Said = json.loads(done.stdout.splitlines()[-1])
        return said

    return ask


@pytest.fixture(scope="session")
def ours(cases: Cases) -> Callable[..., DriftResult]:
    """The drift of one case by a recipe."""

    def compare(name: str, recipe: str, metric: str) -> DriftResult:
        before, after = (pa.table({"column": pa.array(values)}) for values in cases[name])
        return driftline.compare(before, after, recipe=recipe, metrics=[metric], roles={"column": "feature"})

    return compare


@pytest.fixture
def agrees(say: Callable[[str], Said], ours: Callable[..., DriftResult]) -> Callable[[str], list[str]]:
    """Holds a recipe to its library on all cases and returns the cases and metrics in which the state is exact.

    The library's number lies in the interval; where that has no width, it is the number.
    """

    def check(library: str) -> list[str]:
        exact, wrong = [], []
        for name, numbers in say(library).items():
            for metric, number in numbers.items():
                found = ours(name, library, metric.removesuffix(" p"))["column"].entries[0]
                label = f"{name}, {metric}: {library} says {number!r}, {found}"
                if metric.endswith(" p"):
                    is_right = found.p_value == pytest.approx(number, rel=1e-6, abs=1e-12)
                else:
                    slack = 1e-9 * max(1.0, abs(number))
                    is_right = found.low - slack <= number <= found.high + slack
                if not is_right:
                    wrong.append(label)
                if found.low == found.high:
                    exact.append(f"{name}, {metric}")
        assert not wrong, "\n".join(wrong)
        return exact

    return check
