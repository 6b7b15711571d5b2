"""KLL sketches of the same numbers in our snapshot rows and elsewhere."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

import driftline
from driftline import MonitorConfig, Profile

Numbers = npt.NDArray[np.float64]

MONITOR = MonitorConfig(model="m", kll_columns=("*",))
# A sketch is in one level, in a few, and in many.
COUNTS = [1, 2, 100, 1_000, 50_000]
# Not the ends: ours are the extremes, theirs the least and the greatest of the items that are left.
QS = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]
# Twice the error of a k of 200 that holds with a probability of 99%.
MOST_RANK_ERROR = 2 * 0.0133


def numbers(count: int, seed: int = 0) -> Numbers:
    """Numbers of both signs, of different magnitudes, some of them often."""
    random = np.random.default_rng([count, seed])
    values = random.normal(size=count) * 10 ** random.uniform(-3, 3, count)
    return np.where(random.random(count) < 0.1, np.round(values), values)


def profile_of(values: Numbers) -> Profile:
    """The profile of a table that has these values in its column ``x``."""
    return driftline.profile(pa.table({"x": pa.array(values)}), monitor=MONITOR)


def kll_quantiles(profile: Profile) -> list[float]:
    """What our KLL sketch says, by way of an engine that loads the rows."""
    found = [quantile.kll for quantile in profile.quantiles("x", QS)]
    assert len(found) == len(QS)
    return [value for value in found if value is not None]


def are_near(quantiles: list[float], values: Numbers) -> bool:
    """Whether the quantiles for ``QS`` have ranks as near to theirs as the sketches promise."""
    assert len(quantiles) == len(QS)
    ascending = np.sort(values)
    below, upto = (np.searchsorted(ascending, quantiles, side=side) for side in ("left", "right"))
    slack = MOST_RANK_ERROR * len(values) + 1
    ranks = np.asarray(QS) * len(values)
    return bool(((below - slack <= ranks) & (ranks <= upto + slack)).all())
