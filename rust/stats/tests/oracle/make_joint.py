"""Write `joint.rs`: what numpy, scipy and full kernel matrices say of columns together.

Run with numpy 2.4 and scipy 1.17: `python make_joint.py > joint.rs`. As in `make_oracle.py` the rows are not
stored: both languages draw them from one generator.
"""

import sys

import numpy as np
from scipy import special, stats
from scipy.spatial.distance import cdist
from shapes import Floats, bell

# name; seed, rows, what is added to the mean, correlation of neighbours on both sides
CASES = [
    ("same", (201, 2000, 0.0, 0.6), (202, 2000, 0.0, 0.6)),
    ("shifted", (203, 1500, 0.0, 0.3), (204, 600, 0.1, 0.3)),
    ("turned", (205, 2000, 0.0, 0.7), (206, 1800, 0.0, -0.4)),
    ("few", (207, 12, 0.0, 0.0), (208, 9, 0.3, 0.0)),
]
COLUMNS = 4


def write(text: str) -> None:
    """Print a line of the table."""
    sys.stdout.write(text + "\n")


def sample(seed: int, rows: int, shift: float, correlation: float) -> Floats:
    """Return rows of columns of which each has a part of the one before."""
    drawn = np.array([bell(seed * 10 + column, rows) for column in range(COLUMNS)])
    for column in range(1, COLUMNS):
        own = (1 - correlation * correlation) ** 0.5
        drawn[column] = correlation * drawn[column - 1] + own * drawn[column]
    return drawn.T + shift


def hotelling(left: Floats, right: Floats) -> tuple[float, float]:
    """Return the Mahalanobis distance and the p-value of Hotelling's test."""
    n, m, d = len(left), len(right), COLUMNS
    pooled = ((n - 1) * np.cov(left.T) + (m - 1) * np.cov(right.T)) / (n + m - 2)
    apart = left.mean(0) - right.mean(0)
    squared = float(apart @ np.linalg.solve(pooled, apart))
    statistic = n * m / (n + m) * squared * (n + m - d - 1) / (d * (n + m - 2))
    return squared**0.5, float(stats.f.sf(statistic, d, n + m - d - 1))


def box(left: Floats, right: Floats) -> tuple[float, float]:
    """Return the norm of the difference of the whitened covariances and the p-value of Box's M."""
    n, m, d = len(left) - 1, len(right) - 1, COLUMNS
    covariances = np.cov(left.T), np.cov(right.T)
    pooled = (n * covariances[0] + m * covariances[1]) / (n + m)
    whitening = np.linalg.inv(np.linalg.cholesky(pooled))
    norm = np.linalg.norm(whitening @ (covariances[0] - covariances[1]) @ whitening.T)
    logarithms = [np.linalg.slogdet(matrix)[1] for matrix in (*covariances, pooled)]
    statistic = (n + m) * logarithms[2] - n * logarithms[0] - m * logarithms[1]
    few = (1 / n + 1 / m - 1 / (n + m)) * (2 * d * d + 3 * d - 1) / (6 * (d + 1))
    return float(norm), float(stats.chi2.sf((1 - few) * statistic, d * (d + 1) / 2))


def correlation(left: Floats, right: Floats) -> tuple[float, float]:
    """Return the largest change of a correlation and the p-value by Fisher's z and Bonferroni."""
    change = np.abs(np.corrcoef(left.T) - np.corrcoef(right.T)).max()
    pairs = np.triu_indices(COLUMNS, 1)
    z = np.abs(np.arctanh(np.corrcoef(left.T)[pairs]) - np.arctanh(np.corrcoef(right.T)[pairs]))
    error = (1 / (len(left) - 3) + 1 / (len(right) - 3)) ** 0.5
    return float(change), float(min(1, len(pairs[0]) * 2 * stats.norm.sf(z / error).min()))


def squared_mmd(left: Floats, right: Floats) -> float:
    """Return the squared MMD by all pairs, a record with itself among them, on the reference's scale."""
    scale = [(side - left.mean(0)) / left.std(0, ddof=1) for side in (left, right)]
    bandwidth = COLUMNS * (1 - 2 / (9 * COLUMNS)) ** 3

    def kernel(one: Floats, other: Floats) -> float:
        return float(np.exp(-cdist(one, other, "sqeuclidean") / (2 * bandwidth)).mean())

    return kernel(scale[0], scale[0]) + kernel(scale[1], scale[1]) - 2 * kernel(scale[0], scale[1])


def rust(numbers: tuple[float, ...]) -> str:
    """Return numbers as a Rust tuple."""
    return "(" + ", ".join(map(repr, numbers)) + ")"


def main() -> None:
    """Write the table."""
    write("// Written by make_joint.py. Do not edit.\n")
    write("/// Seed, rows, shift, correlation.\npub type Drawn = (u64, usize, f64, f64);\n")
    write("pub struct Case {")
    write("    pub name: &'static str,\n    pub reference: Drawn,\n    pub current: Drawn,")
    for field in ("hotelling", "box_m", "correlation"):
        write(f"    /// Value and p-value.\n    pub {field}: (f64, f64),")
    write("    pub squared_mmd: f64,\n    pub covariance: [f64; 2],\n}\n")
    write("pub const CASES: &[Case] = &[")
    for name, reference, current in CASES:
        left, right = sample(*reference), sample(*current)
        write(f'    Case {{\n        name: "{name}",')
        write(f"        reference: {rust(reference)},\n        current: {rust(current)},")
        write(f"        hotelling: {rust(hotelling(left, right))},")
        write(f"        box_m: {rust(box(left, right))},")
        write(f"        correlation: {rust(correlation(left, right))},")
        write(f"        squared_mmd: {squared_mmd(left, right)!r},")
        products = (len(left) - 1) * np.cov(left.T)
        write(f"        covariance: [{float(products[0, 1])!r}, {float(products[3, 3])!r}],\n    }},")
    write("];\n")
    write("/// x, a, b.\npub const BETA: &[(f64, f64, f64, f64)] = &[")
    for a, b in ((0.5, 0.5), (2.0, 3.5), (16.0, 500.0), (1e5, 3.0), (2e6, 2e6), (0.5, 4e6)):
        for x in (1e-7, 0.01, 0.3, 0.5, 0.9, 0.99999):
            expected = float(special.betainc(a, b, x))
            if 1e-280 < expected < 1:
                write(f"    {rust((x, a, b, expected))},")
    write("];\n")
    write(
        "/// p, degrees of freedom above and below the line.\npub const F_QUANTILE: &[(f64, f64, f64, f64)] = &["
    )
    for above, below in ((1.0, 2.0), (4.0, 15.0), (32.0, 1e4), (5.0, 1e6), (3.0, 1e9)):
        for p in (0.05, 0.5, 0.95, 0.999):
            write(f"    {rust((p, above, below, float(stats.f.ppf(p, above, below))))},")
    write("];")


main()
