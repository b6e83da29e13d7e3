"""Several models together. In: recorded runs. Out: a run made from what they say. No Keras."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import minimize

from helpers import runs
from helpers.config import RESULTS
from helpers.faces import DataError


def together(members: Sequence[runs.Run], name: str = "ensemble", results: Path = RESULTS):
    """Multiply what several runs say, each to the power that makes PublicTest likeliest.

    Powers are never negative, so a member that does not help has none; all together they set how
    sure the ensemble is of itself, which needs no temperature then.
    """
    if len(members) < 2:
        raise DataError("an ensemble has two members or more")
    first = members[0]
    for other in members[1:]:
        if _faces(other) != _faces(first) or not _rows(other).equals(_rows(first)):
            raise DataError(f"{other.name} did not read the same faces as {first.name}")
    powers = _powers(members)
    tables = [
        pd.concat(
            [
                first.part(split)[["split", "row", "label"]].reset_index(drop=True),
                pd.DataFrame(_pooled(members, split, powers), columns=first.classes),
            ],
            axis=1,
        )
        for split in runs.TESTS
    ]
    made = {
        "from": [run.name for run in members],
        "task": first.task,
        "by": "weighted geometric mean, weights chosen on PublicTest",
        "weights": powers.tolist(),
    }
    return runs.record_made(name, first, made, tables, results)


def _faces(run: runs.Run) -> tuple:
    return run.config["data"]["fingerprint"], run.task, run.classes


def _rows(run: runs.Run) -> pd.DataFrame:
    return run.predictions[["split", "row", "label"]]


def _pooled(members: Sequence[runs.Run], split: str, powers: np.ndarray) -> np.ndarray:
    logs = np.array([np.log(np.maximum(run.answers(split)[1], 1e-12)) for run in members])
    pooled = np.tensordot(powers, logs, axes=1)
    pooled = np.exp(pooled - pooled.max(axis=1, keepdims=True))
    return pooled / pooled.sum(axis=1, keepdims=True)


def _powers(members: Sequence[runs.Run]) -> np.ndarray:
    """Find the powers; the problem has one hollow only, so any search ends at the same."""
    labels, _ = members[0].answers("PublicTest")
    everyone = np.arange(len(labels))

    def loss(powers: np.ndarray) -> float:
        right = _pooled(members, "PublicTest", powers)[everyone, labels]
        return float(-np.log(np.maximum(right, 1e-12)).mean())

    start = np.full(len(members), 1 / len(members))
    return minimize(loss, start, bounds=[(0, None)] * len(members)).x.round(4)
