"""What a library says of columns: runs in the library's own environment, where driftline is not installed.

``python say.py LIBRARY CASES.npz`` reads for every case two arrays, ``NAME/reference`` and ``NAME/current``, of float64
or of text, and writes the library's numbers by case and metric to standard output as JSON.
"""

import json
import runpy
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

ORACLE = Path(__file__).resolve().parents[2] / "rust" / "stats" / "tests" / "oracle"


def main() -> None:
    """Print one JSON object."""
    warnings.simplefilter("ignore")
    library, path = sys.argv[1:]
    sys.path.insert(0, str(ORACLE))
    tests_of = runpy.run_path(str(ORACLE / "make_recipes.py"))[library]
    said = {}
    with np.load(path) as arrays:
        for name in sorted({key.rpartition("/")[0] for key in arrays.files}):
            sides = [arrays[f"{name}/reference"], arrays[f"{name}/current"]]
            is_text = sides[0].dtype.kind == "U"
            if is_text and library == "scouter":
                sides = as_letters(sides)
            said[name] = {
                metric: float(test(*map(pd.Series, sides)))
                for metric, test in tests_of("categories" if is_text else "numbers").items()
            }
    sys.stdout.write(json.dumps(said))


def as_letters(sides: list[Any]) -> list[Any]:
    """A letter for every category: scouter takes numbers only, and is given the places of letters."""
    letters = {
        category: chr(ord("a") + place) for place, category in enumerate(np.unique(np.concatenate(sides)))
    }
    return [np.array([letters[category] for category in side]) for side in sides]


if __name__ == "__main__":
    main()
