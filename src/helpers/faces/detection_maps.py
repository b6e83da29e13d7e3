"""What the map of a detector says. In: faces of a picture -> the map to learn. In: a map -> boxes.

A picture is divided into cells of `STRIDE` x `STRIDE` pixels. A cell near the middle of a face says so, and where from
the cell's own middle the face's four sides lie, and how far the face is turned in the plane.
"""

import numpy as np

from helpers.faces.boxes import Box, intersection_over_union, largest_first

#: Pixels of the picture to a cell of the map.
STRIDE = 8
#: A picture's sides are multiples of this for the detector: its coarsest map is so much smaller.
MULTIPLE = 32
#: What each cell of a detector's map says: a score before the sigmoid, the distances to left, top, right and bottom in
#: pixels, cosine and sine of the turn (clockwise).
CHANNELS = ("score", "left", "top", "right", "bottom", "cos", "sin")
#: What each cell of the map to learn says: the peak around a face's middle, whether the peak counts, then as above.
TARGETS = ("peak", "counts", *CHANNELS[1:])
#: A peak falls off with this share of the box's width and height, but with NARROWEST cells at least.
SIGMA, NARROWEST = 0.12, 0.45
#: Faces of which less can be seen are neither to be found nor to be passed over.
VISIBLE = 0.45
#: Found boxes that overlap so much are of one face.
SAME_FACE = 0.45
#: Those that overlap the surest one so much make its box together, by score.
AGREE = 0.6


def encode(faces: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Give the map to learn.

    Parameters
    ----------
    faces : array of float, k x 6
        Left, top, width, height in pixels, turn in degrees clockwise, and the share that can be seen.
    size : tuple of int
        Height and width of the picture.

    Returns
    -------
    array of float32, h/8 x w/8 x 8
        `TARGETS` of each cell.

    Examples
    --------
    >>> cells = encode(np.array([[40.0, 40, 48, 48, 0, 1]]), (128, 128))
    >>> cells.shape, float(cells[8, 8, 0]) > 0.8, float(cells[0, 0, 0])
    ((16, 16, 8), True, 0.0)
    """
    rows, columns = (side // STRIDE for side in size)
    y, x = np.mgrid[:rows, :columns] * STRIDE + STRIDE / 2
    cells = np.zeros((rows, columns, len(TARGETS)), np.float32)
    cells[..., 1] = 1
    for left, top, width, height, turn, visible in faces:
        across, down = left + width / 2, top + height / 2
        if visible < VISIBLE:
            inside = (np.abs(x - across) < width / 2) & (np.abs(y - down) < height / 2)
            cells[..., 1][inside & (cells[..., 0] < 0.05)] = 0
            continue
        sigma = np.maximum(SIGMA * np.array([width, height]), NARROWEST * STRIDE)
        peak = np.exp(-(((x - across) / sigma[0]) ** 2 + ((y - down) / sigma[1]) ** 2) / 2)
        row, column = int(down // STRIDE), int(across // STRIDE)
        if 0 <= row < rows and 0 <= column < columns:
            peak[row, column] = 1.0  # so that there is one, however the cells lie
        peak[peak < 0.01] = 0
        mine = peak > cells[..., 0]
        radians = np.deg2rad(turn)
        sides = (x - left, y - top, left + width - x, top + height - y)
        values = (peak, np.ones_like(x), *sides, np.full_like(x, np.cos(radians)), np.full_like(x, np.sin(radians)))
        cells[mine] = np.stack(values, axis=-1)[mine]
    return cells


def decode(cells: np.ndarray, threshold: float = 0.3, scale: float = 1.0, most: int = 400) -> list[Box]:
    """Give the boxes that a detector's map tells, the largest first.

    Parameters
    ----------
    cells : array of float, h x w x 7
        `CHANNELS` of each cell.
    threshold : float
        Scores below are no faces.
    scale : float
        Boxes are so many times larger than in the picture that the map was made from.
    most : int
        So many of the surest cells are looked at.
    """
    logits = cells[..., 0]
    rows, columns = np.nonzero(logits >= np.log(threshold / (1 - threshold)))
    if not len(rows):
        return []
    found = cells[rows, columns].astype(float)
    order = np.argsort(-found[:, 0], kind="stable")[:most]
    found, rows, columns = found[order], rows[order], columns[order]
    scores = 1 / (1 + np.exp(-found[:, 0]))
    x, y = ((place + 0.5) * STRIDE for place in (columns, rows))
    boxes = np.stack([x - found[:, 1], y - found[:, 2], found[:, 1] + found[:, 3], found[:, 2] + found[:, 4]], axis=1)
    turns = np.rad2deg(np.arctan2(found[:, 6], found[:, 5]))
    told = zip((boxes * scale).tolist(), scores.tolist(), turns.tolist(), strict=True)
    return merge([Box(*box, score, turn) for box, score, turn in told])


def merge(found: list[Box]) -> list[Box]:
    """Keep the surest of those boxes that are of one face, in the place that they agree on; the largest first."""
    if len(found) < 2:
        return found
    found = sorted(found, key=lambda box: -box.score)
    table = np.array(found, float)
    boxes, scores, turns = table[:, :4], table[:, 4], np.deg2rad(table[:, 5])
    overlap = intersection_over_union(boxes, boxes)
    left, kept = np.ones(len(boxes), bool), []
    for best in range(len(boxes)):
        if not left[best]:
            continue
        agree = left & (overlap[best] >= AGREE)
        weights = np.where(agree, scores**2, 0)
        weights /= weights.sum()
        angle = np.rad2deg(np.arctan2(weights @ np.sin(turns), weights @ np.cos(turns)))
        kept.append(Box(*(weights @ boxes).tolist(), float(scores[best]), float(angle)))
        left &= overlap[best] < SAME_FACE
    return largest_first(kept)
