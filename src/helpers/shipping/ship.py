"""Ship a model, and check what was shipped. In: a recorded run, faces. Out: files, a table."""

import json
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import keras
import numpy as np
import pandas as pd
from scipy.optimize import minimize_scalar

from helpers import runs
from helpers.config import MODELS
from helpers.experiments import PRETRAINED
from helpers.faces import DataError, Faces
from helpers.models import build, without_votes
from helpers.recognition.recogniser import cooled
from helpers.shipping import formats
from helpers.shipping.card import card
from helpers.training import model_of

#: A format that loses more of PublicTest's accuracy is not shipped.
ALLOWED_LOSS = 0.005
EXAMPLES = 300


def ship(
    run: runs.Run,
    faces: Faces,
    leaked: pd.DataFrame,
    name: str | None = None,
    only: Sequence[str] = (),
    models: Path = MODELS,
    results: Path = runs.RESULTS,
) -> Path:
    """Write a run's model in all formats, with its temperature and its card.

    Parameters
    ----------
    run : Run
        What was recorded.
    faces : Faces
        What it was trained on.
    leaked : DataFrame
        `split` and `row` of the faces that are in Training too.
    name : str, optional
        Of the new folder; the experiment's by default.
    only : sequence of str
        Keep these files; all of them by default.
    models : Path
        Where the folder goes.
    results : Path
        Where the run is recorded.
    """
    if unknown := set(only) - set(formats.FORMATS):
        raise DataError(f"no format {min(unknown)}: there are {', '.join(formats.FORMATS)}")
    target = models / (name or run.experiment)
    model = formats.rounded(_plain(run, model_of(run, faces, results)))
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=".shipping-") as place:  # all or nothing
        folder = Path(place) / target.name
        folder.mkdir()
        _write(run, model, faces, leaked, only, folder)
        if target.exists():
            target.rename(Path(place) / "old")  # fails before anything is lost, if it is in use
        folder.rename(target)
    return target


def _write(run, model, faces, leaked, only, folder: Path) -> None:
    learning = faces.part("Training")
    count = min(EXAMPLES, len(learning))
    shown = np.random.default_rng(0).choice(len(learning), count, replace=False)
    formats.write(model, folder, np.asarray(learning.images)[np.sort(shown)])

    degrees = temperature(run)
    files = _measured(folder, faces)
    best = files["model.keras"]["PublicTest"]
    for file, said in list(files.items()):
        if best - said["PublicTest"] > ALLOWED_LOSS or (only and file not in only):
            (folder / file).unlink()
            del files[file]
    about = {
        "name": folder.name,
        "experiment": run.experiment,
        "seed": run.seed,
        "parameters": int(model.count_params()),
        "classes": list(run.classes),
        "input": "n x 48 x 48 x 1, float32, grey from 0 to 255",
        "temperature": round(degrees, 4),
        "files": files,
    }
    runs.write_json(folder / "model.json", about)
    runs.write_text(folder / "README.md", card(about, run, leaked))


def temperature(run: runs.Run) -> float:
    """Find how much cooler probabilities have to be so that PublicTest is likeliest."""
    labels, chances = run.answers("PublicTest")

    def loss(degrees: float) -> float:
        likely = cooled(chances, degrees)[np.arange(len(labels)), labels]
        return float(-np.log(likely).mean())

    return float(minimize_scalar(loss, bounds=(0.1, 20), method="bounded").x)


def check(name: str, faces: Faces, models: Path = MODELS) -> pd.DataFrame:
    """Read both tests with each shipped file again: recorded and new accuracy, in percent."""
    folder = models / name
    try:
        about = json.loads((folder / "model.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(f"there is no shipped model {folder}") from error
    if missing := [file for file in about["files"] if not (folder / file).exists()]:
        raise DataError(f"{folder} lacks {', '.join(missing)}: `fer ship` writes it anew")
    again = _measured(folder, faces)
    rows = {
        file: {
            "kB": said["bytes"] // 1000,
            **{f"{split}, recorded": 100 * said[split] for split in runs.TESTS},
            **{f"{split}, now": 100 * again[file][split] for split in runs.TESTS},
        }
        for file, said in about["files"].items()
    }
    return pd.DataFrame(rows).T


def _plain(run: runs.Run, trained: keras.Model) -> keras.Model:
    """Build the trained model without its augmentation, in single precision."""
    if isinstance(trained.output, list):
        trained = without_votes(trained)
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
    """Give size and accuracies of each file that is there."""
    found = {}
    for file in formats.FORMATS:
        if not (folder / file).exists():
            continue
        read = formats.reader(folder / file)
        found[file] = {"bytes": (folder / file).stat().st_size}
        for split in runs.TESTS:
            part = faces.part(split)
            named = read(np.asarray(part.images)).argmax(axis=1)
            found[file][split] = round(float((named == part.labels).mean()), 5)
    return found
