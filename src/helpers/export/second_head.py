"""A second head for a model that is exported already. In: a run on the same body. Out: an ONNX file that gives both."""

from pathlib import Path

import keras
import numpy as np

from helpers.config import VALIDATION
from helpers.evaluation import runs
from helpers.evaluation.calibration import fit_temperature
from helpers.export import formats
from helpers.export.card import card
from helpers.faces import DataError, description
from helpers.faces.tasks import FERPLUS_NAMES
from helpers.models.layers import FIRST_HEAD, add_head
from helpers.models.transferred import split_at_features
from helpers.system import read_json, write_json, write_text
from helpers.training.loop import best_model


def add_second_head(run: runs.Run, folder: Path, weight: float = 0.5, results: Path = runs.RESULTS) -> Path:
    """Let an exported model answer as a recorded head on its own body does, too.

    ``model.onnx`` then has two outputs, and ``model.json`` says under ``second`` what the other one means, and how much
    of it recognition takes by default; all other files stay as they are.

    Parameters
    ----------
    run : Run
        Of a head that was trained on this very model's body, frozen.
    folder : Path
        Of the exported model.
    weight : float
        From 0, the first head alone, to 1.
    """
    model = keras.models.load_model(folder / "model.keras", compile=False)
    trained = best_model(run.experiment, run.seed, results, run.task)
    body, head = split_at_features(trained)
    features = keras.Model(model.inputs, model.get_layer(FIRST_HEAD).input)
    if not _alike(body, features):
        raise DataError(f"{run.name} was not trained on the body of {folder.name}, or has changed it")
    if head.output_shape[-1] != len(run.classes):
        raise DataError(f"{run.name} learnt votes of other names than {', '.join(run.classes)}")
    both = add_head(model, run.task, len(run.classes))
    both.get_layer(run.task).set_weights(head.get_layer(FIRST_HEAD).get_weights())
    both(np.zeros((1, *model.input_shape[1:]), np.float32))  # Keras exports only what was called
    about, path = read_json(folder / "model.json"), folder / "model.onnx"
    formats.write_onnx(both, path)
    words = [FERPLUS_NAMES.get(name, name) for name in run.classes]  # as the first head says it
    about["files"][path.name]["bytes"] = path.stat().st_size
    about["second"] = {
        "task": run.task,
        "experiment": run.experiment,
        "classes": list(run.classes),
        "reads_as": [word if word in about["classes"] else None for word in words],
        "temperature": _temperature(run),
        "weight": weight,
        "measured": {split: round(run.metrics(split)["accuracy"], 6) for split in run.splits},
    }
    write_json(folder / "model.json", about)
    own = runs.load(about["experiment"], about["seed"], task=about["task"])
    write_text(folder / "README.md", card(about, own, description.load().leaked))
    return path


def _temperature(run: runs.Run) -> float:
    """What learnt shares of votes tells shares; what learnt labels is made as sure as it may be."""
    if run.config["experiment"]["heads"][0]["targets"] == "votes":
        return 1.0
    return round(fit_temperature(*run.targets_and_probabilities(VALIDATION)), 4)


def _alike(one: keras.Model, other: keras.Model) -> bool:
    pictures = np.random.default_rng(0).uniform(0, 255, (4, *one.input_shape[1:])).astype(np.float32)
    return np.allclose(one(pictures), other(pictures), atol=1e-4)
