"""Contact sheets: many rendered faces in one picture.

Comes in: expressions, a size, how many. Goes out: one grey picture, a row for each expression.
"""

from collections.abc import Sequence

import numpy as np

from helpers.rendering.drawing import render
from helpers.rendering.face import sample_face


def contact_sheet(
    expressions: Sequence[str],
    columns: int = 8,
    size: int = 192,
    intensity: float | None = 1.0,
    seed: int = 0,
    photograph: bool = True,
) -> np.ndarray:
    """Draw `columns` people for each expression.

    Parameters
    ----------
    expressions
        One row each.
    columns, size
        How many faces in a row; pixels along a face's side.
    intensity
        0 to 1, or None to draw it from 0.4 to 1.
    seed
        Another seed draws other people.
    photograph
        False shows the faces before the camera spoils them.

    Returns
    -------
    ndarray
        uint8, shape (rows * size, columns * size).
    """

    def drawn(expression: str, column: int) -> np.ndarray:
        face = sample_face(np.random.default_rng([seed, column]), expression, intensity)
        return render(face, size, photograph)

    return np.block([[drawn(expression, column) for column in range(columns)] for expression in expressions])
