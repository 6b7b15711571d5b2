"""Write `quality.rs`: what scipy and statsmodels say, for the Rust tests to be held to.

Run with scipy 1.17 and statsmodels 0.15: `python make_quality.py > quality.rs`.
"""

import numpy as np
import statsmodels.api as sm
from make_oracle import constant, write
from scipy import special, stats

# Records of the periods of both sides: the same, half as many, one period, a side without records, ties.
VOLUMES = [
    ([101, 93, 120, 88, 97], [99, 110, 90]),
    ([1010, 930, 1200, 880, 970, 1500], [400, 610, 520, 480]),
    ([12, 9, 0, 14], [11]),
    ([5, 5, 5, 5], [5, 6]),
    ([100_000, 130_000, 90_000], [110_000, 80_000, 0, 120_000]),
]


def volume(reference: list[int], current: list[int]) -> tuple[object, ...]:
    """Dispersion, means and their ratio with 95% intervals, by a quasi-Poisson model with a logarithmic link."""
    counts = np.array(reference + current)
    side = np.repeat([0.0, 1.0], [len(reference), len(current)])
    means = sm.GLM(counts, np.column_stack([1 - side, side]), family=sm.families.Poisson())
    fitted = means.fit(scale="X2", use_t=True)
    # A variance below the mean's is taken for the mean's.
    if fitted.scale < 1:
        fitted = means.fit(scale=1.0, use_t=True)
    contrast = fitted.t_test(np.array([[-1.0, 1.0]]))
    low, high = np.exp(fitted.conf_int()[:, 0]), np.exp(fitted.conf_int()[:, 1])
    interval = [float(value) for value in np.exp(contrast.conf_int()[0])]
    ratio = (float(np.exp(contrast.effect[0])), *interval)
    return (
        reference,
        current,
        float(fitted.scale),
        (float(low[0]), float(high[0])),
        (float(low[1]), float(high[1])),
        ratio,
    )


def main() -> None:
    """Print the table."""
    write("// Written by `make_quality.py`, not by hand.\n")
    shapes = [(0.5, 0.5), (1.0, 3.0), (2.5, 0.5), (40.0, 7.0), (500.5, 0.5), (3e4, 2e4)]
    points = (1e-9, 0.01, 0.3, 0.6, 0.97, 1 - 1e-9)
    constant(
        "BETA",
        "(f64, f64, f64, f64)",
        [(a, b, x, special.betainc(a, b, x)) for a, b in shapes for x in points],
    )
    freedoms = (1.0, 2.0, 4.5, 30.0, 1e4)
    tails = [(t, df) for df in freedoms for t in (-3.0, -0.2, 0.0, 0.7, 2.0, 9.0, 60.0)]
    constant("STUDENT_SURVIVAL", "(f64, f64, f64)", [(t, df, stats.t.sf(t, df)) for t, df in tails])
    quantiles = [(tail, df) for df in freedoms for tail in (0.5, 0.1, 0.025, 1e-6)]
    constant(
        "STUDENT_UPPER_QUANTILE", "(f64, f64, f64)", [(p, df, stats.t.isf(p, df)) for p, df in quantiles]
    )
    draws = [
        (0, 10, 0.3),
        (4, 10, 0.3),
        (10, 10, 0.3),
        (60, 1000, 0.05),
        (1, 5000, 1e-4),
        (51_000, 100_000, 0.5),
    ]
    upper = [(float(k), float(n), p, stats.binom.sf(k - 1, n, p)) for k, n, p in draws]
    constant("BINOMIAL_UPPER", "(f64, f64, f64, f64)", upper)
    generator = np.random.default_rng(7)
    values = [[0.02], [0.04, 0.01, 0.5, 0.01, 1.0, 0.03, 0.0], [float(p) for p in generator.random(40) ** 3]]
    adjusted = [[float(p) for p in stats.false_discovery_control(each)] for each in values]
    constant("DISCOVERIES", "(&[f64], &[f64])", list(zip(values, adjusted, strict=True)))
    kinds = "(&[u64], &[u64], f64, (f64, f64), (f64, f64), (f64, f64, f64))"
    constant("VOLUMES", kinds, [volume(*sides) for sides in VOLUMES])


if __name__ == "__main__":
    main()
