"""How much wider FER-2013's frames are than the boxes that faces are found in.

    python benchmarks/crop_scale.py [--faces 1500]

Faces of PublicTest are enlarged, their edges are drawn out, and they are searched for as in any picture. The first
table says how the frame lies around the box; the second how many of those faces are classified correctly when they are
cut out again with frames of several widths. Needs FER-2013.
"""

import click
import cv2
import numpy as np
import pandas as pd
from tqdm import tqdm

from helpers.config import IMAGE_SIZE
from helpers.datasets import load_faces
from helpers.inference import ExpressionRecognizer, detect_haar
from helpers.inference.recognizer import crop

TIMES, AROUND = 4, 16


def enlarged(face: np.ndarray) -> np.ndarray:
    """A face of 48 x 48 as it could stand in a photograph."""
    wide = cv2.copyMakeBorder(face, *[AROUND] * 4, cv2.BORDER_REPLICATE)
    return cv2.resize(wide, None, fx=TIMES, fy=TIMES, interpolation=cv2.INTER_CUBIC)


@click.command()
@click.option("--faces", "count", default=1500, show_default=True, help="Of PublicTest.")
def main(count):
    """Measure where FER-2013's frames lie around the boxes that are found."""
    faces = load_faces()
    if "PublicTest" not in faces.split:
        raise click.ClickException("this needs FER-2013: `fer data status` says what to do")
    part = faces.in_split("PublicTest")
    part = part.take(np.arange(min(count, len(part))))
    pictures = [enlarged(np.asarray(face)) for face in part.images]
    found = [detect_haar(picture) for picture in tqdm(pictures)]
    once = [number for number, boxes in enumerate(found) if len(boxes) == 1]
    boxes = np.array([found[number][0] for number in once], float)
    middle, side = (AROUND + IMAGE_SIZE / 2) * TIMES, IMAGE_SIZE * TIMES
    lies = pd.DataFrame(
        {
            "frame / box": side / boxes[:, 2],
            "frame right of box, in boxes": (middle - boxes[:, 0]) / boxes[:, 2] - 0.5,
            "frame below box, in boxes": (middle - boxes[:, 1]) / boxes[:, 3] - 0.5,
        }
    )
    print(f"{len(once)} of {len(part)} faces were found once")
    print(lies.quantile([0.05, 0.25, 0.5, 0.75, 0.95]).round(3).to_string(), "\n")

    recognizer, labels = ExpressionRecognizer(), part.labels[once]
    rows = {"as FER-2013 frames them": np.asarray(part.images)[once]}
    for frame in np.arange(0.8, 1.45, 0.05):
        cut = [crop(pictures[number], found[number][0], frame) for number in once]
        rows[f"frame {frame:.2f}"] = np.array(cut)
    right = {name: (recognizer.predict_proba(cut).argmax(1) == labels).mean() for name, cut in rows.items()}
    print((100 * pd.Series(right)).round(1).to_frame("% correct").to_string())


if __name__ == "__main__":
    main()
