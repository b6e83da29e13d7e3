"""What happens around the epochs of a training, as Keras callbacks that a notebook can use too."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import keras
import numpy as np
import pandas as pd

from helpers.evaluation.calibration import cross_entropy
from helpers.system import atomic_path, write_text

PREDICTION_BATCH = 512


class TrainingFailed(RuntimeError):
    """A training that cannot go on; what was recorded stays."""


def predict(model: keras.Model, images: np.ndarray) -> list[np.ndarray]:
    """Give what each head says of pictures (n x 48 x 48), or of their features (n x d): float32, n x k."""
    y_prob = model.predict(with_channel(images), batch_size=PREDICTION_BATCH, verbose=0)
    return y_prob if isinstance(y_prob, list) else [y_prob]


def with_channel(images: np.ndarray) -> np.ndarray:
    """Give grey pictures (n x 48 x 48) their channel; features (n x d) have none."""
    return images[..., None] if images.ndim == 3 else images


@contextmanager
def averaged_weights(model: keras.Model, batches: Sequence[np.ndarray] = ()) -> Iterator[None]:
    """Put the optimiser's moving average in place, where it keeps one; then put all back.

    Averaged weights see other means than the last ones did: with `batches` of pictures, all normalisation is measured
    anew on them.
    """
    if not model.optimizer.use_ema:
        yield
        return
    last = [keras.ops.convert_to_numpy(weight) for weight in model.weights]
    model.optimizer.finalize_variable_values(model.trainable_variables)
    _normalise(model, batches)
    try:
        yield
    finally:
        _assign(model.weights, last)


def _normalise(model: keras.Model, batches: Sequence[np.ndarray]) -> None:
    """Let the layers that normalise keep the mean of what they see in the batches."""
    normalise = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.BatchNormalization)]
    before = [layer.momentum for layer in normalise]
    for number, batch in enumerate(batches, 1):
        for layer in normalise:
            layer.momentum = 1 - 1 / number
        model(batch, training=True)
    for layer, momentum in zip(normalise, before, strict=True):
        layer.momentum = momentum


def _assign(weights: Sequence, values: Sequence[np.ndarray]) -> None:
    for weight, value in zip(weights, values, strict=True):
        weight.assign(value)


class EpochBatches(keras.utils.PyDataset):
    """An epoch's pictures and targets in a new order, mixed if the experiment says so.

    Seed and epoch alone decide both, so that an epoch can be repeated on its own.

    Learns from `images` (uint8, n x 48 x 48) or their features (n x d); `targets` maps a head to probabilities (n x k).
    `mixup_alpha` is the parameter of mixup's beta distribution; 0 mixes nothing.
    """

    def __init__(self, images, targets, batch_size: int, mixup_alpha: float = 0.0, seed: int = 0):
        # Two workers: with one, TensorFlow makes a pipeline that tunes itself, and may take ten seconds to stop doing
        # so when the epoch is over.
        super().__init__(workers=2)
        self.images, self.targets, self.batch_size = images, targets, batch_size
        self.mixup_alpha, self.seed = mixup_alpha, seed
        self.start_epoch(0)

    def start_epoch(self, epoch: int) -> None:
        """Draw the order, and the partners, of an epoch."""
        random = np.random.default_rng([self.seed, epoch])
        count = len(self.images)
        order = random.permutation(count)
        pictures = with_channel(np.asarray(self.images)[order])
        targets = {name: y_true[order] for name, y_true in self.targets.items()}
        if self.mixup_alpha:
            other = random.permutation(count)
            share = random.beta(self.mixup_alpha, self.mixup_alpha, count).astype(np.float32)
            share = np.maximum(share, 1 - share)[:, None]
            pictures = _mixed(pictures, other, share[..., None, None])
            targets = {name: share * y_true + (1 - share) * y_true[other] for name, y_true in targets.items()}
        self.pictures, self.epoch_targets = pictures, targets

    def __len__(self) -> int:
        return math.ceil(len(self.images) / self.batch_size)

    def __getitem__(self, number: int):
        part = slice(number * self.batch_size, (number + 1) * self.batch_size)
        targets = tuple(y_true[part] for y_true in self.epoch_targets.values())
        return self.pictures[part], targets if len(targets) > 1 else targets[0]


def _mixed(pictures: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    mixed = np.empty_like(pictures)
    for start in range(0, len(pictures), 4096):  # in pieces: floats take four times the room
        part = slice(start, start + 4096)
        mixed[part] = share[part] * pictures[part] + (1 - share[part]) * pictures[other[part]]
    return mixed


class SeedEachEpoch(keras.callbacks.Callback):
    """Draw anew, from the seed and the epoch's number, everything that chance decides in it."""

    def __init__(self, batches: EpochBatches):
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch, logs=None):
        """Give every layer that draws by chance its own state; order the batches."""
        # Keras numbers layers as they are made, so their order is the same in every process.
        for number, layer in enumerate(self.model._flatten_layers()):
            generator = getattr(layer, "seed_generator", None)
            if generator is not None:
                random = np.random.default_rng([self.batches.seed, epoch, number])
                generator.state.assign(random.integers(2**31, size=2).astype(generator.state.dtype))
        self.batches.start_epoch(epoch)


class Validate(keras.callbacks.Callback):
    """Measure the first head on held-out faces: ``val_loss`` (cross-entropy), ``val_accuracy``.

    Keras' own validation would add the weights' penalty and the other heads to the loss.
    """

    def __init__(self, images: np.ndarray, labels: np.ndarray):
        super().__init__()
        self.images, self.labels = images, labels

    def on_epoch_end(self, epoch, logs=None):
        """Add to the logs, for the callbacks that follow."""
        if not math.isfinite(logs["loss"]):
            raise TrainingFailed(
                f"the loss is no number any more in epoch {epoch + 1}. Lower the learning rate in "
                "src/helpers/training/experiments.py; the epochs before it are recorded."
            )
        with averaged_weights(self.model):
            y_prob = predict(self.model, self.images)[0]
        logs["val_loss"] = cross_entropy(self.labels, y_prob, 1e-7)
        logs["val_accuracy"] = float((y_prob.argmax(axis=1) == self.labels).mean())


class Checkpoint(keras.callbacks.Callback):
    """Keep the best model, the last two epochs to go on from, and the history.

    Keras' ModelCheckpoint, BackupAndRestore and CSVLogger each write in their own time; here each file is written in
    one step and the history last, so that a kill at any point loses one epoch at most and the three always agree.

    Models go to the folder `weights`, ``history.csv`` to `record`; `history` has the rows of epochs that are done. Of
    the logs, `measures` are kept, and the epoch with the highest `chosen_by` is the best; `averaged` puts the weights
    to keep in place. `whole` is the model to keep as the best, if more than the one that learns.
    """

    def __init__(
        self,
        weights: Path,
        record: Path,
        history: list[dict],
        measures: Sequence[str] = ("loss", "accuracy", "val_loss", "val_accuracy"),
        chosen_by: str = "val_accuracy",
        averaged: Callable = averaged_weights,
        whole: keras.Model | None = None,
    ):
        super().__init__()
        self.whole = whole
        self.weights, self.record, self.history = weights, record, history
        self.measures, self.chosen_by, self.averaged = measures, chosen_by, averaged
        self._started, self._last = 0.0, None

    def on_train_begin(self, logs=None):
        """Clear away what a training that was killed while it saved has left."""
        for left in self.weights.glob(".*.part.keras"):
            left.unlink()

    def on_epoch_begin(self, epoch, logs=None):
        """Look at the clock."""
        self._started = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        """Write what there is to write."""
        row = {
            "epoch": epoch + 1,
            **{name: float(logs.get(name, logs.get(f"probabilities_{name}"))) for name in self.measures},
            "learning_rate": float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate)),
            "seconds": round(time.perf_counter() - self._started, 2),
        }
        if row[self.chosen_by] > max((r[self.chosen_by] for r in self.history), default=-1):
            with self.averaged(self.model):
                save_model(self.whole or self.model, self.weights / "best.keras")
        save_model(self.model, self.weights / f"epoch{row['epoch']:04d}.keras")
        self.history.append(row)
        write_text(self.record / "history.csv", pd.DataFrame(self.history).to_csv(index=False))
        for old in sorted(self.weights.glob("epoch*.keras"))[:-2]:
            old.unlink()
        self._last = [keras.ops.convert_to_numpy(w) for w in self.model.trainable_variables]

    def on_train_end(self, logs=None):
        """Put the last step's weights back: Keras leaves the average in place."""
        if self._last is not None:
            _assign(self.model.trainable_variables, self._last)


class ProgressBar(keras.callbacks.Callback):
    """Move a tqdm bar by faces, and show the last accuracy on PublicTest."""

    def __init__(self, bar, samples: int, batch_size: int):
        super().__init__()
        self.bar, self.samples, self.batch_size = bar, samples, batch_size
        self._begun = False

    def on_epoch_begin(self, epoch, logs=None):
        """Begin where a former training ended, so that the time left is told from what is left."""
        if not self._begun and epoch:
            self.bar.initial = self.bar.n = epoch * self.samples
            self.bar.refresh()
        self._begun = True

    def on_train_batch_end(self, batch, logs=None):
        """Move by the faces of a step."""
        self.bar.update(min(self.batch_size, self.samples - batch * self.batch_size))

    def on_epoch_end(self, epoch, logs=None):
        """Say how good it is by now."""
        self.bar.set_postfix_str(f"PublicTest {logs['val_accuracy']:.1%}")


def save_model(model: keras.Model, path: Path) -> None:
    """Save a model in one step."""
    try:
        with atomic_path(path) as part:
            model.save(part)
    except OSError as error:
        raise TrainingFailed(
            f"{path} cannot be written ({error}). Free some space, then go on with --resume."
        ) from error
