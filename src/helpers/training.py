"""The one fit loop. In: an experiment, faces, a seed. Out: a recorded run, and the best model.

Everything that chance decides is drawn anew for each epoch from the seed and the epoch's number,
and model and optimiser are kept after each epoch: a training that was killed resumes where its
last epoch ended, and ends with the same history as one that was not.
"""

import math
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers import agreement, provenance, runs
from helpers.experiments import Experiment, Stage
from helpers.faces import DataError, Faces
from helpers.models import Augment, build, with_votes

BATCH_OF_PREDICTION = 512
#: Probabilities of one model differ by less between machines; those of two epochs by more.
SAME = 0.01


class TrainingFailed(RuntimeError):
    """A training that cannot go on; what was recorded stays."""


def train(
    experiment: Experiment,
    faces: Faces,
    seed: int = 0,
    *,
    results: Path = runs.RESULTS,
    resume: bool = False,
    each_batch: Callable[[int], None] | None = None,
    each_epoch: Callable[[dict], None] | None = None,
    at_start: Callable[[int], None] | None = None,
) -> runs.Run:
    """Train, choose the best epoch on PublicTest, predict both tests once, and record it all.

    Parameters
    ----------
    experiment : Experiment
        How to train.
    faces : Faces
        With Training, PublicTest and PrivateTest.
    seed : int
        The same seed on the same machine gives the same history.
    results : Path
        Where runs are recorded; `helpers.runs.weights_of` says where the weights go.
    resume : bool
        Go on where a former training ended or was killed; without it, start anew.
    each_batch : callable, optional
        Called after each step with the number of faces in it.
    each_epoch : callable, optional
        Called after each epoch with its row of the history.
    at_start : callable, optional
        Called once with the number of epochs that a former training has done.
    """
    missing = [split for split in ("Training", *runs.TESTS) if split not in faces.split]
    if missing:
        raise DataError(f"{faces.name} has no {' and no '.join(missing)}: training needs all three")
    learning = _learnt_from(experiment, faces.part("Training"), seed)
    choosing = faces.part("PublicTest")
    folder = runs.folder_of(experiment.name, seed, results)
    kept = runs.weights_of(experiment.name, seed, results)
    for place in (folder, kept):
        place.mkdir(parents=True, exist_ok=True)

    if resume:
        provenance.check_same(experiment, faces, folder)
    keras.utils.set_random_seed(seed)
    done, model, history = _resumed(kept, folder) if resume else (0, None, [])
    if model is None:
        done, history = 0, []
        augmentation = Augment(**experiment.augmentation) if experiment.augmentation else None
        model = build(experiment.model, len(faces.classes), augmentation, **experiment.options)
        if experiment.votes:
            model = with_votes(model, agreement.spread(learning).shape[1])
        for left in (*kept.glob("*.keras"), *folder.iterdir()):  # only now that it can begin anew
            left.unlink()
    if not done:
        runs.write_json(folder / "config.json", provenance.config(experiment, faces, seed, model))
    if at_start:
        at_start(done)

    for epoch in range(done, experiment.epochs):
        stage, begins = _stage_at(experiment, epoch)
        if begins:
            steps = math.ceil(len(learning) / experiment.batch)
            _compile(model, experiment, stage, steps)
        row, last = _epoch(model, experiment, learning, choosing, seed, epoch, each_batch)
        history.append(row)
        _keep(model, last, kept, folder, history)
        if each_epoch:
            each_epoch(history[-1])
    return _finish(experiment, faces, seed, results, pd.DataFrame(history))


def _learnt_from(experiment: Experiment, faces: Faces, seed: int) -> Faces:
    """Draw the share of Training's faces that the experiment learns from, in their order."""
    if experiment.share == 1:
        return faces
    drawn = np.random.default_rng(seed).permutation(len(faces))[: experiment.seen(len(faces))]
    return faces.take(np.sort(drawn))


def _epoch(model, experiment, learning, choosing, seed, epoch, each_batch) -> tuple[dict, list]:
    """Train for an epoch. Give its row, and the weights to go on from, if not the model's."""
    start = time.perf_counter()
    _reset_chance(model, seed, epoch)
    pictures, targets = _material(experiment, learning, seed, epoch)
    callbacks = [_Steps(each_batch, experiment.batch, len(learning))] if each_batch else []
    last = _Last()
    if experiment.average:
        callbacks.append(last)
    batches = _Batches(pictures, targets, experiment.batch)
    logs = model.fit(batches, shuffle=False, verbose=0, callbacks=callbacks).history
    loss = float(logs["loss"][0])
    if not math.isfinite(loss):
        raise TrainingFailed(
            f"{experiment.name}: the loss is no number any more in epoch {epoch + 1}. "
            "Lower its rate in src/helpers/experiments.py; the epochs before it are recorded."
        )
    probabilities = predict(model, choosing)
    right = probabilities.argmax(axis=1) == choosing.labels
    chance = probabilities[np.arange(len(choosing)), choosing.labels]
    return {
        "epoch": epoch + 1,
        "loss": loss,
        "accuracy": float(logs["probabilities_accuracy" if experiment.votes else "accuracy"][0]),
        "val_loss": float(-np.log(np.maximum(chance, 1e-7)).mean()),
        "val_accuracy": float(right.mean()),
        "rate": float(np.asarray(keras.ops.convert_to_numpy(model.optimizer.learning_rate))),
        "seconds": round(time.perf_counter() - start, 2),
    }, last.weights


class _Batches(keras.utils.PyDataset):
    """An epoch's pictures and targets, in their order."""

    def __init__(self, pictures: np.ndarray, targets: tuple, batch: int):
        # Two workers: of arrays or with one, TensorFlow makes a pipeline that tunes itself, and
        # may take ten seconds to stop doing so when the epoch is over.
        super().__init__(workers=2)
        self.pictures, self.targets, self.batch = pictures, targets, batch

    def __len__(self) -> int:
        return math.ceil(len(self.pictures) / self.batch)

    def __getitem__(self, number: int):
        part = slice(number * self.batch, (number + 1) * self.batch)
        targets = tuple(target[part] for target in self.targets)
        return self.pictures[part], targets if len(targets) > 1 else targets[0]


class _Last(keras.callbacks.Callback):
    """Remember the last step's weights: when it has fitted, Keras puts their average in place."""

    weights: Sequence = ()

    def on_epoch_end(self, epoch, logs=None):
        """Before they are replaced."""
        self.weights = [
            keras.ops.convert_to_numpy(weight) for weight in self.model.trainable_variables
        ]


class _Steps(keras.callbacks.Callback):
    """Tell a progress bar how many faces each step took."""

    def __init__(self, tell: Callable[[int], None], batch: int, total: int):
        super().__init__()
        self.tell, self.batch, self.total = tell, batch, total

    def on_train_batch_end(self, batch, logs=None):
        """After each step."""
        self.tell(min(self.batch, self.total - batch * self.batch))


def predict(model: keras.Model, faces: Faces) -> np.ndarray:
    """Give the probabilities of each face."""
    said = model.predict(faces.images[..., None], batch_size=BATCH_OF_PREDICTION, verbose=0)
    return said[0] if isinstance(said, list) else said


def _material(experiment: Experiment, faces: Faces, seed: int, epoch: int):
    """Pictures and targets of an epoch, in its order, mixed if the experiment says so."""
    chance = np.random.default_rng([seed, epoch])
    order = chance.permutation(len(faces))
    pictures = np.asarray(faces.images)[order][..., None]
    targets = np.eye(len(faces.classes), dtype=np.float32)[faces.labels[order]]
    if experiment.votes:  # one beside the other, so that they are mixed alike
        targets = np.hstack([targets, agreement.spread(faces)[order]])
    if experiment.mixup:
        other = chance.permutation(len(faces))
        share = chance.beta(experiment.mixup, experiment.mixup, len(faces)).astype(np.float32)
        share = np.maximum(share, 1 - share)
        grey = share[:, None, None, None]
        mixed = np.empty_like(pictures)
        for start in range(0, len(faces), 4096):  # in pieces: floats take four times the room
            part = slice(start, start + 4096)
            mixed[part] = grey[part] * pictures[part] + (1 - grey[part]) * pictures[other[part]]
        targets = share[:, None] * targets + (1 - share[:, None]) * targets[other]
        pictures = mixed
    targets, votes = np.split(targets, [len(faces.classes)], axis=1)
    if experiment.smoothing:
        targets = targets * (1 - experiment.smoothing) + experiment.smoothing / targets.shape[1]
    return pictures, (targets, votes) if experiment.votes else (targets,)


def _reset_chance(model: keras.Model, seed: int, epoch: int) -> None:
    """Give every layer that draws by chance its own state for this epoch."""
    # Keras numbers layers as they are made, so their order is the same in every process.
    for number, layer in enumerate(model._flatten_layers()):
        generator = getattr(layer, "seed_generator", None)
        if generator is not None:
            state = np.random.default_rng([seed, epoch, number]).integers(2**31, size=2)
            generator.state.assign(state.astype(generator.state.dtype))


def _stage_at(experiment: Experiment, epoch: int) -> tuple[Stage, bool]:
    """Which stage an epoch belongs to, and whether it begins with it."""
    for stage in experiment.stages:
        if epoch < stage.epochs:
            return stage, epoch == 0
        epoch -= stage.epochs
    raise ValueError("an epoch after the last stage")


def _compile(model: keras.Model, experiment: Experiment, stage: Stage, steps: int) -> None:
    _choose_layers(model, stage.trains)
    rate = stage.rate
    if experiment.schedule == "cosine":
        warm = min(steps, steps * stage.epochs // 2)
        rate = keras.optimizers.schedules.CosineDecay(
            stage.rate / 25,
            steps * stage.epochs - warm,
            warmup_target=stage.rate,
            warmup_steps=warm,
        )
    average = {"use_ema": True, "ema_momentum": experiment.average} if experiment.average else {}
    if experiment.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=0.9, nesterov=True, **average)
    else:
        optimizer = keras.optimizers.Adam(rate, **average)
    if experiment.votes:
        losses, weights = ["categorical_crossentropy"] * 2, [1.0, experiment.votes]
        model.compile(optimizer, losses, weights, metrics=[["accuracy"], []])
    else:
        model.compile(optimizer, "categorical_crossentropy", metrics=["accuracy"])


def _choose_layers(model: keras.Model, trains: str) -> None:
    """Let all layers learn, or only the head, or the body from a layer on."""
    bodies = [layer for layer in model.layers if layer.name == "body"]
    if trains == "all" or not bodies:
        model.trainable = True
        return
    learns = False
    for layer in bodies[0].layers:
        learns = learns or layer.name == trains
        layer.trainable = learns
    if trains != "head" and not learns:
        raise ValueError(f"no layer {trains!r} in {model.name}")


def _keep(model: keras.Model, last: list, kept: Path, folder: Path, history: list[dict]) -> None:
    """Keep model and history after an epoch; each file in one step, the history last."""
    epoch = history[-1]["epoch"]
    if history[-1]["val_accuracy"] > max((row["val_accuracy"] for row in history[:-1]), default=-1):
        _save(model, kept / "best.keras")
    for weight, value in zip(model.trainable_variables, last, strict=bool(last)):
        weight.assign(value)
    _save(model, kept / f"epoch{epoch:04d}.keras")
    runs.write_text(folder / "history.csv", pd.DataFrame(history).to_csv(index=False))
    for old in sorted(kept.glob("epoch*.keras"))[:-2]:
        old.unlink()


def _save(model: keras.Model, path: Path) -> None:
    part = path.with_name(f"part-{path.name}")
    try:
        model.save(part)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise TrainingFailed(
            f"{path} cannot be written ({error}). Free some space, then go on with --resume."
        ) from error
    os.replace(part, path)  # noqa: PTH105 - in one step, also on Windows


def _resumed(kept: Path, folder: Path) -> tuple[int, keras.Model | None, list[dict]]:
    """Find the last epoch of which both model and history are complete."""
    try:
        history = pd.read_csv(folder / "history.csv", float_precision="round_trip")
    except (FileNotFoundError, pd.errors.EmptyDataError):
        return 0, None, []
    history = history.to_dict("records")
    if history and not any(kept.glob("epoch*.keras")):
        raise DataError(
            f"{folder} has {len(history)} epochs, but {kept} no weights to go on from. "
            "Weights are not in the repository: train anew"
        )
    for path in sorted(kept.glob("epoch*.keras"), reverse=True):
        epoch = int(path.stem.removeprefix("epoch"))
        if epoch <= len(history):
            return epoch, keras.models.load_model(path), history[:epoch]
    return 0, None, []


def best_model(experiment: str, seed: int = 0, results: Path = runs.RESULTS) -> keras.Model:
    """Load the model of the epoch that a training chose on PublicTest."""
    path = runs.weights_of(experiment, seed, results) / "best.keras"
    if not path.is_file():
        raise DataError(f"{path} is missing: weights are where they were trained, not in git")
    return keras.models.load_model(path, compile=False)


def model_of(run: runs.Run, faces: Faces, results: Path = runs.RESULTS) -> keras.Model:
    """Load the model of a recorded run, and make sure that it is the one that was recorded."""
    if "made" in run.config:
        raise DataError(f"{run.name} was made from {', '.join(run.config['made']['from'])}")
    if run.config["data"]["fingerprint"] != faces.fingerprint:
        raise DataError(f"{run.experiment} was trained on other data than {faces.name}")
    model = best_model(run.experiment, run.seed, results)
    some = faces.part("PublicTest")
    some = some.take(range(min(256, len(some))))
    if np.abs(predict(model, some) - run.answers("PublicTest")[1][: len(some)]).mean() > SAME:
        raise DataError(f"the weights that are kept of {run.name} are not those of its record")
    return model


def _finish(experiment, faces, seed, results, history) -> runs.Run:
    """Reload the best epoch's file, predict both tests once, record what follows."""
    best = best_model(experiment.name, seed, results)
    tests = [faces.part(split) for split in runs.TESTS]
    said = pd.concat([runs.tabled(part, predict(best, part)) for part in tests], ignore_index=True)
    more = {
        "best epoch": int(history.loc[history["val_accuracy"].idxmax(), "epoch"]),
        "seconds": float(history["seconds"].sum()),
    }
    return runs.record(experiment.name, seed, said, more, results)
