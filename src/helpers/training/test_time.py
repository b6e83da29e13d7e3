"""Test-time augmentation. In: a recorded run and its weights. Out: a run made from views."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.config import IMAGE_SIZE, TEST, VALIDATION
from helpers.evaluation import runs
from helpers.faces import Faces
from helpers.faces.tasks import TASKS
from helpers.training.loop import load_recorded_model, predict
from helpers.training.provenance import environment_info

#: A view is a face shifted by so many pixels, down and to the right, and the same mirrored.
SHIFTS = ((0, 0), (-2, 0), (2, 0), (0, -2), (0, 2))


def tta_views(images: np.ndarray) -> Iterator[np.ndarray]:
    """Give ten views of each picture: shifted or not, mirrored or not; edges are repeated.

    Examples
    --------
    >>> len(list(tta_views(np.zeros((3, 48, 48), np.uint8))))
    10
    """
    most = max(max(map(abs, shift)) for shift in SHIFTS)
    wide = np.pad(images, ((0, 0), (most, most), (most, most)), "edge")
    for down, right in SHIFTS:
        view = wide[:, most - down :, most - right :][:, :IMAGE_SIZE, :IMAGE_SIZE]
        yield view
        yield view[:, :, ::-1]


def predict_tta(model, images: np.ndarray) -> np.ndarray:
    """Average what the first head says of ten views of each picture: float, n x k."""
    return np.mean([predict(model, view)[0] for view in tta_views(images)], axis=0)


def save_tta_run(run: runs.Run, faces: Faces, results: Path = runs.RESULTS, report: bool = False) -> runs.Run:
    """Record a run's model with test-time augmentation, as ``<experiment>_tta``.

    The faces are those that it was trained on. With `report`, the test set is predicted too, which then counts.
    """
    model = load_recorded_model(run, faces, results)
    tables = {}
    for split in (VALIDATION, TEST) if report else (VALIDATION,):
        part = TASKS[run.task].apply(faces.in_split(split))
        tables[split] = runs.predictions_frame(part, predict_tta(model, part.images))
    made = {"from": [run.name], "by": "views", "shifts": SHIFTS, "mirrored": True}
    name, table = f"{run.experiment}_tta", pd.concat(tables.values(), ignore_index=True)
    return runs.save_derived_run(name, run, made | environment_info(), table, results, run.task)
