"""The figures that a rule may look at, by the families of questions that answer them."""

import re
from difflib import get_close_matches
from typing import Final

_RATES = ("absent_rate", "null_rate", "nan_rate", "infinity_rate", "out_of_range", "unseen_rate")
_CLASSIFICATION = (
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "f1",
    "specificity",
    *(
        f"{name}_{average}"
        for average in ("micro", "macro", "weighted")
        for name in ("precision", "recall", "f1")
    ),
    "roc_auc",
    "pr_auc",
    "brier",
    "ece",
    "mcc",
    "log_loss",
)
_REGRESSION = (
    "mae",
    "rmse",
    "mse",
    "bias",
    "median_absolute_error",
    "p95_absolute_error",
    "r2",
    "mape",
    "smape",
)
_RANKING = ("mrr", *(f"{name}@10" for name in ("ndcg", "precision", "recall", "map", "hit_rate")))
_CRITERIA = (
    "demographic_parity",
    "equal_opportunity",
    "false_positive_rate",
    "equalized_odds",
    "predictive_parity",
    "accuracy",
    "calibration",
)
_QUANTILE: Final = "p99 or p99.9"

FIGURES: Final[dict[str, tuple[str, ...]]] = {
    "drift": (
        "psi",
        "ks",
        "jensen_shannon",
        "wasserstein",
        "chi_square",
        "hellinger",
        "kl",
        "total_variation",
        "l_infinity",
        "g_test",
        "cramers_v",
        "normalized_wasserstein",
        "mean_shift",
        "null_rate",
        "unseen_rate",
    ),
    "quality": (*_RATES, "constant", "distinct", "volume_ratio", "schema_changes"),
    "summary": (
        "records",
        "count",
        "nulls",
        "nans",
        "infinities",
        "distinct",
        "mean",
        "std_dev",
        "skewness",
        "excess_kurtosis",
        "min",
        "p50",
        "p99",
        "max",
    ),
    "quantile": (_QUANTILE,),
    "latency": (_QUANTILE,),
    "performance": (
        "predictions",
        "labels",
        "coverage",
        "corrections",
        "label_delay_p50_seconds",
        "label_delay_p99_seconds",
        *_CLASSIFICATION,
        *_REGRESSION,
        *_RANKING,
    ),
    "estimated": ("accuracy", "precision", "recall", "f1", "specificity", "roc_auc"),
    "fairness": tuple(f"{each}_{kind}" for each in _CRITERIA for kind in ("difference", "ratio")),
    "concept": ("verdict", "log10_e_value"),
    "canary": ("verdict",),
    "signals": ("named",),
    "column_sets": (
        "mean_distance",
        "covariance_distance",
        "correlation_change",
        "squared_mmd",
        "strange_records",
        "unseen_combinations",
    ),
    "objectives": ("good", "budget_left", "severity"),
    "series": ("records", "null_rate", "mean", "std_dev", "distinct", _QUANTILE),
}
"""Names of figures by family. A path is ``family.name``."""

WORDS: Final = frozenset(("canary.verdict", "concept.verdict", "objectives.severity"))
"""Figures that are words: for ``is``."""

CANARY_VERDICTS: Final = ("better", "worse", "alike", "undecided")
"""What can be said of a canary beside its control."""

OF_COLUMNS: Final = frozenset(("drift", "quality", "summary", "quantile", "series"))
"""Families whose figures are of a column, but for those in `OF_RECORDS`."""

OF_RECORDS: Final = frozenset(
    ("quality.volume_ratio", "quality.schema_changes", "summary.records", "series.records")
)
"""Figures of all records."""

_QUANTILE_NAME = re.compile(r"p\d{1,2}(\.\d{1,4})?")
_OF_LENGTH = re.compile(r"(ndcg|precision|recall|map|hit_rate)@[1-9]\d{0,3}")
"""Figures of ranked lists, at any length at which they are cut."""


def quantile_of(name: str) -> float | None:
    """
    The quantile that a name such as ``p99.9`` stands for, in [0, 1]; ``None``: none.

    Examples
    --------
    >>> quantile_of("p99"), quantile_of("mean")
    (0.99, None)
    """
    return float(name[1:]) / 100 if _QUANTILE_NAME.fullmatch(name) else None


def check_path(path: str) -> str:
    """
    Check that there is such a figure.

    Raises
    ------
    ValueError
        If there is none; the message names those that are near.
    """
    family, _, name = path.partition(".")
    if family not in FIGURES:
        raise ValueError(
            f"a metric begins with {', '.join(FIGURES)}, as in drift.psi, got {path!r}{_hint(path)}"
        )
    known = FIGURES[family]
    if name in known and name != _QUANTILE:
        return path
    if _QUANTILE in known and quantile_of(name) is not None:
        return path
    if family == "performance" and _OF_LENGTH.fullmatch(name):
        return path
    raise ValueError(f"{family} has {', '.join(known)}, got {path!r}{_hint(path)}")


def _hint(path: str) -> str:
    paths = [f"{family}.{name}" for family, names in FIGURES.items() for name in names if name != _QUANTILE]
    guess = get_close_matches(path, paths, n=1)
    return f"; did you mean {guess[0]!r}?" if guess else ""
