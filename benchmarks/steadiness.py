"""How steady the answer is when a picture changes in a way that changes no expression.

    python benchmarks/steadiness.py FACES [--count 1000]

FACES are pictures that a face fills: a folder, a tar or a zip file. Each is read as it is, mirrored, and with three
pixels cut off at one side or at all; the table says for how many percent the likeliest class changes. Written to
results/benchmarks/steadiness.csv, with the time a picture takes: for Haar's boxes and one view as it was, and for our
finder, which turns faces upright, with one view and with the average over a face and its mirror image.
"""

import time
from pathlib import Path

import click
import numpy as np
import pandas as pd
from tqdm import tqdm

from helpers.config import RESULTS
from helpers.datasets.crops import load_crops
from helpers.inference import ExpressionRecognizer

CUT = 3
CHANGES = {
    "mirrored": lambda face: face[:, ::-1],
    "cut left": lambda face: face[:, CUT:],
    "cut right": lambda face: face[:, :-CUT],
    "cut above": lambda face: face[CUT:],
    "cut below": lambda face: face[:-CUT],
    "cut all around": lambda face: face[CUT:-CUT, CUT:-CUT],
}
WAYS = {
    "haar, one view": {"find": "haar", "mirrored": False},
    "ours, one view": {"find": "ours", "mirrored": False},
    "ours, two views": {"find": "ours", "mirrored": True},
}


def answer(recognizer: ExpressionRecognizer, face: np.ndarray) -> str:
    """The likeliest class of the largest face, or that there is none."""
    read = recognizer(np.ascontiguousarray(face))
    return read[0].top[0][0] if read else "nobody"


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--count", default=1000, help="So many pictures, drawn by chance.")
@click.option("--record/--no-record", default=True, help="Write the table to results/benchmarks/.")
def main(source, count, record):
    """Measure, print, record."""
    faces = load_crops(source)
    chosen = np.random.default_rng(0).permutation(len(faces))[:count]
    rows = {}
    for way, how in WAYS.items():
        recognizer = ExpressionRecognizer(**how)
        begun = time.perf_counter()
        plain = [answer(recognizer, faces[n]) for n in tqdm(chosen, way, leave=False)]
        milliseconds = 1000 * (time.perf_counter() - begun) / len(chosen)
        changed = {
            what: 100
            * np.mean([answer(recognizer, change(faces[n])) != was for n, was in zip(chosen, plain, strict=True)])
            for what, change in tqdm(CHANGES.items(), way, leave=False)
        }
        rows[way] = {"found, %": 100 * np.mean([was != "nobody" for was in plain])} | changed | {"ms": milliseconds}
    table = pd.DataFrame(rows).T
    click.echo(table.round(1).to_string())
    if record:
        table.round(2).to_csv(RESULTS / "benchmarks" / "steadiness.csv")


if __name__ == "__main__":
    main()
