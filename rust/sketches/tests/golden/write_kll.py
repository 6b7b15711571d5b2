"""Write the KLL golden files beside this script with Apache DataSketches for Python 5.2.0.

Run as ``python write_kll.py`` where ``datasketches==5.2.0`` is installed. It also reads ``kll_ours.bin``,
which the Rust test ``tests/kll_golden.rs`` has written, and says how it was answered. C++ tosses a random
coin at each compaction, so that the files with several levels are different after every run.
"""

from importlib.metadata import version
from pathlib import Path

from datasketches import kll_doubles_sketch

FOLDER = Path(__file__).parent
DATASKETCHES_VERSION = "5.2.0"
SPREAD = 2_654_435_761
OURS = 100_000


def value(number: int) -> float:
    """Return a value of a permutation of the integers below 2**32, moved to both sides of zero."""
    return float(number * SPREAD % 2**32 - 2**31)


def of_values(k: int, first: int, last: int, *, level_zero_sorted: bool = True) -> kll_doubles_sketch:
    """Return a sketch of the values with the numbers from ``first`` up to but without ``last``."""
    sketch = kll_doubles_sketch(k)
    for number in range(first, last):
        sketch.update(value(number))
    if level_zero_sorted and last > first:
        sketch.get_quantile(0.5)
    return sketch


def merged(parts: list[tuple[int, int, int]]) -> kll_doubles_sketch:
    """Return the first part, given like the arguments of ``of_values``, with the others merged into it."""
    first, *others = [of_values(*part) for part in parts]
    for other in others:
        first.merge(other)
    first.get_quantile(0.5)
    return first


def answers(sketch: kll_doubles_sketch) -> list[str]:
    """Return lines of ranks, of the values between the least and the greatest, and of quantiles."""
    probes = [step * 2**31 / 50 for step in range(-49, 50)]
    shares = [step / 64 for step in range(1, 64)]
    ranks = [f"rank {probe!r} {sketch.get_rank(probe, True)!r}" for probe in probes]
    return ranks + [f"quantile {share!r} {sketch.get_quantile(share, True)!r}" for share in shares]


def check_ours() -> None:
    """Read the sketch of the first values that Rust has written, and merge it with one of the next ones."""
    sketch = kll_doubles_sketch.deserialize((FOLDER / "kll_ours.bin").read_bytes())
    values = sorted(value(number) for number in range(OURS))
    found = (sketch.n, sketch.k, sketch.get_min_value(), sketch.get_max_value())
    if found != (OURS, 200, values[0], values[-1]):
        raise SystemExit(
            f"kll_ours.bin must hold {OURS} values from {values[0]} to {values[-1]}, got {found}"
        )
    ranks = [abs(sketch.get_rank(v, True) - (place + 1) / OURS) for place, v in enumerate(values)]
    sketch.merge(of_values(200, OURS, 2 * OURS))
    both = sorted(values + [value(number) for number in range(OURS, 2 * OURS)])
    after = [abs(sketch.get_rank(v, True) - (place + 1) / len(both)) for place, v in enumerate(both)]
    error = sketch.normalized_rank_error(False)
    if max(ranks) > error or max(after) > error:
        raise SystemExit(f"ranks must be within {error}, got {max(ranks)} and {max(after)} after a merge")
    print(
        f"kll_ours.bin: ranks within {max(ranks):.5f}, after a merge within {max(after):.5f} of {error:.5f}"
    )


def main() -> None:
    """Write all files and check ours."""
    found = version("datasketches")
    if found != DATASKETCHES_VERSION:
        raise SystemExit(f"datasketches must be {DATASKETCHES_VERSION}, got {found}")
    sketches = {
        "kll_empty": of_values(200, 0, 0),
        "kll_single": of_values(200, 0, 1, level_zero_sorted=False),
        "kll_exact": of_values(200, 0, 150),
        "kll_unsorted": of_values(200, 0, 5_000, level_zero_sorted=False),
        "kll_levels": of_values(200, 0, 50_000),
        "kll_small": of_values(8, 0, 100_000),
        "kll_merged": merged([(200, 0, 20_000), (100, 20_000, 30_000), (400, 30_000, 60_000)]),
    }
    for name, sketch in sketches.items():
        (FOLDER / f"{name}.bin").write_bytes(sketch.serialize())
    for name in ("kll_levels", "kll_small", "kll_merged"):
        (FOLDER / f"{name}.txt").write_text("\n".join(answers(sketches[name])) + "\n")
    check_ours()


if __name__ == "__main__":
    main()
