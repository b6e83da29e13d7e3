"""Read both tests again with what is trained: in several views, or in FER+'s classes.

In: recorded runs, and the weights that their trainings kept. Out: runs that were made from them,
recorded as theirs are, but without a history.
"""

from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from helpers import agreement, runs
from helpers.config import SIDE
from helpers.faces import DataError, Faces
from helpers.provenance import surroundings
from helpers.training import model_of, predict

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


def in_views(run: runs.Run, faces: Faces, results: Path = runs.RESULTS):
    """Average what a model says of ten views of each face; recorded as ``<experiment>_tta``."""
    model = model_of(run, faces, results)
    tables = []
    for split in runs.TESTS:
        part = faces.part(split)
        said = [predict(model, part.replace(images=view)) for view in views(part.images)]
        tables.append(runs.tabled(part, np.mean(said, axis=0)))
    made = {"from": [run.name], "by": "views", "shifts": SHIFTS, "mirrored": True}
    return runs.record_made(f"{run.experiment}_tta", run, made | surroundings(), tables, results)


def in_ferplus(run: runs.Run, faces: Faces, results: Path = runs.RESULTS):
    """Name FER+'s eight classes with the head that learnt its votes: ``<experiment>_ferplus``."""
    model = model_of(run, faces, results)
    if not isinstance(model.output, list):
        raise DataError(f"{run.experiment} has no head for votes: train it with `votes`")
    votes = keras.Model(model.inputs, model.output[1])
    tables = []
    for split in runs.TESTS:
        part = agreement.majority(faces.part(split))
        tables.append(runs.tabled(part, predict(votes, part)))
    made = {"from": [run.name], "by": "the head that learnt FER+'s votes", "task": runs.TASKS[1]}
    return runs.record_made(
        f"{run.experiment}_ferplus", run, made | surroundings(), tables, results
    )
