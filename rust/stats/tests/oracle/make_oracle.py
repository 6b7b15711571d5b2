"""Write `table.rs`: what scipy, numpy and scikit-learn say, for the Rust tests to be held to.

Run with scipy 1.17, numpy 2.4 and scikit-learn 1.9: `python make_oracle.py > table.rs`. The rows are not
stored: both languages draw them from one generator (splitmix64) by operations that IEEE 754 rounds alike.
"""

import sys
from collections.abc import Callable, Sequence

import numpy as np
from scipy import special, stats
from scipy.spatial import distance
from scipy.spatial.distance import jensenshannon
from scipy.stats import contingency
from shapes import SHAPES, Floats, bell, uniforms
from sklearn import metrics

# name, shape, (seed, rows, shift) of the reference, the same of the current side
DRIFTS = [
    ("bell_same", "Bell", (1, 2000, 0.0), (2, 800, 0.0)),
    ("bell_shifted", "Bell", (3, 2000, 0.0), (4, 1500, 0.25)),
    ("bell_disjoint", "Bell", (5, 300, 0.0), (6, 200, 8.0)),
    ("skewed_same", "Skewed", (7, 3000, 0.0), (8, 3000, 0.0)),
    ("skewed_shifted", "Skewed", (9, 3000, 0.0), (10, 900, 0.01)),
    ("ties_same", "Ties", (11, 1000, 0.0), (12, 1000, 0.0)),
    ("ties_shifted", "Ties", (13, 1000, 0.0), (14, 500, 1.0)),
    ("few_rows", "Bell", (15, 12, 0.0), (16, 7, 0.5)),
]


def write(text: str) -> None:
    """Print a line of the table."""
    sys.stdout.write(text + "\n")


def rust(value: object) -> str:
    """Return a Rust literal."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, tuple)):
        inside = ", ".join(rust(item) for item in value)
        return f"&[{inside}]" if isinstance(value, list) else f"({inside})"
    return repr(float(value)) if isinstance(value, (float, np.floating)) else str(value)


def constant(name: str, kind: str, value: object) -> None:
    """Print one constant, one entry a line where it is a list."""
    if isinstance(value, list):
        entries = "".join(f"    {rust(entry)},\n" for entry in value)
        write(f"pub const {name}: &[{kind}] = &[\n{entries}];\n")
    else:
        write(f"pub const {name}: {kind} = {rust(value)};\n")


def special_functions() -> None:
    """Print values of scipy.special and scipy.stats."""
    points = [1e-3, 0.25, 0.5, 1.0, 1.5, 2.0, 7.25, 31.0, 170.5, 1e4, 1e8]
    constant("LN_GAMMA", "(f64, f64)", [(x, special.gammaln(x)) for x in points])
    freedoms = (1.0, 2.0, 5.0, 9.0, 63.0, 1000.0)
    tails = [(x, df) for df in freedoms for x in (1e-6, 0.5, 3.0, 20.0, 90.0, 1100.0)]
    constant("CHI_SQUARE_SURVIVAL", "(f64, f64, f64)", [(x, df, stats.chi2.sf(x, df)) for x, df in tails])
    levels = [(p, df) for df in freedoms for p in (1e-6, 0.025, 0.5, 0.95, 0.999)]
    constant("CHI_SQUARE_QUANTILE", "(f64, f64, f64)", [(p, df, stats.chi2.ppf(p, df)) for p, df in levels])
    places = [-30.0, -8.0, -3.0, -1.0, -0.01, 0.0, 0.5, 1.96, 4.0, 9.0]
    constant("NORMAL_CDF", "(f64, f64)", [(x, stats.norm.cdf(x)) for x in places])
    chances = [1e-200, 1e-12, 0.001, 0.025, 0.3, 0.5, 0.7, 0.975, 0.999999]
    constant("NORMAL_QUANTILE", "(f64, f64)", [(p, stats.norm.ppf(p)) for p in chances])
    scaled = [0.2, 0.4, 0.8, 0.999999, 1.0, 1.000001, 1.36, 2.0, 4.0]
    constant("KOLMOGOROV_SURVIVAL", "(f64, f64)", [(t, special.kolmogorov(t)) for t in scaled])
    tables = [
        ((0, 3), (1_000_000, 997)),
        ((3, 1), (7, 19)),
        ((8, 2), (1, 5)),
        ((0, 0), (10, 20)),
        ((5, 5), (0, 0)),
        ((40, 60), (960, 900)),
        ((700, 690), (9300, 9310)),
        ((12, 0), (100, 5000)),
        ((1, 200), (99, 4)),
    ]
    fisher = [(hits, misses, stats.fisher_exact([hits, misses]).pvalue) for hits, misses in tables]
    constant("FISHER", "((u64, u64), (u64, u64), f64)", fisher)
    mean = np.sqrt(np.pi / 2.0) * np.log(2.0)
    constant("KOLMOGOROV_MEAN_AND_Q95", "(f64, f64)", (float(mean), float(special.kolmogi(0.05))))


def binned(values: Floats, edges: Floats) -> Floats:
    """Count values in bins (edges[j-1], edges[j]]."""
    counts: Floats = np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1).astype(np.float64)
    return counts


def smoothed(counts: Floats) -> Floats:
    """Return shares with half a row more in every bin."""
    shares: Floats = (counts + 0.5) / (counts + 0.5).sum()
    return shares


def drifts() -> None:
    """Print distances between drawn samples."""
    rows: list[tuple[object, ...]] = []
    for name, shape, reference_args, current_args in DRIFTS:
        reference = SHAPES[shape](*reference_args[:2]) + reference_args[2]
        current = SHAPES[shape](*current_args[:2]) + current_args[2]
        edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10, method="inverted_cdf"))
        r, c = binned(reference, edges), binned(current, edges)
        occupied = r + c > 0
        p, q = smoothed(r), smoothed(c)
        chi_square = stats.chi2_contingency(np.array([r, c])[:, occupied], correction=False)
        distances = (
            stats.ks_2samp(reference, current).statistic,
            stats.wasserstein_distance(reference, current),
            float(np.sum((p - q) * np.log(p / q))),
            jensenshannon(r, c, base=2),
            chi_square.statistic,
            chi_square.pvalue,
        )
        rows.append((name, shape, reference_args, current_args, edges.tolist(), tuple(map(float, distances))))
    kind = "(&str, &str, (u64, usize, f64), (u64, usize, f64), &[f64], (f64, f64, f64, f64, f64, f64))"
    write("/// Name, shape, reference and current (seed, rows, shift), edges, (ks, w1, psi, js, chi2, p).")
    constant("DRIFTS", kind, rows)


def distances_of_counts(r: Floats, c: Floats) -> list[tuple[str, float]]:
    """Return the distances that need bin counts only, with p-values, by metric."""
    table = np.array([r, c])[:, r + c > 0]
    p, q = r / r.sum(), c / c.sum()
    g_test = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    values = {
        "hellinger": np.linalg.norm(np.sqrt(p) - np.sqrt(q)) / np.sqrt(2.0),
        "kl": stats.entropy(smoothed(r), smoothed(c)),
        "total_variation": np.abs(p - q).sum() / 2.0,
        "l_infinity": distance.chebyshev(p, q),
        "g_test": g_test.statistic,
        "g_test p": g_test.pvalue,
        "cramers_v": contingency.association(table.astype(int), method="cramer"),
    }
    return [(metric, float(value)) for metric, value in values.items()]


def more_drifts() -> None:
    """Print the distances that are not among the usual ones."""
    rows: list[tuple[object, ...]] = []
    for name, shape, reference_args, current_args in DRIFTS:
        reference = SHAPES[shape](*reference_args[:2]) + reference_args[2]
        current = SHAPES[shape](*current_args[:2]) + current_args[2]
        edges = np.unique(np.quantile(reference, np.arange(1, 10) / 10, method="inverted_cdf"))
        unit = float(np.std(reference))
        shift = float(abs(np.mean(current) - np.mean(reference)))
        error = float(np.sqrt(np.var(reference) / len(reference) + np.var(current) / len(current)))
        of_rows = [
            ("normalized_wasserstein", float(stats.wasserstein_distance(reference, current)) / unit),
            ("mean_shift", shift / unit),
            ("mean_shift p", float(2.0 * stats.norm.sf(shift / error))),
        ]
        rows.append((name, distances_of_counts(binned(reference, edges), binned(current, edges)) + of_rows))
    write("/// Name as in `DRIFTS`, and by metric its distance and, after `p`, its p-value.")
    constant("MORE_DRIFTS", "(&str, &[(&str, f64)])", rows)


def categories() -> None:
    """Print distances between category counts."""
    r, c = np.array([50.0, 30.0, 20.0, 0.0, 4.0]), np.array([20.0, 25.0, 40.0, 9.0, 0.0])
    p, q = smoothed(r), smoothed(c)
    chi_square = stats.chi2_contingency(np.array([r, c]), correction=False)
    values = (
        np.sum((p - q) * np.log(p / q)),
        jensenshannon(r, c, base=2),
        chi_square.statistic,
        chi_square.pvalue,
    )
    write("/// Counts [50, 30, 20, 0, 4] against [20, 25, 40, 9, 0]: (psi, js, chi2, p).")
    constant("CATEGORIES", "(f64, f64, f64, f64)", tuple(map(float, values)))
    write("/// The other distances of the same counts, as in `MORE_DRIFTS`.")
    constant("MORE_CATEGORIES", "(&str, f64)", distances_of_counts(r, c))


def bootstrap_error(count: int, figure: Callable[[np.ndarray], float]) -> float:
    """Return the standard deviation of a figure over 1000 resamples of the rows."""
    generator = np.random.default_rng(7)
    return float(np.std([figure(generator.integers(0, count, count)) for _ in range(1000)], ddof=1))


def wilson(successes: int, trials: int) -> tuple[float, float, float]:
    """Return the share and scipy's Wilson interval."""
    interval = stats.binomtest(successes, trials).proportion_ci(method="wilson")
    return float(successes / trials), float(interval.low), float(interval.high)


def binary_rows() -> tuple[np.ndarray, Floats]:
    """Return labels and scores that are better than chance."""
    labels = uniforms(21, 1200) < 0.3
    return labels, (uniforms(22, 1200) + labels * 0.5) / 1.5


def classification() -> None:
    """Print figures of a binary and of a three-class model."""
    labels, scores = binary_rows()
    predicted = scores > 0.5
    bins = np.floor(scores * 1024.0)
    constant("ACCURACY", "(f64, f64, f64)", wilson(int(np.sum(labels == predicted)), len(labels)))
    constant("PRECISION", "(f64, f64, f64)", wilson(int(np.sum(labels & predicted)), int(np.sum(predicted))))
    constant("RECALL", "(f64, f64, f64)", wilson(int(np.sum(labels & predicted)), int(np.sum(labels))))
    write("/// F1, ROC AUC of the scores, and of the scores in 1024 bins, log loss.")
    constant(
        "BINARY",
        "(f64, f64, f64, f64)",
        (
            float(metrics.f1_score(labels, predicted)),
            float(metrics.roc_auc_score(labels, scores)),
            float(metrics.roc_auc_score(labels, bins)),
            float(metrics.log_loss(labels, scores)),
        ),
    )
    losses = -np.log(np.where(labels, scores, 1.0 - scores))
    constant(
        "BINARY_ERRORS",
        "(f64, f64, f64)",
        (
            bootstrap_error(1200, lambda i: metrics.f1_score(labels[i], predicted[i])),
            bootstrap_error(1200, lambda i: metrics.roc_auc_score(labels[i], scores[i])),
            float(stats.sem(losses)),
        ),
    )
    three, guess = three_class_rows()
    averages = metrics.precision_recall_fscore_support(three, guess, average="macro", zero_division=0)
    constant("MACRO", "(f64, f64, f64)", tuple(map(float, averages[:3])))
    constant(
        "MACRO_ERRORS",
        "(f64, f64, f64)",
        (
            bootstrap_error(900, lambda i: metrics.precision_score(three[i], guess[i], average="macro")),
            bootstrap_error(900, lambda i: metrics.recall_score(three[i], guess[i], average="macro")),
            bootstrap_error(900, lambda i: metrics.f1_score(three[i], guess[i], average="macro")),
        ),
    )


def three_class_rows() -> tuple[np.ndarray, np.ndarray]:
    """Return labels and predictions of three classes, six tenths of the predictions right by design."""
    labels = np.floor(uniforms(23, 900) * 3.0).astype(int)
    right = uniforms(24, 900) < 0.6
    return labels, np.where(right, labels, np.floor(uniforms(25, 900) * 3.0).astype(int))


def regression() -> None:
    """Print figures of a regression model and bootstrap standard errors."""
    labels = bell(26, 1500) * 3.0
    predictions = labels + bell(27, 1500) + 0.1
    figures: Sequence[Callable[[Floats, Floats], float]] = (
        metrics.mean_absolute_error,
        metrics.root_mean_squared_error,
        metrics.r2_score,
        lambda y, f: float(np.mean(f - y)),
    )
    constant("REGRESSION", "(f64, f64, f64, f64)", tuple(float(f(labels, predictions)) for f in figures))

    def error_of(figure: Callable[[Floats, Floats], float]) -> float:
        return bootstrap_error(1500, lambda rows: figure(labels[rows], predictions[rows]))

    errors = tuple(error_of(figure) for figure in figures)
    constant("REGRESSION_ERRORS", "(f64, f64, f64, f64)", errors)


if __name__ == "__main__":
    write("// Written by `make_oracle.py`, not by hand.\n")
    special_functions()
    drifts()
    more_drifts()
    categories()
    classification()
    regression()
