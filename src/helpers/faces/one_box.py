"""What a localizer says: one box, and whether there is no face, one, or many. In: faces of a picture. Out: numbers."""

import numpy as np

from helpers.faces.boxes import Box
from helpers.faces.detection_maps import VISIBLE
from helpers.faces.scenes import KINDS

#: The share of each kind of picture, then the edges of the largest face as shares of the picture's sides.
ANSWER = (*KINDS, "left", "top", "right", "bottom")


def encode_largest(faces: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Give the answer to learn; `faces` as `detection_maps.encode` takes them. Without a face, edges are 0.

    Examples
    --------
    >>> encode_largest(np.array([[25.0, 50, 50, 25, 0, 1]]), (100, 100)).tolist()
    [0.0, 1.0, 0.0, 0.25, 0.5, 0.75, 0.75]
    """
    seen = faces[faces[:, 5] >= VISIBLE]
    answer = np.zeros(len(ANSWER), np.float32)
    answer[min(len(seen), 2)] = 1
    if len(seen):
        left, top, width, height = seen[seen[:, 2:4].prod(axis=1).argmax(), :4]
        edges = np.array([left, top, left + width, top + height]) / (*size[::-1], *size[::-1])
        answer[len(KINDS) :] = np.clip(edges, 0, 1)
    return answer


def decode_largest(answer: np.ndarray, size: tuple[int, int], threshold: float = 0.5, scale: float = 1.0) -> list[Box]:
    """Give the box of an answer, if it says that there is a face: with `scale`, as many times larger."""
    score = float(1 - answer[0])
    if score < threshold:
        return []
    left, top, right, bottom = answer[len(KINDS) :] * (*size[::-1], *size[::-1]) * scale
    return [Box(float(left), float(top), float(max(right - left, 1)), float(max(bottom - top, 1)), score)]
