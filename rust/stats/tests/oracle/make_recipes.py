"""Write what other libraries say, for the recipes of the crate to be held to: a table named after the library.

Run in an environment that has the library: `python make_recipes.py evidently > evidently.rs`. As in
`make_oracle.py` the rows are not stored: both languages draw them from one generator.
"""

import sys
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from shapes import SHAPES, Floats

# shape, (seed, rows, shift) of the reference, the same of the current side
NUMBERS = [
    ("Bell", (101, 3000, 0.0), (102, 2000, 0.0)),
    ("Bell", (103, 30000, 0.0), (104, 5000, 0.25)),
    ("Bell", (105, 12000, 0.0), (106, 900, 8.0)),
    ("Skewed", (107, 20000, 0.0), (108, 20000, 0.01)),
    ("Skewed", (109, 3000, 0.0), (110, 900, 0.0)),
    ("Ties", (111, 4000, 0.0), (112, 3000, 1.0)),
    ("Ties", (113, 15000, 0.0), (114, 500, 0.0)),
]

# counts of a, b, c, ... on both sides
CATEGORIES = [
    ([50, 30, 20, 0, 4], [20, 25, 40, 9, 0]),
    ([500, 300, 200], [110, 60, 33]),
    ([70, 30], [20, 25]),
    ([1000, 900, 800, 1], [1, 2, 3000, 0]),
]


def evidently(kind: str) -> dict[str, Callable[[pd.Series, pd.Series], float]]:
    """Return Evidently's tests by our names of the metrics."""
    from evidently.legacy.calculations.stattests import (
        chisquare_stattest,
        hellinger_distance,
        jensenshannon,
        kl_div,
        psi,
        wasserstein_distance_norm,
    )
    from evidently.legacy.core import ColumnType

    column = ColumnType.Numerical if kind == "numbers" else ColumnType.Categorical
    both = {
        "psi": psi._psi,
        "kl": kl_div._kl_div,
        "jensen_shannon": jensenshannon._jensenshannon,
        "hellinger": hellinger_distance._hellinger_distance,
    }
    numbers = {"wasserstein": wasserstein_distance_norm._wasserstein_distance_norm}
    categories = {"chi_square p": chisquare_stattest._chi_stat_test}
    tests = both | (numbers if kind == "numbers" else categories)
    return {
        name: lambda reference, current, test=test: test(reference.copy(), current.copy(), column, 0.1)[0]
        for name, test in tests.items()
    }


def nannyml(kind: str) -> dict[str, Callable[[pd.Series, pd.Series], float]]:
    """Return NannyML's methods by our names of the metrics."""
    from nannyml.drift.univariate import methods

    numbers = {
        "ks": methods.KolmogorovSmirnovStatistic,
        "wasserstein": methods.WassersteinDistance,
        "jensen_shannon": methods.ContinuousJensenShannonDistance,
        "hellinger": methods.ContinuousHellingerDistance,
    }
    categories = {
        "chi_square": methods.Chi2Statistic,
        "l_infinity": methods.LInfinityDistance,
        "jensen_shannon": methods.CategoricalJensenShannonDistance,
        "hellinger": methods.CategoricalHellingerDistance,
    }
    options = {"chunker": None, "threshold": None, "computation_params": {}}

    def distance(method: type, reference: pd.Series, current: pd.Series) -> float:
        made = method(**options)
        made._fit(reference)
        return made._calculate(current)

    chosen = numbers if kind == "numbers" else categories
    return {
        name: lambda reference, current, method=method: distance(method, reference, current)
        for name, method in chosen.items()
    }


def scouter(kind: str) -> dict[str, Callable[[pd.Series, pd.Series], float]]:
    """Return scouter's PSI; categories are the places of letters in the alphabet, as it wants numbers."""
    from scouter.drift import Drifter, PsiDriftConfig

    options = {} if kind == "numbers" else {"categorical_features": ["feature_0"]}

    def column(rows: pd.Series) -> Floats:
        values = rows.to_numpy() if kind == "numbers" else rows.map(ord).to_numpy()
        return values.astype(np.float64).reshape(-1, 1)

    def psi(reference: pd.Series, current: pd.Series) -> float:
        drifter = Drifter()
        config = PsiDriftConfig(name="model", space="space", version="0.1.0", **options)
        profile = drifter.create_drift_profile(column(reference), config)
        return drifter.compute_drift(column(current), profile).features["feature_0"]

    return {"psi": psi}


def whylogs(kind: str) -> dict[str, Callable[[pd.Series, pd.Series], float]]:
    """Return whylogs' algorithms; its quantile sketches toss coins, so that no two runs agree."""
    import whylogs as why
    from whylogs.viz.drift.column_drift_algorithms import KS, ChiSquare, Hellinger

    numbers = {"ks": KS, "hellinger": Hellinger}
    chosen = numbers if kind == "numbers" else {"chi_square p": ChiSquare}

    def view(rows: pd.Series) -> object:
        return why.log(pd.DataFrame({"column": rows})).view().get_column("column")

    def distance(algorithm: type, name: str, reference: pd.Series, current: pd.Series) -> float:
        score = algorithm().calculate(view(current), view(reference), with_thresholds=False)
        return score.pvalue if name.endswith(" p") else score.statistic

    return {
        name: lambda reference, current, name=name, algorithm=algorithm: distance(
            algorithm, name, reference, current
        )
        for name, algorithm in chosen.items()
    }


def distances(
    tests: dict[str, Callable[[pd.Series, pd.Series], float]], reference: Floats, current: Floats
) -> str:
    """Return a Rust list of pairs of metric and distance."""
    found = [(name, float(test(pd.Series(reference), pd.Series(current)))) for name, test in tests.items()]
    return "&[" + ", ".join(f'("{name}", {value!r})' for name, value in found) + "]"


def spelled(counts: list[int]) -> Floats:
    """Return as many letters as the counts say."""
    return np.repeat([chr(ord("a") + place) for place in range(len(counts))], counts)


def main() -> None:
    """Print both tables."""
    warnings.simplefilter("ignore")
    library = {"evidently": evidently, "nannyml": nannyml, "scouter": scouter, "whylogs": whylogs}[
        sys.argv[1]
    ]
    print("// Written by `make_recipes.py`, not by hand.\n")
    print("/// Shape, reference and current (seed, rows, shift), distances by metric.")
    print("pub const NUMBERS: &[(&str, (u64, usize, f64), (u64, usize, f64), &[(&str, f64)])] = &[")
    for shape, one, other in NUMBERS:
        reference, current = SHAPES[shape](*one[:2]) + one[2], SHAPES[shape](*other[:2]) + other[2]
        print(f'    ("{shape}", {one}, {other}, {distances(library("numbers"), reference, current)}),')
    print("];\n")
    print("/// Counts of a, b, c and so on, of reference and current; distances by metric.")
    print("pub const CATEGORIES: &[(&[u64], &[u64], &[(&str, f64)])] = &[")
    for one, other in CATEGORIES:
        found = distances(library("categories"), spelled(one), spelled(other))
        print(f"    (&{one}, &{other}, {found}),")
    print("];")


if __name__ == "__main__":
    main()
