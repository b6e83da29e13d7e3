"""Export a model, and verify what was exported. In: a recorded run, faces. Out: files, a table."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import pandas as pd

from helpers.config import SHIPPED, TRAINING, VALIDATION
from helpers.evaluation import runs
from helpers.evaluation.calibration import fit_temperature
from helpers.export import formats
from helpers.export.card import card
from helpers.faces import DataError, Faces, Task, find_task
from helpers.models import build, only_head
from helpers.system import read_json, write_json, write_text
from helpers.training.experiments import PRETRAINED
from helpers.training.loop import load_recorded_model

#: A format that loses more of PublicTest's accuracy is not kept.
ALLOWED_LOSS = 0.005
EXAMPLES = 300


def export_model(
    run: runs.Run,
    faces: Faces,
    leaked: pd.DataFrame | None = None,
    name: str | None = None,
    only: Sequence[str] = (),
    models: Path = SHIPPED,
    results: Path = runs.RESULTS,
) -> Path:
    """Write a run's model in all formats, with its temperature and its card.

    Parameters
    ----------
    run, results : Run, Path
        What was recorded, and where.
    faces : Faces
        What it was trained on, as the data set labels it.
    leaked : DataFrame, optional
        `split` and `row` of the faces that are in Training too.
    name, models : str, Path
        Of the new folder, by default the experiment's; where it goes.
    only : sequence of str
        Keep these files; all of them by default.
    """
    if unknown := set(only) - set(formats.FORMATS):
        raise DataError(f"no format {min(unknown)}: there are {', '.join(formats.FORMATS)}")
    target = models / (name or run.experiment)
    model = formats.rounded(_plain(run, load_recorded_model(run, faces, results)))
    asked = find_task(run.task).apply(faces.in_split(TRAINING, VALIDATION))
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=".export-") as place:  # all or nothing
        folder = Path(place) / target.name
        folder.mkdir()
        _write(run, model, asked, leaked, only, folder)
        if target.exists():
            target.rename(Path(place) / "old")  # fails before anything is lost, if it is in use
        folder.rename(target)
    return target


def _write(run, model, faces: Faces, leaked, only, folder: Path) -> None:
    learning = faces.in_split(TRAINING)
    shown = np.random.default_rng(0).choice(len(learning), min(EXAMPLES, len(learning)), replace=False)
    formats.write(model, folder, np.asarray(learning.images)[np.sort(shown)])

    measured = _measured(folder, faces.in_split(VALIDATION))
    lost = {file: measured["model.keras"][VALIDATION] - said[VALIDATION] for file, said in measured.items()}
    files = {f: said for f, said in measured.items() if lost[f] <= ALLOWED_LOSS and (not only or f in only)}
    for file in measured.keys() - files.keys():
        (folder / file).unlink()
    about = describe(run, folder.name, int(model.count_params()), files)
    write_json(folder / "model.json", about)
    write_text(folder / "README.md", card(about, run, leaked))


def describe(run: runs.Run, name: str, parameters: int, files: dict) -> dict:
    """Say all that recognition and the app need to know of a model: what ``model.json`` holds."""
    task: Task = find_task(run.task)
    return {
        "name": name,
        "task": task.name,
        "question": task.question,
        "experiment": run.experiment,
        "seed": run.seed,
        "parameters": parameters,
        "classes": list(run.classes),
        "emoji": dict(task.emoji),
        "colours": {c: task.colour(c) for c in run.classes},
        "input": "n x 48 x 48 x 1, float32, grey from 0 to 255",
        "temperature": round(fit_temperature(*run.targets_and_probabilities(VALIDATION)), 4),
        "files": files,
        "measured": {split: _short(run.metrics(split)) for split in run.splits},
        "confusion": {split: run.confusion(split).to_numpy().tolist() for split in run.splits},
        "reported": list(run.reported),
    }


def _short(metrics: dict) -> dict:
    names = ("faces", "accuracy", "balanced_accuracy", "macro_f1")
    return {name: round(metrics[name], 6) for name in names}


def verify_export(name: str, faces: Faces, models: Path = SHIPPED) -> pd.DataFrame:
    """Measure each exported file on PublicTest again: recorded and new accuracy, in percent."""
    folder = models / name
    try:
        about = read_json(folder / "model.json")
    except FileNotFoundError as error:
        raise DataError(f"there is no exported model {folder}") from error
    if missing := [file for file in about["files"] if not (folder / file).exists()]:
        raise DataError(f"{folder} lacks {', '.join(missing)}: `fer export` writes it anew")
    again = _measured(folder, find_task(about["task"]).apply(faces.in_split(VALIDATION)))
    rows = {
        file: {
            "kB": said["bytes"] // 1000,
            f"{VALIDATION}, recorded": 100 * said[VALIDATION],
            f"{VALIDATION}, now": 100 * again[file][VALIDATION],
        }
        for file, said in about["files"].items()
    }
    return pd.DataFrame(rows).T


def _plain(run: runs.Run, trained: keras.Model) -> keras.Model:
    """Build the trained model without its augmentation, in single precision, with one head."""
    trained = only_head(trained)
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        said = run.config["experiment"]
        own = {"load": False} if said["model"] in PRETRAINED else {}  # its own weights follow
        model = build(said["model"], len(run.classes), **said["options"], **own)
    finally:
        keras.config.set_dtype_policy(before)
    model.set_weights(trained.get_weights())
    return model


def _measured(folder: Path, faces: Faces) -> dict[str, dict]:
    """Give size and accuracy of each file that is there."""
    found = {}
    for path in (folder / file for file in formats.FORMATS if (folder / file).exists()):
        y_pred = formats.reader(path)(np.asarray(faces.images)).argmax(axis=1)
        accuracy = round(float((y_pred == faces.labels).mean()), 5)
        found[path.name] = {"bytes": path.stat().st_size, VALIDATION: accuracy}
    return found
