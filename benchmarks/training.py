"""How fast baseline_cnn is trained, and what augmentation adds to that. Out: images a second.

    python benchmarks/training.py

First the step itself: our ``Augment`` layer at two precisions and three sizes of batch, and the fastest of these with
several steps an execution. Then side by side, at float32 in batches of 64: no augmentation, our layer, and
``ImageDataGenerator``, which most courses use, with the same amounts (rotation and shear by 10 degrees, brightness by
10 %, mirroring); and ours at its fastest. Building a model and its first execution are not counted. The variants take
turns, and medians of the turns are shown; processor time stands beside the time on the clock, on a machine that is not
idle.
"""

import os
import time
from dataclasses import dataclass, replace
from itertools import product

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import numpy as np
from tqdm import tqdm

from helpers.datasets import load_faces
from helpers.training.experiments import GENTLE

COUNT = 16_384  # faces; a multiple of every batch times every number of steps
PRECISIONS, BATCHES, STEPS = ("float32", "mixed_bfloat16"), (64, 128, 256), 8
TRIALS = 2  # turns in which each setting is tried
BAR = "{percentage:3.0f}% |{bar:30}| {n_fmt} of {total_fmt} turns, {remaining} left"


@dataclass(frozen=True)
class Variant:
    """One way to train."""

    pipeline: str  # none, Augment or ImageDataGenerator
    precision: str = "float32"
    batch_size: int = 64
    steps: int = 1

    def __str__(self):
        return f"{self.pipeline:<18}  {self.precision:<14}  {self.batch_size:5}  {self.steps:5}"


TABLE = f"{'augmentation':<18}  {'precision':<14}  batch  steps  images/s  processor ms/image"


@click.command(help=__doc__)
@click.option("--rounds", default=5, show_default=True, help="Turns that each variant takes.")
@click.option("--seconds", default=1.0, show_default=True, help="Least time of a turn.")
def main(rounds: int, seconds: float) -> None:
    pictures, targets = material()
    tried = [Variant("Augment", *choice) for choice in product(PRECISIONS, BATCHES)]
    plain, ours, usual = (Variant(name) for name in ("none", "Augment", "ImageDataGenerator"))
    turns = TRIALS * (len(tried) + 1) + 4 * rounds
    with tqdm(total=turns, bar_format=BAR) as bar:
        trials = measured(tried, pictures, targets, TRIALS, seconds, bar)
        several = replace(quickest(trials), steps=STEPS)
        trials |= measured([several], pictures, targets, TRIALS, seconds, bar)
        fastest = quickest(trials)
        compared = list(dict.fromkeys([plain, ours, usual, fastest]))
        found = measured(compared, pictures, targets, rounds, seconds, bar)
    click.echo(f"The step, with Augment: median of {TRIALS} turns\n{TABLE}")
    show(trials)
    click.echo(f"\nSide by side: median of {rounds} turns\n{TABLE}")
    show(found)
    more = found[plain][0] / found[ours][0] - 1
    work = found[ours][1] / found[plain][1] - 1
    gain, best = (found[variant][0] / found[usual][0] for variant in (ours, fastest))
    click.echo(f"\nAugment over none: {more:.1%} more time, {work:.1%} more processor time.")
    click.echo(f"Augment over the generator: {gain:.2f} times as fast; at its fastest {best:.2f}.")
    click.echo("The aims: at most 10 %, at least 1.5 times.")


def material() -> tuple[np.ndarray, np.ndarray]:
    """The rendered faces over and over, as bytes, and their targets."""
    faces = load_faces("rendered")
    rows = np.arange(COUNT) % len(faces)
    targets = np.eye(len(faces.classes), dtype=np.float32)[faces.labels[rows]]
    return np.asarray(faces.images)[rows][..., None], targets


def measured(variants, pictures, targets, rounds, seconds, bar) -> dict[Variant, np.ndarray]:
    """Images a second and processor milliseconds an image of each variant, medians of its turns."""
    models = {variant: make(variant) for variant in variants}
    turns = {variant: [] for variant in variants}
    for _ in range(rounds):
        for variant, model in models.items():
            turns[variant].append(take_turn(variant, model, pictures, targets, seconds))
            bar.update()
    return {variant: np.median(rows, axis=0) for variant, rows in turns.items()}


def make(variant: Variant):
    import keras

    from helpers.models import Augment, build

    keras.mixed_precision.set_global_policy(variant.precision)
    augmentation = Augment(**GENTLE) if variant.pipeline == "Augment" else None
    model = build("baseline_cnn", 7, augmentation)
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"], steps_per_execution=variant.steps)
    return model


def take_turn(variant: Variant, model, pictures, targets, seconds: float) -> tuple[float, float]:
    import keras

    marks = []  # faces seen, clock and processor after each execution

    class Marks(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            marks.append(((batch + 1) * variant.batch_size, time.perf_counter(), time.process_time()))
            self.model.stop_training = marks[-1][1] - marks[0][1] > seconds

    if variant.pipeline == "ImageDataGenerator":
        source = generator().flow(pictures, targets, variant.batch_size)
        model.fit(source, verbose=0, callbacks=[Marks()])
    else:
        model.fit(pictures, targets, variant.batch_size, verbose=0, callbacks=[Marks()])
    images, clock, processor = np.subtract(marks[-1], marks[0])
    return images / clock, 1000 * processor / images


def generator():
    """What ``tf.keras.preprocessing.image`` still offers; Keras 3 keeps it in its attic."""
    from keras.src.legacy.preprocessing.image import ImageDataGenerator

    return ImageDataGenerator(
        rotation_range=GENTLE["rotation"],
        shear_range=GENTLE["shear"],
        brightness_range=(1 - GENTLE["brightness"], 1 + GENTLE["brightness"]),
        horizontal_flip=GENTLE["flip"],
    )


def show(found: dict[Variant, np.ndarray]) -> None:
    for variant, (rate, processor) in found.items():
        click.echo(f"{variant}  {rate:8,.0f}  {processor:18.2f}")


def quickest(found: dict[Variant, np.ndarray]) -> Variant:
    return max(found, key=lambda variant: found[variant][0])


if __name__ == "__main__":
    main()
