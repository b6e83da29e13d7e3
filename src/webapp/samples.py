"""Rendered faces to try the app with. In: nothing. Out: PNG files beside the app, for those without the renderer.

``python -c 'from webapp import samples; samples.write()'`` draws them again after the renderer has changed.
"""

from pathlib import Path

import numpy as np
from PIL import Image

from helpers.faces import EXPRESSIONS

FOLDER = Path(__file__).parent / "static" / "samples"
#: Expression -> which person shows it.
SAMPLES = dict(zip(EXPRESSIONS.classes, (4, 5, 6, 7, 1, 2, 3), strict=True))


def draw(expression: str) -> np.ndarray:
    """Draw one, with something around the face: grey, uint8, 320 x 320."""
    from helpers.rendering import contact_sheet  # in the study only

    face = contact_sheet([expression], 1, 240, seed=SAMPLES[expression], photograph=False)
    return np.pad(face, 40, "edge")


def write() -> None:
    """Draw them all again."""
    FOLDER.mkdir(exist_ok=True)
    for name in SAMPLES:
        Image.fromarray(draw(name)).save(FOLDER / f"{name}.png", optimize=True)
