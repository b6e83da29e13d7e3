"""Recorded runs of detectors. In: a folder of plain files. Out: a ``FindingRun``, and what follows from it. No Keras.

As other runs have it, with ``predictions.parquet`` a row for each face that is there and each that was found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.config import EVAL_SPLITS, RESULTS
from helpers.evaluation.detection import VISIBLE, DetectionResult, evaluate_detections
from helpers.evaluation.runs import run_dir
from helpers.faces import DataError, Scenes
from helpers.faces.boxes import Box
from helpers.system import atomic_path, read_json, write_json

TASK = "finding"
#: A face of which less can be seen is neither missed nor false where it is found.
LEAST_VISIBLE = 0.5
#: Boxes from this score on are faces. On PublicTest F1 is about the same from 0.5 to 0.75, and false faces in pictures
#: without any become a third of those that may be (one in 50).
THRESHOLD = 0.73
THERE, FOUND = "there", "found"


@dataclass(frozen=True)
class FindingRun:
    """What one training of a detector left behind."""

    experiment: str
    seed: int
    config: dict
    history: pd.DataFrame
    predictions: pd.DataFrame
    metrics: dict

    @property
    def name(self) -> str:
        """Where it is recorded, below the folder of its task."""
        return f"{self.experiment}/seed{self.seed}"

    def result(self, split: str, threshold: float = THRESHOLD, least_visible: float = LEAST_VISIBLE) -> DetectionResult:
        """Measure anew what was found in a split."""
        table = self.predictions[self.predictions["split"] == split]
        if not len(table):
            raise DataError(f"{self.name} has no predictions for {split}")
        return _measured(table, threshold, least_visible, self.metrics["pictures"][split])


def visible_shares(scenes: Scenes) -> np.ndarray:
    """How much of each face can be seen, as far as it is known: 1 where nothing is said."""
    known = [] if scenes.attributes is None else [name for name in VISIBLE if name in scenes.attributes]
    if not known:
        return np.ones(len(scenes.boxes))
    return scenes.attributes[known[0]].fillna(1.0).to_numpy(float)


def compared(
    scenes: Scenes, found: Sequence[Sequence[Box]], least_visible: float = LEAST_VISIBLE
) -> tuple[list, list, list]:
    """Give what `evaluate_detections` takes: true boxes, found boxes, and which true ones do not count."""
    ignored = visible_shares(scenes) < least_visible
    return (
        [scenes.boxes_of(number) for number in range(len(scenes))],
        list(found),
        [ignored[scenes.picture_of == number] for number in range(len(scenes))],
    )


def frame(scenes: Scenes, found: Sequence[Sequence[Box]], split: str) -> pd.DataFrame:
    """Put what is there and what was found into a table, as ``predictions.parquet`` keeps it."""
    visible = visible_shares(scenes)
    rows = [
        (split, number, THERE, *box, share)
        for number in range(len(scenes))
        for box, share in zip(scenes.boxes_of(number), visible[scenes.picture_of == number], strict=True)
    ]
    rows += [(split, number, FOUND, *box, np.nan) for number, boxes in enumerate(found) for box in boxes]
    table = pd.DataFrame(rows, columns=["split", "picture", "kind", *Box._fields, "visible"])
    floats = table.select_dtypes(float).columns
    return table.astype(dict.fromkeys(floats, np.float32))


def save(
    experiment: str,
    seed: int,
    found: Mapping[str, tuple[Scenes, Sequence[Sequence[Box]]]],
    more: dict,
    results: Path = RESULTS,
) -> FindingRun:
    """Write what was found in each split, and what follows from it, beside the config."""
    folder = run_dir(experiment, seed, results, TASK)
    known = read_json(folder / "metrics.json") if (folder / "metrics.json").exists() else {}
    before = [load(experiment, seed, results).predictions] if known else []
    kept = [table[~table["split"].isin(list(found))] for table in before]
    tables = [frame(scenes, boxes, split) for split, (scenes, boxes) in found.items()]
    with atomic_path(folder / "predictions.parquet") as part:
        pd.concat([*kept, *tables], ignore_index=True).to_parquet(part, index=False)
    pictures = known.get("pictures", {}) | {split: len(scenes) for split, (scenes, _) in found.items()}
    reported = known.get("reported", [])
    if EVAL_SPLITS[1] in found:
        reported = [*reported, date.today().isoformat()]
    more = {k: v for k, v in known.items() if k not in EVAL_SPLITS} | more | {"pictures": pictures}
    more |= {"reported": reported} if reported else {}
    write_json(folder / "metrics.json", more)
    run = load(experiment, seed, results)
    measured = {split: run.result(split).as_dict() for split in pictures}
    write_json(folder / "metrics.json", more | {"threshold": THRESHOLD} | measured)
    return load(experiment, seed, results)


def load(experiment: str, seed: int = 0, results: Path = RESULTS) -> FindingRun:
    """Read a run."""
    folder = run_dir(experiment, seed, results, TASK)
    try:
        return FindingRun(
            experiment,
            seed,
            read_json(folder / "config.json"),
            pd.read_csv(folder / "history.csv"),
            pd.read_parquet(folder / "predictions.parquet"),
            read_json(folder / "metrics.json") if (folder / "metrics.json").exists() else {"pictures": {}},
        )
    except FileNotFoundError as error:
        raise DataError(f"no finished run of {experiment} with seed {seed}: {error.filename} is missing") from error


def _measured(table: pd.DataFrame, threshold: float, least_visible: float, pictures: int) -> DetectionResult:
    there, found, ignored = ([[] for _ in range(pictures)] for _ in range(3))
    for row in table.itertuples():
        box = Box(row.left, row.top, row.width, row.height, row.score, row.angle)
        (there if row.kind == THERE else found)[row.picture].append(box)
        if row.kind == THERE:
            ignored[row.picture].append(row.visible < least_visible)
    return evaluate_detections(there, found, ignored, threshold=threshold)
