"""How FER-2013's frames lie around the boxes that a finder gives.

    python benchmarks/crop_scale.py [--finder ours] [--faces 1500]

Faces of PublicTest are enlarged, their edges are drawn out, and they are searched for as in any picture. The first
table says how the frame lies around the box; the second how many of those faces are classified correctly when they are
cut out again with frames of several sizes. Needs FER-2013.
"""

import click
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from helpers.config import IMAGE_SIZE
from helpers.datasets import load_faces
from helpers.inference import ExpressionRecognizer
from helpers.inference.crops import Frame, crop
from helpers.inference.finders import FINDERS, load_finder

TIMES, AROUND = 3, 24


def enlarged(face: np.ndarray) -> np.ndarray:
    """A face of 48 x 48 as it could stand in a photograph."""
    wide = np.pad(face, AROUND, "edge")
    return np.asarray(Image.fromarray(wide).resize([TIMES * side for side in wide.shape], Image.Resampling.BICUBIC))


@click.command()
@click.option("--finder", "name", type=click.Choice(list(FINDERS)), default="ours")
@click.option("--faces", "count", default=1500, show_default=True, help="Of PublicTest.")
def main(name, count):
    """Measure where FER-2013's frames lie around the boxes that are found."""
    faces = load_faces()
    if "PublicTest" not in faces.split:
        raise click.ClickException("this needs FER-2013: `fer data status` says what to do")
    part = faces.in_split("PublicTest")
    part = part.take(np.arange(min(count, len(part))))
    pictures = [enlarged(np.asarray(face)) for face in part.images]
    find = load_finder(name)
    found = [find(picture) for picture in tqdm(pictures)]
    once = [number for number, boxes in enumerate(found) if len(boxes) == 1]
    boxes = np.array([found[number][0][:4] for number in once], float)
    middle, side, longer = (AROUND + IMAGE_SIZE / 2) * TIMES, IMAGE_SIZE * TIMES, boxes[:, 2:].max(axis=1)
    lies = pd.DataFrame(
        {
            "scale": side / longer,
            "up": (boxes[:, 1] + boxes[:, 3] / 2 - middle) / longer,
            "right": (middle - boxes[:, 0] - boxes[:, 2] / 2) / longer,
            "turn": [found[number][0].angle for number in once],
        }
    )
    print(f"{len(once)} of {len(part)} faces were found once")
    print(lies.quantile([0.05, 0.25, 0.5, 0.75, 0.95]).round(3).to_string(), "\n")

    recognizer, labels = ExpressionRecognizer(head="first"), part.labels[once]
    rows = {"as FER-2013 frames them": np.asarray(part.images)[once]}
    usual = Frame(float(lies["scale"].median()), float(lies["up"].median()))
    for times in np.arange(0.85, 1.25, 0.05):
        frame = Frame(usual.scale * times, usual.up)
        rows[f"frame {frame.scale:.2f}, up {frame.up:.2f}"] = np.array(
            [crop(pictures[number], found[number][0], frame) for number in once]
        )
    right = {name: (recognizer.predict_proba(cut).argmax(1) == labels).mean() for name, cut in rows.items()}
    print((100 * pd.Series(right)).round(1).to_frame("% correct").to_string())


if __name__ == "__main__":
    main()
