"""Train a detector of faces. In: annotated pictures, faces, a seed. Out: a recorded run, and the best model.

Canvases are composed anew for each step from the seed, the epoch and the step, so a training that was killed resumes
where its last epoch ended. The last epoch's averaged weights are the model, since the learning rate has come down to
nothing by then; the pictures of PublicTest show how it goes, and calibrate the scores.
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np

from helpers.config import TRAINING, VALIDATION
from helpers.evaluation import found_faces, runs
from helpers.evaluation.detection import evaluate_detections, match_boxes
from helpers.faces import DataError, Scenes
from helpers.faces.boxes import Box
from helpers.faces.detection_maps import decode, encode
from helpers.faces.one_box import decode_largest, encode_largest
from helpers.faces.pictures import scaled, to_grey
from helpers.models.detector import face_detector, recalibrated
from helpers.models.localizer import face_localizer
from helpers.system import read_json, write_json
from helpers.training import provenance
from helpers.training.callbacks import Checkpoint, SeedEachEpoch, TrainingFailed, averaged_weights, save_model
from helpers.training.canvases import Material
from helpers.training.composing import Recipe, compose
from helpers.training.detection_loss import detection_loss, localization_loss
from helpers.training.loop import resumed

TASK = "finding"
#: Boxes of a lower score are not looked at when a model is measured.
LEAST = 0.05
#: Pictures that a model looks at together.
BATCH = 16
#: On so many batches of canvases, normalisation is measured for averaged weights.
NORMALISE = 24


class DetectorModel(NamedTuple):
    """A kind of model: what builds it, what it learns of the faces of a canvas, the loss, boxes of what it says."""

    build: Callable[..., keras.Model]
    encode: Callable[[np.ndarray, tuple[int, int]], np.ndarray]
    loss: Callable
    decode: Callable[[np.ndarray, int, float, float], list[Box]]


MODELS = {
    "detector": DetectorModel(face_detector, encode, detection_loss, lambda told, side, *more: decode(told, *more)),
    "localizer": DetectorModel(
        face_localizer,
        encode_largest,
        localization_loss,
        lambda told, side, *more: decode_largest(told, (side,) * 2, *more),
    ),
}


@dataclass(frozen=True)
class DetectorExperiment:
    """How a detector is trained: AdamW, the rate warmed up and let down like a cosine, weights averaged.

    `model` is one of `MODELS`, `options` are its builder's; `recipe` says how canvases are composed; pictures are
    looked at with their longer side `side` when it is measured.
    """

    name: str
    model: str = "detector"
    options: dict = field(default_factory=dict)
    recipe: Recipe = field(default_factory=Recipe)
    epochs: int = 60
    steps_per_epoch: int = 250
    batch_size: int = 16
    learning_rate: float = 2e-3
    warmup_steps: int = 300
    weight_decay: float = 1e-3
    ema_momentum: float = 0.998
    side: int = 320

    def as_dict(self) -> dict:
        """Plain values, for a file."""
        return json.loads(json.dumps(asdict(self)))


DETECTORS = {
    one.name: one
    for one in (
        DetectorExperiment("detector", epochs=80),
        DetectorExperiment(
            "localizer",
            "localizer",
            recipe=Recipe(
                size=128,
                kinds=(0.25, 0.4, 0.1, 0.25),
                widths=(16, 120),
                turns=((0.9, 14), (0.1, 50)),
                photograph_from=24,
                grids=(2, 2, 3, 4),
                groups=0.0,
            ),
            epochs=8,
            batch_size=32,
            learning_rate=1e-3,
            weight_decay=1e-4,
            side=128,
        ),
    )
}


class Canvases(keras.utils.PyDataset):
    """An epoch's canvases and the maps to learn from them; `callbacks.SeedEachEpoch` begins each."""

    def __init__(self, material: Material, experiment: DetectorExperiment, seed: int):
        super().__init__(workers=2, max_queue_size=8)
        self.material, self.experiment, self.seed, self.epoch = material, experiment, seed, 0

    def start_epoch(self, epoch: int) -> None:
        """Compose other canvases than in the epochs before."""
        self.epoch = epoch

    def __len__(self) -> int:
        return self.experiment.steps_per_epoch

    def __getitem__(self, number: int):
        random = np.random.default_rng([self.seed, self.epoch, number])
        recipe = self.experiment.recipe
        made = [compose(self.material, recipe, random) for _ in range(self.experiment.batch_size)]
        pictures = np.stack([picture for picture, _ in made])[..., None]
        learnt = MODELS[self.experiment.model].encode
        return pictures.astype(np.float32), np.stack([learnt(faces, (recipe.size,) * 2) for _, faces in made])


class _Validate(keras.callbacks.Callback):
    """Measure the averaged weights on held-out pictures: ``val_ap`` and ``val_f1``."""

    def __init__(self, scenes: Scenes, experiment: DetectorExperiment, averaged: Callable):
        super().__init__()
        self.scenes, self.experiment, self.averaged = scenes, experiment, averaged

    def on_epoch_end(self, epoch, logs=None):
        if not math.isfinite(logs["loss"]):
            raise TrainingFailed(f"the loss is no number any more in epoch {epoch + 1}: lower the learning rate")
        with self.averaged(self.model):
            result = evaluate_detections(
                *found_faces.compared(self.scenes, detect(self.model, self.scenes, self.experiment))
            )
        logs["val_ap"], logs["val_f1"] = result.average_precision, float(np.nan_to_num(result.best_f1))


class Progress(keras.callbacks.Callback):
    """Move a tqdm bar by steps, and show how good the last epoch was on PublicTest."""

    def __init__(self, bar):
        super().__init__()
        self.bar = bar

    def on_epoch_begin(self, epoch, logs=None):
        """Begin where a former training ended."""
        self.bar.n = self.bar.initial = epoch * self.params["steps"]
        self.bar.refresh()

    def on_train_batch_end(self, batch, logs=None):
        """Move by a step."""
        self.bar.update()

    def on_epoch_end(self, epoch, logs=None):
        """Say how good it is by now."""
        self.bar.set_postfix_str(f"loss {logs['loss']:.2f}, F1 {logs['val_f1']:.3f}")


def detect(
    model: keras.Model, scenes: Scenes, experiment: DetectorExperiment, threshold: float = LEAST
) -> list[list[Box]]:
    """Find the faces of each scene with a model of an experiment."""
    found, side, boxes_of = [], experiment.side, MODELS[experiment.model].decode
    for start in range(0, len(scenes), BATCH):
        filled, scales = np.zeros((BATCH, side, side, 1), np.float32), []
        for canvas, number in zip(filled, range(start, len(scenes)), strict=False):
            grey = to_grey(scenes.picture(number))
            scales.append(side / max(grey.shape))
            small = scaled(grey, scales[-1])
            canvas[: small.shape[0], : small.shape[1], 0] = small
        cells = keras.ops.convert_to_numpy(model.predict_on_batch(filled))
        found += [boxes_of(one, side, threshold, 1 / scale) for one, scale in zip(cells, scales, strict=False)]
    return found


def train_detector(
    experiment: DetectorExperiment,
    material: Material,
    scenes: Scenes,
    seed: int = 0,
    *,
    results: Path = runs.RESULTS,
    resume: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
) -> found_faces.FindingRun:
    """Train on what `material_of` made of the scenes, calibrate on PublicTest, and record it all."""
    choosing = scenes.in_split(VALIDATION)
    record = runs.run_dir(experiment.name, seed, results, TASK)
    weights = runs.checkpoint_dir(experiment.name, seed, results, TASK)
    for place in (record, weights):
        place.mkdir(parents=True, exist_ok=True)
    keras.utils.set_random_seed(seed)
    config = _config(experiment, material, scenes, seed)
    if resume and (record / "config.json").exists():
        _check_resumable(config, record)
    done, model, history = resumed(weights, record) if resume else (0, None, [])
    if model is None:
        done, history, model = 0, [], compiled(experiment)
        for left in (*weights.glob("*.keras"), *record.iterdir()):
            left.unlink()
        write_json(record / "config.json", config | {"parameters": int(model.count_params())})
    canvases = Canvases(material, experiment, seed)
    measures = ("loss", "val_ap", "val_f1")
    averaged = partial(averaged_weights, batches=[canvases[number][0] for number in range(NORMALISE)])
    own = [
        SeedEachEpoch(canvases),
        _Validate(choosing, experiment, averaged),
        Checkpoint(weights, record, history, measures, chosen_by="epoch", averaged=averaged),
    ]
    how = {"shuffle": False, "verbose": 0, "callbacks": [*own, *callbacks]}
    model.fit(canvases, initial_epoch=done, epochs=experiment.epochs, **how)
    best = keras.models.load_model(weights / "best.keras", compile=False)
    if experiment.model == "detector":
        best = calibrated(best, choosing, experiment)
    save_model(best, weights / "calibrated.keras")
    more = {"seconds": sum(row["seconds"] for row in history)}
    found = {VALIDATION: (choosing, detect(best, choosing, experiment))}
    return found_faces.save(experiment.name, seed, found, more, results)


def calibrated(model: keras.Model, scenes: Scenes, experiment: DetectorExperiment) -> keras.Model:
    """Make a detector's answers mean what they say, on held-out pictures; in place.

    A score says how often a box of it is a face (Platt's scaling); a face and its mirror image are turned by as many
    degrees, to either side.
    """
    from sklearn.linear_model import LogisticRegression

    found = detect(model, scenes, experiment)
    scores, right = [], []
    for truth, boxes, ignored in zip(*found_faces.compared(scenes, found), strict=True):
        face_of = {box: face for face, box in match_boxes(truth, boxes)}
        for number, box in enumerate(boxes):
            if not (number in face_of and ignored[face_of[number]]):
                scores.append(box.score)
                right.append(number in face_of)
    if len(set(right)) < 2:
        return model
    logits = np.log(scores) - np.log1p(-np.clip(scores, 0, 1 - 1e-6))
    fitted = LogisticRegression().fit(logits[:, None], right)
    slope, offset = float(fitted.coef_[0, 0]), float(fitted.intercept_[0])
    both = zip(found, detect(model, _mirrored(scenes), experiment), strict=True)
    sums = [one[0].angle + other[0].angle for one, other in both if len(one) == len(other) == 1]
    return recalibrated(model, slope, offset, -float(np.median(sums)) / 2 if sums else 0.0)


def _mirrored(scenes: Scenes) -> Scenes:
    pictures = [scenes.picture(number)[:, ::-1] for number in range(len(scenes))]
    return Scenes(pictures, [[]] * len(scenes), scenes.split)


def experiment_of(run: found_faces.FindingRun) -> DetectorExperiment:
    """The experiment as a run's config has it."""
    said = dict(run.config["experiment"])
    recipe = {
        k: tuple(map(tuple, v)) if k == "turns" else tuple(v) if isinstance(v, list) else v
        for k, v in said.pop("recipe").items()
    }
    return DetectorExperiment(**said, recipe=Recipe(**recipe))


def trained_detector(run: found_faces.FindingRun, results: Path = runs.RESULTS) -> keras.Model:
    """Load the model of a recorded training, calibrated."""
    path = runs.checkpoint_dir(run.experiment, run.seed, results, TASK) / "calibrated.keras"
    if not path.is_file():
        raise DataError(f"{path} is missing: weights are where they were trained, not in git")
    return keras.models.load_model(path, compile=False)


def compiled(experiment: DetectorExperiment) -> keras.Model:
    """Build the model that an experiment trains."""
    kind = MODELS[experiment.model]
    model = kind.build(**experiment.options)
    steps = experiment.epochs * experiment.steps_per_epoch
    warm, rate = min(experiment.warmup_steps, steps // 2), experiment.learning_rate
    schedule = keras.optimizers.schedules.CosineDecay(rate / 20, steps - warm, warmup_target=rate, warmup_steps=warm)
    average = {"use_ema": True, "ema_momentum": experiment.ema_momentum}
    optimizer = keras.optimizers.AdamW(schedule, weight_decay=experiment.weight_decay, global_clipnorm=10.0, **average)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    optimizer.build(model.trainable_variables)
    model.compile(optimizer, kind.loss)
    return model


def _config(experiment: DetectorExperiment, material: Material, scenes: Scenes, seed: int) -> dict:
    pictures = {split: int((scenes.split == split).sum()) for split in (TRAINING, VALIDATION)}
    data = {
        "name": scenes.name,
        "fingerprint": scenes.in_split(TRAINING, VALIDATION).fingerprint,
        "pictures": pictures,
        "photographs": len(material.photographs),
        "backgrounds": len(material.backgrounds),
        "crops": len(material.crops),
    }
    return {"task": TASK, "experiment": experiment.as_dict(), "seed": seed, "data": data} | (
        {"precision": keras.config.dtype_policy().name} | provenance.environment_info()
    )


def _check_resumable(config: dict, record: Path) -> None:
    began = read_json(record / "config.json")
    if other := [key for key in ("experiment", "data") if began[key] != config[key]]:
        raise DataError(f"{record} was begun with another {' and another '.join(other)}: give the same, or train anew")
