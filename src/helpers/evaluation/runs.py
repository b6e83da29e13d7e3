"""Recorded runs. In: a folder of plain files. Out: a ``Run``. No Keras.

``config.json`` says how it was made, ``history.csv`` has a row for each epoch, ``predictions.parquet`` the
probabilities for each face of PublicTest, and of PrivateTest once the run was reported, ``metrics.json`` what follows
from them, and when the run was reported. A run that was made from others, without a training, has no history.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.config import CHECKPOINTS, EVAL_SPLITS, RESULTS, TEST
from helpers.evaluation.metrics import classification_metrics, confusion_matrix
from helpers.faces import EXPRESSIONS, DataError, Faces
from helpers.system import atomic_path, read_json, write_json

_TASK = EXPRESSIONS.name


@dataclass(frozen=True)
class Run:
    """What one training left behind."""

    experiment: str
    seed: int
    config: dict
    history: pd.DataFrame
    predictions: pd.DataFrame
    task: str = _TASK
    reported: tuple[str, ...] = ()  # days on which the test set was predicted

    @property
    def name(self) -> str:
        """Where it is recorded, below the folder of its task."""
        return f"{self.experiment}/seed{self.seed}"

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names, in the order of the labels."""
        return tuple(self.predictions.columns[3:])

    @property
    def splits(self) -> tuple[str, ...]:
        """What there are predictions for: PublicTest, and PrivateTest if it was reported."""
        return tuple(s for s in EVAL_SPLITS if (self.predictions["split"] == s).any())

    def in_split(self, split: str) -> pd.DataFrame:
        """Predictions for one split."""
        if split not in self.splits:
            raise DataError(f"{self.name} has no predictions for {split}: `fer report` makes them")
        return self.predictions[self.predictions["split"] == split]

    def targets_and_probabilities(self, split: str, without: set[int] = frozenset()) -> tuple[np.ndarray, np.ndarray]:
        """Give ``y_true`` and ``y_prob`` of a split, perhaps without the faces of some rows."""
        table = self.in_split(split)
        table = table[~table["row"].isin(without)]
        y_prob = table[list(self.classes)].to_numpy(float)
        y_prob /= y_prob.sum(axis=1, keepdims=True)  # single precision left a trace
        return table["label"].to_numpy(), y_prob

    def metrics(self, split: str, without: set[int] = frozenset()) -> dict:
        """Sum up the predictions for a split, perhaps without the faces of some rows."""
        return classification_metrics(*self.targets_and_probabilities(split, without), self.classes)

    def confusion(self, split: str) -> pd.DataFrame:
        """Count labels against predictions in a split."""
        y_true, y_prob = self.targets_and_probabilities(split)
        return confusion_matrix(y_true, y_prob.argmax(axis=1), self.classes)

    def is_correct(self, split: str) -> np.ndarray:
        """Say of each face of a split whether it is classified as labelled."""
        y_true, y_prob = self.targets_and_probabilities(split)
        return y_prob.argmax(axis=1) == y_true

    def history_extrema(self) -> pd.DataFrame:
        """Give the lowest, highest and last value of loss and accuracy over the epochs."""
        measures = self.history[["loss", "val_loss", "accuracy", "val_accuracy"]]
        return pd.DataFrame({"min": measures.min(), "max": measures.max(), "last": measures.iloc[-1]})

    def training(self) -> dict:
        """Say in a few words how it was trained."""
        said = self.config["experiment"]
        return {
            "initial weights": self.config["weights"],
            "M parameters": round(self.config["parameters"] / 1e6, 1),
            "augmentation": ", ".join(name for name, by in said["augmentation"].items() if by),
            "epochs": len(self.history),
            "chosen epoch": int(self.history.loc[self.history["val_accuracy"].idxmax(), "epoch"]),
            "minutes": round(self.history["seconds"].sum() / 60),
        }


def run_dir(experiment: str, seed: int, results: Path = RESULTS, task: str = _TASK) -> Path:
    """Name the folder of a run."""
    return results / task / experiment / f"seed{seed}"


def checkpoint_dir(experiment: str, seed: int, results: Path = RESULTS, task: str = _TASK) -> Path:
    """Name the folder where the weights of a run are kept; each folder of results has its own."""
    place = CHECKPOINTS if results == RESULTS else results / "weights"
    return run_dir(experiment, seed, place, task)


def load(experiment: str, seed: int = 0, results: Path = RESULTS, task: str = _TASK) -> Run:
    """Read a run."""
    folder = run_dir(experiment, seed, results, task)
    try:
        config, metrics = read_json(folder / "config.json"), folder / "metrics.json"
        history = pd.DataFrame() if "made" in config else pd.read_csv(folder / "history.csv")
        predictions = pd.read_parquet(folder / "predictions.parquet")
        reported = read_json(metrics).get("reported", ()) if metrics.exists() else ()
        return Run(experiment, seed, config, history, predictions, task, tuple(reported))
    except FileNotFoundError as error:
        raise DataError(
            f"no finished run of {experiment} with seed {seed}: {Path(error.filename).name} is missing in {folder}; "
            "`fer results` lists what there is"
        ) from error


def find(experiment: str, results: Path = RESULTS, task: str = _TASK) -> list[Run]:
    """Read all finished runs of an experiment, by seed."""
    folders = (results / task / experiment).glob("seed*/metrics.json")
    seeds = sorted(int(path.parent.name.removeprefix("seed")) for path in folders)
    return [load(experiment, seed, results, task) for seed in seeds]


def predictions_frame(faces: Faces, y_prob: np.ndarray) -> pd.DataFrame:
    """Put predictions for faces into a table, as ``predictions.parquet`` keeps it."""
    columns = {"split": faces.split, "row": faces.row_ids, "label": faces.labels}
    return pd.DataFrame(columns | dict(zip(faces.classes, y_prob.T, strict=True)))


def save_run(
    experiment: str, seed: int, predictions: pd.DataFrame, more: dict, results: Path = RESULTS, task: str = _TASK
) -> Run:
    """Write predictions, and what follows from them, beside the config.

    The config is there already; `predictions` come from `predictions_frame`, `more` is what else ``metrics.json`` says.
    """
    folder = run_dir(experiment, seed, results, task)
    with atomic_path(folder / "predictions.parquet") as part:
        predictions.to_parquet(part, index=False)
    run = load(experiment, seed, results, task)
    write_json(folder / "metrics.json", {split: run.metrics(split) for split in run.splits} | more)
    return load(experiment, seed, results, task)


def save_report(run: Run, predictions: pd.DataFrame, results: Path = RESULTS) -> Run:
    """Add predictions for the test set to a run's record, which keeps the day.

    The faces and their labels are those of `predictions`; what was there of the test set before is replaced, and
    counted.
    """
    rest = run.predictions[run.predictions["split"] != TEST]
    both = pd.concat([rest, predictions], ignore_index=True)
    known = read_json(run_dir(run.experiment, run.seed, results, run.task) / "metrics.json")
    more = {key: value for key, value in known.items() if key not in EVAL_SPLITS}
    more["reported"] = [*run.reported, date.today().isoformat()]
    return save_run(run.experiment, run.seed, both, more, results, run.task)


def save_derived_run(
    experiment: str, source: Run, made: dict, predictions: pd.DataFrame, results: Path = RESULTS, task: str = _TASK
) -> Run:
    """Record a run that was made from others, without a training.

    Data and seed are those of `source`, the first it was made from; `made` says how. If PrivateTest is in
    `predictions`, that counts as a report.
    """
    folder = run_dir(experiment, source.seed, results, task)
    if (folder / "history.csv").exists():
        raise DataError(f"{folder} is the record of a training: choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    before = folder / "metrics.json"
    reported = list(read_json(before).get("reported", ())) if before.exists() else []
    if (predictions["split"] == TEST).any():
        reported.append(date.today().isoformat())
    config = {"task": task, "made": made, "seed": source.seed, "data": source.config["data"]}
    write_json(folder / "config.json", config)
    more = {"reported": reported} if reported else {}
    return save_run(experiment, source.seed, predictions, more, results, task)
