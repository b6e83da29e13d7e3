"""Recorded trainings. In: a folder of plain files. Out: a ``Run``, and tables of runs. No Keras.

``config.json`` says how it was made, ``history.csv`` has a row for each epoch,
``predictions.parquet`` the probabilities for each face of both tests, ``metrics.json`` what follows
from them. A run that was made from others, without a training, has no history.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import evaluation
from helpers.config import ABLATION_RESULTS, CHECKPOINTS, RESULTS
from helpers.faces import DataError, Faces

TESTS = ("PublicTest", "PrivateTest")
TASKS = ("FER-2013", "FER+")


@dataclass(frozen=True)
class Run:
    """What one training left behind."""

    experiment: str
    seed: int
    config: dict
    history: pd.DataFrame
    predictions: pd.DataFrame

    @property
    def name(self) -> str:
        """Where it is recorded, below the folder of results."""
        return f"{self.experiment}/seed{self.seed}"

    @property
    def task(self) -> str:
        """Whose labels it was measured by; accuracies in different tasks do not compare."""
        return self.config.get("made", {}).get("task", TASKS[0])

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names, in the order of the labels."""
        return tuple(self.predictions.columns[3:])

    def part(self, split: str) -> pd.DataFrame:
        """Predictions for one of the tests."""
        return self.predictions[self.predictions["split"] == split]

    def answers(self, split: str, without: set[int] = frozenset()) -> tuple[np.ndarray, np.ndarray]:
        """Give labels and probabilities of a test, perhaps without the faces of some rows."""
        table = self.part(split)
        table = table[~table["row"].isin(without)]
        probabilities = table[list(self.classes)].to_numpy(float)
        probabilities /= probabilities.sum(axis=1, keepdims=True)  # single precision left a trace
        return table["label"].to_numpy(), probabilities

    def metrics(self, split: str, without: set[int] = frozenset()) -> dict:
        """Sum up the predictions for a test, perhaps without the faces of some rows."""
        return evaluation.summary(*self.answers(split, without), self.classes)

    def confusion(self, split: str) -> pd.DataFrame:
        """Count labels against predictions in a test."""
        labels, probabilities = self.answers(split)
        return evaluation.confusion(labels, probabilities.argmax(axis=1), self.classes)

    def right(self, split: str) -> np.ndarray:
        """Say of each face of a test whether it is named as labelled."""
        labels, probabilities = self.answers(split)
        return probabilities.argmax(axis=1) == labels

    def extremes(self) -> pd.DataFrame:
        """Give the lowest, highest and last value of loss and accuracy over the epochs."""
        measures = self.history[["loss", "val_loss", "accuracy", "val_accuracy"]]
        return pd.DataFrame(
            {"min": measures.min(), "max": measures.max(), "last": measures.iloc[-1]}
        )

    def training(self) -> dict:
        """Say in a few words how it was trained."""
        said = self.config["experiment"]
        return {
            "start": self.config["start"],
            "M parameters": round(self.config["parameters"] / 1e6, 1),
            "augmentation": ", ".join(name for name, by in said["augmentation"].items() if by),
            "epochs": len(self.history),
            "chosen epoch": int(self.history.loc[self.history["val_accuracy"].idxmax(), "epoch"]),
            "minutes": round(self.history["seconds"].sum() / 60),
        }


def folder_of(experiment: str, seed: int, results: Path = RESULTS) -> Path:
    """Name the folder of a run."""
    return results / experiment / f"seed{seed}"


def weights_of(experiment: str, seed: int, results: Path = RESULTS) -> Path:
    """Name the folder where the weights of a run are kept; each folder of results has its own."""
    places = {RESULTS: CHECKPOINTS, ABLATION_RESULTS: CHECKPOINTS / "ablation"}
    return folder_of(experiment, seed, places.get(results, results / "weights"))


def load(experiment: str, seed: int = 0, results: Path = RESULTS) -> Run:
    """Read a run."""
    folder = folder_of(experiment, seed, results)
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        trained = "made" not in config
        return Run(
            experiment,
            seed,
            config,
            pd.read_csv(folder / "history.csv") if trained else pd.DataFrame(),
            pd.read_parquet(folder / "predictions.parquet"),
        )
    except FileNotFoundError as error:
        missing = Path(error.filename).name
        raise DataError(
            f"no finished run of {experiment} with seed {seed}: {missing} is missing in {folder}; "
            "`fer results` lists what there is"
        ) from error


def find(experiment: str, results: Path = RESULTS) -> list[Run]:
    """Read all finished runs of an experiment, by seed."""
    folders = (results / experiment).glob("seed*/metrics.json")
    seeds = sorted(int(path.parent.name.removeprefix("seed")) for path in folders)
    return [load(experiment, seed, results) for seed in seeds]


def tabled(faces: Faces, probabilities: np.ndarray) -> pd.DataFrame:
    """Put what was said of a test's faces into a table, as ``predictions.parquet`` keeps it."""
    columns = {"split": faces.split, "row": faces.rows, "label": faces.labels}
    return pd.DataFrame(columns | dict(zip(faces.classes, probabilities.T, strict=True)))


def record(
    experiment: str, seed: int, predictions: pd.DataFrame, more: dict, results: Path = RESULTS
) -> Run:
    """Write predictions for both tests, and what follows from them, beside the config.

    Parameters
    ----------
    experiment, seed, results
        Which run; its ``config.json`` is there.
    predictions : DataFrame
        From `tabled`, both tests.
    more : dict
        What else ``metrics.json`` says.
    """
    folder = folder_of(experiment, seed, results)
    part = folder / ".predictions.part"
    predictions.to_parquet(part, index=False)
    os.replace(part, folder / "predictions.parquet")  # noqa: PTH105 - in one step
    run = load(experiment, seed, results)
    measured = {split: run.metrics(split) for split in TESTS}
    write_json(folder / "metrics.json", measured | more)
    return run


def record_made(
    experiment: str, source: Run, made: dict, tables: list[pd.DataFrame], results: Path = RESULTS
) -> Run:
    """Record a run that was made from others, beside them.

    Parameters
    ----------
    experiment, results
        What it is called, and where it goes.
    source : Run
        The first it was made from; data and seed are its.
    made : dict
        How it was made.
    tables : list of DataFrame
        From `tabled`, one for each test.
    """
    folder = folder_of(experiment, source.seed, results)
    if (folder / "history.csv").exists():
        raise DataError(f"{folder} is the record of a training: choose another name")
    folder.mkdir(parents=True, exist_ok=True)
    config = {"made": made, "seed": source.seed, "data": source.config["data"]}
    write_json(folder / "config.json", config)
    return record(experiment, source.seed, pd.concat(tables, ignore_index=True), {}, results)


def table(leaked: pd.DataFrame, results: Path = RESULTS, task: str = TASKS[0]) -> pd.DataFrame:
    """Compare all recorded experiments, in percent, recomputed from their predictions.

    Parameters
    ----------
    leaked : DataFrame
        `split` and `row` of the faces that are in Training too.
    results : Path
        Where the runs are.
    task : str
        One of `TASKS`: only what was measured by its labels.

    Returns
    -------
    DataFrame
        A row for each experiment: mean accuracy over its seeds on PublicTest (chosen on),
        PrivateTest (reported), PrivateTest without the leaked faces, and the spread over seeds.
    """
    without = set(leaked.loc[leaked["split"] == "PrivateTest", "row"])
    rows = {}
    for name in sorted({path.parent.parent.name for path in results.glob("*/seed*/metrics.json")}):
        done = [run for run in find(name, results) if run.task == task]
        if not done:
            continue
        private = [run.metrics("PrivateTest")["accuracy"] for run in done]
        clean = [run.metrics("PrivateTest", without)["accuracy"] for run in done]
        rows[name] = {
            "seeds": len(done),
            "PublicTest": 100 * np.mean([run.metrics("PublicTest")["accuracy"] for run in done]),
            "PrivateTest": 100 * np.mean(private),
            "± over seeds": 100 * np.std(private, ddof=1) if len(done) > 1 else np.nan,
            "without leaked": 100 * np.mean(clean),
        }
    return pd.DataFrame(rows).T


def ladder(names: list[str], leaked: pd.DataFrame, results: Path = RESULTS) -> pd.DataFrame:
    """Put our accuracies beside those of the student projects, in percent.

    Parameters
    ----------
    names : list of str
        Experiments; one that nobody recorded yet has empty cells.
    leaked, results
        As for `table`.
    """
    students = pd.read_csv(RESULTS / "student_projects.csv", index_col="experiment")
    ours = table(leaked, results).reindex(names)
    first = {"student project, validation": students["accuracy"].reindex(names)}
    return pd.DataFrame(first).join(ours[["PublicTest", "PrivateTest", "without leaked"]])


def ablation(results: Path = ABLATION_RESULTS, first: str = "recipe") -> pd.DataFrame:
    """Compare each variant of a recipe with the recipe itself, on PublicTest, in points.

    Parameters
    ----------
    results : Path
        Where the variants' runs are.
    first : str
        The recipe as it is.

    Returns
    -------
    DataFrame
        A row for each variant, the best first: how many `seeds` it has, their mean `accuracy`, how
        far that is `ahead` of the recipe, and the `error`: two standard errors over faces, and of
        the recipe itself two standard deviations between its seeds, if it has several.
    """
    names = {path.parents[1].name for path in results.glob("*/seed*/metrics.json")}
    right = {
        name: np.array([run.right("PublicTest") for run in find(name, results)]) for name in names
    }
    if first not in right:
        raise DataError(f"{results} has no finished run of {first}: `fer ablate` makes it")
    base = right[first].mean(axis=0)
    rows = {}
    for name, seeds in right.items():
        ahead, error = evaluation.ahead(seeds.mean(axis=0), base)
        if name == first:
            error = seeds.mean(axis=1).std(ddof=1) if len(seeds) > 1 else np.nan
        points = {"accuracy": seeds.mean(), "ahead": ahead, "error": 2 * error}
        rows[name] = {"seeds": len(seeds)} | {key: 100 * value for key, value in points.items()}
    table = pd.DataFrame(rows).T.sort_values("accuracy", ascending=False)
    return table.astype({"seeds": int})


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Round to one decimal, with a dash for what is not recorded.

    Examples
    --------
    >>> shown(pd.DataFrame({"PublicTest": [66.04, np.nan]}))["PublicTest"].tolist()
    [66.0, '–']
    """
    return table.round(1).astype(object).where(table.notna(), "–")


def write_json(path: Path, content: dict) -> None:
    """Write a file in one step."""
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file in one step: whoever is interrupted leaves the old one or the new one."""
    part = path.with_name(f".{path.name}.part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)  # noqa: PTH105 - in one step, also on Windows
