"""A small real model: does a flight arrive more than 15 minutes late, judged by what is known before it leaves?"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from driftline.demo.flights import CATEGORIES, FEATURES, NUMBERS
from driftline.errors import MissingExtraError

if TYPE_CHECKING:
    from sklearn.ensemble import HistGradientBoostingClassifier

Numbers: TypeAlias = npt.NDArray[np.float64]
Categories: TypeAlias = dict[str, Any]

RECORDS_PER_CALL = 256
THRESHOLD = 0.5


@dataclass(frozen=True)
class DelayModel:
    """Gradient-boosted trees and the categories that they were trained on."""

    trees: "HistGradientBoostingClassifier"
    categories: Categories

    def score(self, flights: pa.Table) -> Numbers:
        """Probability of a late arrival, shape (rows,), in [0, 1]."""
        scores: Numbers = self.trees.predict_proba(_matrix(flights, self.categories))[:, 1]
        return scores


def train(flights: pa.Table) -> DelayModel:
    """Fit a model on the flights that have a label; about a second for a quarter of a year.

    Raises
    ------
    MissingExtraError
        If scikit-learn is not installed.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from threadpoolctl import threadpool_limits
    except ImportError as error:
        message = "the demo needs scikit-learn; install it with: pip install 'driftline[demo]'"
        raise MissingExtraError(message) from error
    labelled = flights.filter(pc.is_valid(flights["label"]))
    categories = {name: _distinct(labelled[name]) for name in CATEGORIES}
    trees = HistGradientBoostingClassifier(
        max_iter=60,
        categorical_features=list(range(len(CATEGORIES))),
        early_stopping=False,
        random_state=2013,
    )
    with threadpool_limits(1):  # on a busy machine two spinning threads are slower than one
        trees.fit(_matrix(labelled, categories), labelled["label"].to_numpy())
    return DelayModel(trees, categories)


def serve(model: DelayModel, flights: pa.Table, advance: Callable[[int], None]) -> pa.Table:
    """Score flights as a service would, 256 a call, and append what it answers.

    Parameters
    ----------
    advance
        Called after each call with the number of records that it scored.

    Returns
    -------
    pyarrow.Table
        The flights with ``score`` (probability), ``prediction`` (boolean: score >= 0.5) and ``latency`` (seconds that
        the record's call really took).
    """
    from threadpoolctl import threadpool_limits

    scores = np.empty(flights.num_rows)
    latency = np.empty(flights.num_rows)
    with threadpool_limits(1):
        for start in range(0, flights.num_rows, RECORDS_PER_CALL):
            call = slice(start, min(start + RECORDS_PER_CALL, flights.num_rows))
            before = time.perf_counter()
            scores[call] = model.score(flights.slice(start, RECORDS_PER_CALL))
            latency[call] = time.perf_counter() - before
            advance(call.stop - call.start)
    return (
        flights.append_column("score", pa.array(scores))
        .append_column("prediction", pa.array(scores >= THRESHOLD))
        .append_column("latency", pa.array(latency))
    )


def _distinct(column: "pa.ChunkedArray[Any]") -> Any:
    return pc.unique(column.cast(pa.string())).sort()


def _matrix(flights: pa.Table, categories: Categories) -> Numbers:
    """Features as floats, shape (rows, features); not-a-number where missing or, for a category, unknown."""
    matrix = np.empty((flights.num_rows, len(FEATURES)))
    for index, name in enumerate(CATEGORIES):
        codes = pc.index_in(flights[name].cast(pa.string()), value_set=categories[name])
        matrix[:, index] = codes.cast(pa.float64()).to_numpy()
    for index, name in enumerate(NUMBERS, start=len(CATEGORIES)):
        matrix[:, index] = flights[name].cast(pa.float64()).to_numpy()
    return matrix
