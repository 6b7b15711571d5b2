"""What NannyML expects of predictions before labels come: runs in the library's own environment.

``python say_estimated.py CASES.npz`` reads for every case ``NAME/SIDE/COLUMN`` with the sides ``reference`` and
``current`` and the columns ``score``, ``prediction`` and ``label``, and writes the figures by case to standard output
as JSON.
"""

import importlib
import json
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd

#: Known in that environment only.
nannyml: Any = importlib.import_module("nannyml")

FIGURES = ("accuracy", "precision", "recall", "f1", "specificity", "roc_auc")


def main() -> None:
    """Print one JSON object."""
    warnings.simplefilter("ignore")
    said = {}
    with np.load(sys.argv[1]) as arrays:
        for name in sorted({key.split("/")[0] for key in arrays.files}):
            sides = [
                pd.DataFrame(
                    {
                        "score": arrays[f"{name}/{side}/score"],
                        "prediction": arrays[f"{name}/{side}/prediction"].astype(int),
                        "label": arrays[f"{name}/{side}/label"].astype(int),
                    }
                )
                for side in ("reference", "current")
            ]
            said[name] = estimated(*sides)
    sys.stdout.write(json.dumps(said))


def estimated(reference: pd.DataFrame, current: pd.DataFrame) -> dict[str, float]:
    """The figures of all of the current side as one chunk."""
    estimator = nannyml.CBPE(
        y_pred_proba="score",
        y_pred="prediction",
        y_true="label",
        metrics=list(FIGURES),
        problem_type="classification_binary",
        chunk_number=1,
    )
    estimator.fit(reference)
    found = estimator.estimate(current).filter(period="analysis").to_df()
    return {figure: float(found[(figure, "value")].iloc[0]) for figure in FIGURES}


if __name__ == "__main__":
    main()
