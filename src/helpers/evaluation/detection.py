"""How good a finder of faces is. In: boxes that are there, boxes that were found. Out: numbers.

A found box is right where it overlaps a true one by `iou` (intersection over union) or more. Boxes are paired one to
one in each picture, greedily: the one with the highest score first, each with the best that is left. So what is found
above one score does not depend on what is found below, and one pairing serves all thresholds.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from itertools import pairwise

import numpy as np

from helpers.faces.boxes import Box, intersection_over_union

#: Faces are counted by the width of their boxes, in pixels.
SIZES = (0, 24, 48, 96, np.inf)
#: Columns of a scene's attributes that say how much of a face can be seen, 0 to 1.
VISIBLE = ("visible", "frac_inside")
RIGHT, FALSE, IGNORED = 1, 0, -1


@dataclass(frozen=True)
class DetectionResult:
    """What `evaluate_detections` measured; shares are from 0 to 1, nan where there is nothing to measure."""

    pictures: int
    faces: int  #: Without those that are ignored.
    iou: float  #: Overlap that makes a pair.
    threshold: float  #: The score from which a found box counts.
    precision: float  #: Of found boxes, over all pictures, the right ones.
    recall: float  #: Of faces, the found ones.
    f1: float  #: The harmonic mean of both.
    f1_interval: tuple[float, float]  #: 95 % of F1 when pictures are drawn again, with replacement (bootstrap).
    average_precision: float  #: Area under the curve, all points, as PASCAL VOC has it since 2010.
    best_f1: float  #: The best point of the curve,
    best_threshold: float  #: and its score.
    by_size: dict[str, dict]  #: Shares of boxes of a width; a false box counts with its own.
    by_count: dict[str, dict]  #: Shares in pictures with no, one and many faces.
    false_per_picture: float  #: Found boxes that are no face,
    false_per_empty_picture: float  #: and those in pictures without a face.
    pictures_with_a_miss: float  #: Of the pictures with faces, those in which one was missed.
    counts_told_right: float  #: Of all pictures, those with as many found as there are: none, one or many.
    curve: dict[str, np.ndarray]  #: Recall, precision and threshold: see `precision_recall_curve`.

    def as_dict(self) -> dict:
        """Plain values, for JSON: None where there is nothing to measure. Without the curve."""
        return _plain({name: value for name, value in asdict(self).items() if name != "curve"})

    def _repr_html_(self) -> str:
        import pandas as pd

        plain = {f.name: getattr(self, f.name) for f in fields(self) if f.type in (int, float)}
        tables = [pd.DataFrame({"": plain})] + [pd.DataFrame(part).T for part in (self.by_size, self.by_count)]
        return "".join(table.to_html(float_format="{:.3f}".format) for table in tables)


def match_boxes(truth: Sequence[Box], found: Sequence[Box], iou: float = 0.5) -> list[tuple[int, int]]:
    """Pair found boxes with true ones, one to one: the surest first, each with the best left.

    Gives positions in `truth` and in `found`, boxes in the same picture. A pair overlaps by `iou` (intersection over
    union) or more.

    Examples
    --------
    >>> match_boxes([Box(0, 0, 10, 10)], [Box(0, 0, 9, 10), Box(1, 0, 10, 10)])
    [(0, 0)]
    """
    return [(face, box) for box, face in _match(truth, found, np.zeros(len(truth), bool), iou) if face is not None]


def detection_metrics(true_positives: int, truth: int, found: int) -> dict:
    """Give precision, recall and F1 of counts; they are 1 where there is nothing to find and nothing is found.

    Examples
    --------
    >>> detection_metrics(true_positives=6, truth=8, found=9)
    {'precision': 0.667, 'recall': 0.75, 'f1': 0.706}
    """
    shares = _shares(true_positives, truth, found)
    return {name: 1.0 if np.isnan(value) else round(value, 3) for name, value in shares.items()}


def evaluate_detections(
    truth: Sequence[Sequence[Box]],
    found: Sequence[Sequence[Box]],
    ignore: Sequence[Sequence[bool]] | None = None,
    *,
    iou: float = 0.5,
    threshold: float = 0.0,
    resamples: int = 1000,
    seed: int = 0,
) -> DetectionResult:
    """Measure a finder on pictures.

    Parameters
    ----------
    truth, found : sequence of sequences of Box
        True and found boxes of each picture; found ones with scores.
    ignore : sequence of sequences of bool, optional
        For each true box, whether it counts neither as missed nor, where it is found, as false: a face that is hardly
        visible. A found box is paired with it only if no other face is left for it.
    iou : float
        Least overlap of a pair.
    threshold : float
        Found boxes with a lower score do not count, but for the curve and what follows from it.
    resamples, seed : int
        Of the bootstrap.

    Examples
    --------
    >>> truth = [[Box(0, 0, 10, 10), Box(50, 0, 10, 10)], []]
    >>> result = evaluate_detections(truth, [[Box(0, 0, 9, 10, 0.9)], [Box(5, 5, 9, 9, 0.2)]])
    >>> result.precision, result.recall, result.average_precision
    (0.5, 0.5, 0.5)
    """
    if ignore is None:
        ignore = [[False] * len(some) for some in truth]
    counted, boxes = [], []  # rows of faces: picture, width, score found with; of boxes: picture, width, score, state
    for picture, (faces, some, left_out) in enumerate(zip(truth, found, ignore, strict=True)):
        left_out = np.asarray(left_out, bool)
        scores = np.full(len(faces), -np.inf)
        for box, face in _match(faces, some, left_out, iou):
            state = FALSE if face is None else IGNORED if left_out[face] else RIGHT
            width = some[box][2] if state == FALSE else faces[face][2]
            boxes.append((picture, width, some[box].score, state))
            if face is not None:
                scores[face] = some[box].score
        counted += [(picture, faces[n][2], scores[n]) for n in np.flatnonzero(~left_out)]
    counted = np.array(counted, float).reshape(-1, 3)
    boxes = np.array([row for row in boxes if row[3] != IGNORED], float).reshape(-1, 4)
    return _result(len(truth), counted, boxes, iou, threshold, resamples, seed)


def _match(truth, found, ignored: np.ndarray, iou: float) -> list[tuple[int, int | None]]:
    """Give each found box, the surest first, with the face that it is, or None."""
    overlap = intersection_over_union(truth, found)
    overlap[overlap < iou] = 0
    overlap[~ignored] += (overlap[~ignored] > 0) * 2  # faces that count are taken first
    pairs = []
    for box in np.argsort([-one.score for one in found], kind="stable").tolist():
        best = int(overlap[:, box].argmax()) if len(truth) else None
        if best is not None and overlap[best, box] > 0:
            overlap[best] = 0  # taken
        else:
            best = None
        pairs.append((box, best))
    return pairs


def _result(pictures, faces, boxes, iou, threshold, resamples, seed) -> DetectionResult:
    """Count what was paired; columns as in `evaluate_detections`."""
    curve = precision_recall_curve(boxes[:, 2], boxes[:, 3] == RIGHT, len(faces))
    best_f1, best_threshold = _best(curve) if len(faces) and len(boxes) else (np.nan, np.nan)
    boxes, missed = boxes[boxes[:, 2] >= threshold], faces[:, 2] < threshold
    right = boxes[:, 3] == RIGHT

    def shares(of_faces: np.ndarray, of_boxes: np.ndarray) -> dict:
        there = int(of_faces.sum())
        return _shares(int((right & of_boxes).sum()), there, int(of_boxes.sum())) | {"faces": there}

    def per_picture(rows: np.ndarray) -> np.ndarray:
        return np.bincount(rows[:, 0].astype(int), minlength=pictures)

    there, told, false = per_picture(faces), per_picture(boxes), per_picture(boxes[~right])
    by_size, by_count = {}, {}
    for low, high in pairwise(SIZES):
        name = f"{low} to {high} px" if high < np.inf else f"{low} px and more"
        by_size[name] = shares(*((low <= rows[:, 1]) & (rows[:, 1] < high) for rows in (faces, boxes)))
    for word, name in enumerate(("none", "one", "many")):
        here = np.minimum(there, 2) == word
        part = shares(*(here[rows[:, 0].astype(int)] for rows in (faces, boxes)))
        by_count[name] = part | {"pictures": int(here.sum())}
    return DetectionResult(
        pictures=pictures,
        **shares(np.ones(len(faces), bool), np.ones(len(boxes), bool)),
        iou=iou,
        threshold=threshold,
        f1_interval=_bootstrap(np.stack([told - false, there, told], axis=1), resamples, seed),
        average_precision=average_precision(curve["recall"], curve["precision"]) if len(faces) else np.nan,
        best_f1=best_f1,
        best_threshold=best_threshold,
        by_size=by_size,
        by_count=by_count,
        false_per_picture=_mean(false),
        false_per_empty_picture=_mean(false[there == 0]),
        pictures_with_a_miss=_mean(per_picture(faces[missed])[there > 0] > 0),
        counts_told_right=_mean(np.minimum(told, 2) == np.minimum(there, 2)),
        curve=curve,
    )


def precision_recall_curve(scores: np.ndarray, right: np.ndarray, faces: int) -> dict[str, np.ndarray]:
    """Give recall, precision and threshold: float arrays, a point for each score that occurs, the highest first.

    Boxes of one score come in together, so that their order does not matter.
    """
    order = np.argsort(-scores, kind="stable")
    scores, hits = scores[order], np.cumsum(right[order])
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True)) if len(scores) else np.empty(0, int)
    return {"recall": hits[last] / max(faces, 1), "precision": hits[last] / (last + 1), "threshold": scores[last]}


def average_precision(recall: np.ndarray, precision: np.ndarray) -> float:
    """Give the area under a curve of rising recall, where precision is the best at this recall or more.

    >>> average_precision(np.array([0.5, 0.5, 1.0]), np.array([1.0, 0.5, 0.75]))
    0.875
    """
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0) * best).sum())


def _shares(right: int, truth: int, found: int) -> dict[str, float]:
    return {
        "precision": right / found if found else np.nan,
        "recall": right / truth if truth else np.nan,
        "f1": 2 * right / (truth + found) if truth + found else np.nan,
    }


def _best(curve: dict[str, np.ndarray]) -> tuple[float, float]:
    """Give the best F1 of a curve, and the score from which it is had."""
    f1 = 2 * curve["precision"] * curve["recall"] / np.maximum(curve["precision"] + curve["recall"], 1e-12)
    return float(f1.max()), float(curve["threshold"][f1.argmax()])


def _bootstrap(counts: np.ndarray, resamples: int, seed: int) -> tuple[float, float]:
    """Give the 95 % interval of F1 over pictures drawn again; counts of each: right, faces, boxes."""
    if not counts[:, 1].any():
        return np.nan, np.nan
    chance, many = np.random.default_rng(seed), len(counts)
    f1 = [_shares(*counts[chance.integers(0, many, many)].sum(axis=0))["f1"] for _ in range(resamples)]
    return tuple(np.nanquantile(f1, (0.025, 0.975)).tolist())


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if len(values) else np.nan


def _plain(value):
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return None if value != value else value  # nan
