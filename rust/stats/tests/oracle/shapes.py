"""Samples that Rust draws too: `tests/support/mod.rs`."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


def uniforms(seed: int, count: int) -> Floats:
    """Return numbers in [0, 1) with 53 random bits: splitmix64 from `seed`."""
    with np.errstate(over="ignore"):
        state = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((state ^ (state >> np.uint64(31))) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def bell(seed: int, count: int) -> Floats:
    """Return sums of four uniform numbers about 0."""
    u = uniforms(seed, 4 * count).reshape(count, 4)
    return ((u[:, 0] + u[:, 1]) + u[:, 2]) + u[:, 3] - 2.0


def skewed(seed: int, count: int) -> Floats:
    """Return eighth powers of uniform numbers."""
    square = uniforms(seed, count) ** 2
    fourth = square * square
    return fourth * fourth


def ties(seed: int, count: int) -> Floats:
    """Return whole numbers from 0 to 11."""
    return np.floor(uniforms(seed, count) * 12.0)


SHAPES: dict[str, Callable[[int, int], Floats]] = {"Bell": bell, "Skewed": skewed, "Ties": ties}
