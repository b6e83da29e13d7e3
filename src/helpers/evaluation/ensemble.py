"""Several models together. In: recorded runs. Out: a run made from what they say. No Keras."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from helpers.config import RESULTS, TEST, VALIDATION
from helpers.evaluation import runs
from helpers.evaluation.calibration import cross_entropy
from helpers.faces import DataError


def geometric_ensemble(
    members: Sequence[runs.Run], name: str = "ensemble", results: Path = RESULTS, report: bool = False
) -> runs.Run:
    """Multiply what several runs say, each to the power that makes PublicTest likeliest.

    Weights are never negative, so a member that does not help has none; their sum sets how sure the ensemble is of
    itself, which needs no temperature then.

    The members are of one task, on the same faces. With `report`, what they say of the test set is combined too; each
    was reported.
    """
    if len(members) < 2:
        raise DataError("an ensemble has two members or more")
    first = members[0]
    for other in members[1:]:
        if _faces(other) != _faces(first):
            raise DataError(f"{other.name} was not measured on the same faces as {first.name}")
    weights = fit_weights(members)
    tables = [
        first.in_split(split).assign(**dict(zip(first.classes, _pooled(members, split, weights).T, strict=True)))
        for split in ((VALIDATION, TEST) if report else (VALIDATION,))
    ]
    made = {
        "from": [run.name for run in members],
        "by": "weighted geometric mean, weights chosen on PublicTest",
        "weights": weights.tolist(),
    }
    table = pd.concat(tables, ignore_index=True)
    return runs.save_derived_run(name, first, made, table, results, first.task)


def _faces(run: runs.Run) -> tuple:
    measured = run.in_split(VALIDATION)[["row", "label"]].to_numpy(int)
    return run.config["data"]["fingerprint"], run.task, run.classes, measured.tobytes()


def _pooled(members: Sequence[runs.Run], split: str, weights: np.ndarray) -> np.ndarray:
    logs = np.array([np.log(np.maximum(run.targets_and_probabilities(split)[1], 1e-12)) for run in members])
    pooled = np.tensordot(weights, logs, axes=1)
    pooled = np.exp(pooled - pooled.max(axis=1, keepdims=True))
    return pooled / pooled.sum(axis=1, keepdims=True)


def fit_weights(members: Sequence[runs.Run]) -> np.ndarray:
    """Find the weights; the problem is convex, so any search ends at the same."""
    y_true, _ = members[0].targets_and_probabilities(VALIDATION)

    def loss(weights: np.ndarray) -> float:
        return cross_entropy(y_true, _pooled(members, VALIDATION, weights), 1e-12)

    start = np.full(len(members), 1 / len(members))
    return minimize(loss, start, bounds=[(0, None)] * len(members)).x.round(4)
