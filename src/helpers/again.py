"""Read both tests again with what is trained: in several views, in FER+'s classes, together.

In: recorded runs, and the weights that their trainings kept. Out: runs that were made from them,
recorded as theirs are, but without a history.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd
from scipy.optimize import minimize

from helpers import agreement, runs
from helpers.config import CHECKPOINTS, SIDE
from helpers.faces import DataError, Faces
from helpers.training import best_model, predict, surroundings

#: A view is a face shifted by so many pixels, down and to the right, and the same mirrored.
SHIFTS = ((0, 0), (-2, 0), (2, 0), (0, -2), (0, 2))


def views(pictures: np.ndarray) -> Iterator[np.ndarray]:
    """Give ten views of each picture: shifted or not, mirrored or not; edges are repeated.

    Examples
    --------
    >>> len(list(views(np.zeros((3, 48, 48), np.uint8))))
    10
    """
    most = max(max(map(abs, shift)) for shift in SHIFTS)
    wide = np.pad(pictures, ((0, 0), (most, most), (most, most)), "edge")
    for down, right in SHIFTS:
        view = wide[:, most - down :, most - right :][:, :SIDE, :SIDE]
        yield view
        yield view[:, :, ::-1]


def in_views(run: runs.Run, faces: Faces, results=runs.RESULTS, checkpoints=CHECKPOINTS):
    """Average what a model says of ten views of each face; recorded as ``<experiment>_tta``."""
    model = _model(run, faces, checkpoints)
    tables = []
    for split in runs.TESTS:
        part = faces.part(split)
        said = [predict(model, part.replace(images=view)) for view in views(part.images)]
        tables.append(runs.tabled(part, np.mean(said, axis=0)))
    made = {"from": [_named(run)], "by": "views", "shifts": SHIFTS, "mirrored": True}
    return _record(f"{run.experiment}_tta", run, made, tables, results)


def in_ferplus(run: runs.Run, faces: Faces, results=runs.RESULTS, checkpoints=CHECKPOINTS):
    """Name FER+'s eight classes with the head that learnt its votes: ``<experiment>_ferplus``."""
    model = _model(run, faces, checkpoints)
    if not isinstance(model.output, list):
        raise DataError(f"{run.experiment} has no head for votes: train it with `votes`")
    votes = keras.Model(model.inputs, model.output[1])
    tables = []
    for split in runs.TESTS:
        part = agreement.majority(faces.part(split))
        tables.append(runs.tabled(part, predict(votes, part)))
    made = {"from": [_named(run)], "by": "the head that learnt FER+'s votes"}
    return _record(f"{run.experiment}_ferplus", run, made, tables, results)


def together(members: Sequence[runs.Run], name: str = "ensemble", results: Path = runs.RESULTS):
    """Multiply what several runs say, each to the power that makes PublicTest likeliest.

    Powers are never negative, so a member that does not help has none; all together they set how
    sure the ensemble is of itself, which needs no temperature then.
    """
    if len(members) < 2:
        raise DataError("an ensemble has two members or more")
    first = members[0]
    for other in members[1:]:
        same = other.config["data"] == first.config["data"] and other.classes == first.classes
        if not same or not _rows(other).equals(_rows(first)):
            raise DataError(f"{_named(other)} did not read the same faces as {_named(first)}")
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
        "from": [_named(run) for run in members],
        "by": "weighted geometric mean, weights chosen on PublicTest",
        "weights": powers.tolist(),
    }
    return _record(name, first, made, tables, results)


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


def _model(run: runs.Run, faces: Faces, checkpoints: Path) -> keras.Model:
    if run.config["data"]["fingerprint"] != faces.fingerprint:
        raise DataError(f"{run.experiment} was trained on other data than {faces.name}")
    return best_model(run.experiment, run.seed, checkpoints)


def _named(run: runs.Run) -> str:
    return f"{run.experiment}/seed{run.seed}"


def _record(name: str, source: runs.Run, made: dict, tables: list, results: Path) -> runs.Run:
    folder = runs.folder_of(name, source.seed, results)
    folder.mkdir(parents=True, exist_ok=True)
    config = {"made": made, "seed": source.seed, "data": source.config["data"]} | surroundings()
    runs.write_json(folder / "config.json", config)
    return runs.record(name, source.seed, pd.concat(tables, ignore_index=True), {}, results)
