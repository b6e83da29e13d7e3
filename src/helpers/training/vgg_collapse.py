"""Train with each setting on the same batches. In: settings and faces. Out: a ``Study``."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from itertools import pairwise

import keras
import numpy as np
import pandas as pd

from helpers.evaluation.calibration import cross_entropy
from helpers.evaluation.vgg_collapse import Setting, Study
from helpers.faces import Faces
from helpers.models.inspection import activation_statistics, outputs
from helpers.models.vgg import vgg19_layout
from helpers.training.provenance import environment_info

BATCH = 32
#: So many faces of PublicTest measure curves, and so many of them look into the layers.
HELD, PROBED = 1000, 256


def run_settings(
    settings: Iterable[Setting],
    faces: Faces,
    steps: int = 200,
    seed: int = 0,
    *,
    every: int = 50,
    body: list | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Study:
    """Train with each setting on the same batches from the same seed.

    Parameters
    ----------
    settings : iterable of Setting
        Such as `SETTINGS`.
    faces : Faces
        Learns on Training, measures on PublicTest.
    steps, every : int
        Steps of 32 faces; how many of them between measurements.
    seed : int
        Decides weights and batches.
    body : list, optional
        What `pretrain_body` gave, for settings with a learned start.
    progress : callable, optional
        Called with a setting's name and its steps so far.
    """
    settings = tuple(settings)
    learning, held = faces.in_split("Training"), faces.in_split("PublicTest")
    held = held.sample(min(HELD, len(held)), seed=seed)
    curves, layers = [], []
    for setting in settings:
        keras.utils.set_random_seed(seed)
        model = build(setting, len(faces.classes), body)
        for step in _trained(model, learning, steps, seed, every):
            curves.append({"setting": setting.name, "step": step} | _measured(model, held))
            if step in (0, steps):
                seen = activation_statistics(model, held.images[:PROBED, ..., None], held.labels[:PROBED])
                layers.append(seen.assign(setting=setting.name, step=step))
            if progress:
                progress(setting.name, step)
    shares = np.bincount(held.labels) / len(held)
    made = {  # all that it takes to repeat the study
        "settings": [asdict(setting) | {"steps": steps} for setting in settings],
        "seed": seed,
        "batch": BATCH,
        "held": len(held),
        "majority": float(shares.max()),
        "entropy": float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum()),
        "data": {"name": faces.name, "fingerprint": faces.fingerprint},
    } | environment_info()
    return Study(pd.DataFrame(curves), pd.concat(layers, ignore_index=True), made)


def pretrain_body(
    faces: Faces, steps: int = 800, seed: int = 0, *, width: int = 8, progress: Callable[[str, int], None] | None = None
) -> list:
    """Let a network learn from other faces; gives its body's weights, for `run_settings`."""
    keras.utils.set_random_seed(seed)
    teacher = Setting("learning", learning_rate=6e-5, weights="He", pictures="even", width=width)
    model = build(teacher, len(faces.classes))
    for step in _trained(model, faces.in_split("Training"), steps, seed, every=50):
        if progress:
            progress(teacher.name, step)
    return [layer.get_weights() for layer in _body(model)]


def build(setting: Setting, classes: int, body: list | None = None) -> keras.Model:
    """Build and compile the model of a setting; `body` is what `pretrain_body` gave."""
    learned = setting.weights == "learned"
    weights = "Glorot" if learned else setting.weights
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy(setting.precision)
    try:
        model = vgg19_layout(classes, None, setting.width, weights, setting.pictures, batch_norm=setting.batch_norm)
    finally:
        keras.config.set_dtype_policy(policy)
    if learned:
        if body is None:
            raise ValueError(f"{setting.name}: a learned start needs the body that `pretrain_body` gives")
        for layer, values in zip(_body(model), body, strict=True):
            layer.set_weights(values)
    learns = setting.trainable_from == "all"
    for layer in _body(model):
        learns = learns or layer.name.startswith(setting.trainable_from)
        layer.trainable = learns
    adam = keras.optimizers.Adam(setting.scaled_learning_rate)
    adam.build(model.trainable_variables)  # or else TensorFlow traces the first step twice
    model.compile(adam, "sparse_categorical_crossentropy")
    return model


def _body(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if layer.name.startswith("block") and layer.weights]


def _trained(model, faces: Faces, steps: int, seed: int, every: int) -> Iterator[int]:
    """Train; halt before it, after the first step, and after `every` steps."""
    batches = np.random.default_rng(seed).integers(len(faces), size=(steps, BATCH))
    halts = sorted({0, 1, steps, *range(every, steps, every)})
    yield 0
    for start, end in pairwise(halts):
        which = batches[start:end].ravel()
        pictures, labels = np.asarray(faces.images)[which][..., None], faces.labels[which]
        model.fit(pictures, labels, batch_size=BATCH, shuffle=False, verbose=0)
        yield end


def _measured(model: keras.Model, held: Faces) -> dict:
    y_prob = outputs(model, held.images[..., None])
    y_pred = y_prob.argmax(axis=1)
    return {
        "loss": cross_entropy(held.labels, y_prob, 1e-7),
        "accuracy": float((y_pred == held.labels).mean()),
        "most_predicted": float(np.bincount(y_pred).max() / len(y_pred)),
        "std_over_inputs": float(y_prob.std(axis=0).mean()),
    }
