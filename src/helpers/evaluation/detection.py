"""How good a finder of faces is. In: boxes that are there, boxes that were found. Out: numbers."""

from collections.abc import Sequence

import numpy as np

from helpers.faces.boxes import Box, intersection_over_union


def match_boxes(truth: Sequence[Box], found: Sequence[Box], iou: float = 0.5) -> list[tuple[int, int]]:
    """Pair found boxes with true ones, one to one: the surest first, each with the best left.

    Gives positions in `truth` and in `found`, boxes in the same picture. A pair overlaps by `iou` (intersection over
    union) or more.

    Examples
    --------
    >>> match_boxes([Box(0, 0, 10, 10)], [Box(0, 0, 9, 10), Box(1, 0, 10, 10)])
    [(0, 0)]
    """
    overlap = intersection_over_union(truth, found)
    pairs = []
    for which in np.argsort([-box.score for box in found], kind="stable"):
        best = overlap[:, which].argmax() if len(truth) else None
        if best is not None and overlap[best, which] >= iou:
            pairs.append((int(best), int(which)))
            overlap[best] = -1  # taken
    return pairs


def detection_metrics(true_positives: int, truth: int, found: int) -> dict:
    """Give precision, recall and F1 of counts.

    Examples
    --------
    >>> detection_metrics(true_positives=6, truth=8, found=9)
    {'precision': 0.667, 'recall': 0.75, 'f1': 0.706}
    """
    precision = true_positives / found if found else 1.0
    recall = true_positives / truth if truth else 1.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return {"precision": round(precision, 3), "recall": round(recall, 3), "f1": round(f1, 3)}
