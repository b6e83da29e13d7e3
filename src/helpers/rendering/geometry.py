"""Geometry: where each feature lies on a face, once its action units have moved it.

Comes in: a :class:`~helpers.rendering.face.FaceSpec`. Goes out: :class:`Geometry`, in face units. Side -1 is the left
of the picture, +1 the right.
"""

from dataclasses import dataclass

import numpy as np

from helpers.rendering.canvas import smooth

SIDES = (-1, 1)
ALONG = np.linspace(-1, 1, 17)  # from one corner of the mouth to the other


@dataclass(frozen=True)
class Eye:
    """One eye: the opening's two lids, its middle, the iris."""

    side: int
    upper: np.ndarray
    lower: np.ndarray
    middle: tuple[float, float]
    opening: float  # height of the opening
    iris: tuple[float, float]
    radius: float


@dataclass(frozen=True)
class Brow:
    """One brow: its middle line from the nose outwards, and half its thickness along it."""

    side: int
    line: np.ndarray
    half: np.ndarray

    @property
    def outline(self) -> np.ndarray:
        """The brow's edge as a polygon."""
        up = np.stack([0 * self.half, self.half], axis=1)
        return np.concatenate([self.line - up, (self.line + up)[::-1]])


@dataclass(frozen=True)
class Mouth:
    """The mouth's four curves from left to right: both edges of both lips."""

    upper_edge: np.ndarray
    upper_seam: np.ndarray
    lower_seam: np.ndarray
    lower_edge: np.ndarray
    gap: float
    half_width: float

    @property
    def outline(self) -> np.ndarray:
        """Both lips and what lies between."""
        return np.concatenate([self.upper_edge, self.lower_edge[::-1]])

    @property
    def opening(self) -> np.ndarray:
        """What lies between the lips."""
        return np.concatenate([self.upper_seam, self.lower_seam[::-1]])


@dataclass(frozen=True)
class Geometry:
    """All of a face's curves."""

    eyes: tuple[Eye, Eye]
    brows: tuple[Brow, Brow]
    mouth: Mouth
    nose_tip: tuple[float, float]
    nose_half: float
    contour: np.ndarray
    jaw_drop: float
    amounts: dict  # (unit, side) -> intensity, uneven where the face is


def face_geometry(face) -> Geometry:
    """Move every feature of a face as its action units say."""
    identity = face.identity
    amounts = {(unit, side): a * (1 + side * identity.asymmetry) for unit, a in face.units.items() for side in SIDES}

    def au(unit, side=0):
        return amounts.get((unit, side), 0.0) if side else face.units.get(unit, 0.0)

    jaw = 0.12 * au(26) + 0.38 * au(27) + 0.03 * au(25)
    raise_nose = 0.08 * au(9) + 0.03 * au(10)
    return Geometry(
        eyes=tuple(_eye(identity, face.pose, side, au) for side in SIDES),
        brows=tuple(_brow(identity, side, au) for side in SIDES),
        mouth=_mouth(identity, au),
        nose_tip=(identity.nose_bend, identity.nose_length - raise_nose),
        nose_half=0.185 * identity.nose_width * (1 + 0.10 * au(9) + 0.06 * au(12) + 0.05 * au(10)),
        contour=_contour(identity, jaw),
        jaw_drop=jaw,
        amounts=amounts,
    )


def _eye(identity, pose, side, au) -> Eye:
    t = np.linspace(-1, 1, 11)  # from the inner to the outer corner
    up = identity.eye_height * (1 + 0.75 * au(5, side)) - 0.018 * au(7, side)
    down = 0.055 - 0.030 * au(6, side) - 0.028 * au(7, side) - 0.012 * au(12, side) - 0.012 * au(9, side)
    up -= 0.015 * au(9, side) + 0.02 * au(4, side) * (1 - min(1, au(5, side)))
    closing = min(1.0, au(43, side))
    middle_y = 0.01 * au(15, side)
    up = up * (1 - closing) - 0.03 * closing  # the closed lid rests on the lower one
    up = max(up, -down + 0.008)
    x = side * (identity.eye_distance + identity.eye_width * t)
    tilt = -identity.eye_tilt * t
    # The upper lid is highest a little inside, the lower lowest a little outside.
    arch = (1 - t**2) * (1 - 0.22 * t)
    upper = np.stack([x, middle_y + tilt - up * arch], axis=1)
    lower = np.stack([x, middle_y + tilt + down * (1 - t**2) * (1 + 0.2 * t)], axis=1)
    iris = (side * identity.eye_distance + 0.07 * pose.gaze_x, middle_y - 0.012 + 0.05 * pose.gaze_y + 0.02 * closing)
    return Eye(side, upper, lower, (side * identity.eye_distance, middle_y), up + down, iris, 0.098)


def _brow(identity, side, au) -> Brow:
    raise_inner, raise_outer, lower, press = au(1, side), au(2, side), au(4, side), au(9, side)
    # inner end, inner third, peak, outer third, tail
    x = np.array([0.16, 0.30, 0.50, 0.66, 0.80])
    x = x[0] + (x - x[0]) * identity.brow_length + (identity.eye_distance - 0.455)
    y = -identity.brow_height - identity.brow_arch * np.array([0.0, 0.45, 1.0, 0.75, -0.1])
    y = y - raise_inner * np.array([0.13, 0.08, 0.02, 0.0, 0.0])
    y = y - raise_outer * np.array([0.03, 0.06, 0.11, 0.11, 0.08])
    # 4 with 1 pulls the brows together more than down: the oblique brow of sadness.
    down = lower * (1 - 0.6 * min(1.0, raise_inner))
    y = y + down * np.array([0.13, 0.12, 0.085, 0.05, 0.02])
    y = y + min(raise_inner, lower) * np.array([-0.03, 0.0, 0.04, 0.07, 0.09])
    y = y + press * np.array([0.05, 0.06, 0.06, 0.05, 0.03])  # 9 pulls the whole brow down
    y = y + 0.02 * au(6, side) * np.array([0, 0, 0.3, 1, 1])
    y = y + 0.025 * au(5, side) * np.array([0, -0.3, -0.6, -0.3, 0])
    x = x - (lower + 0.2 * press) * np.array([0.065, 0.055, 0.03, 0.015, 0.0])
    line = smooth(np.stack([side * x, y], axis=1), 4)
    along = np.linspace(0, 1, len(line))
    half = 0.5 * identity.brow_thickness * (1 + 0.15 * lower) * np.minimum(1.0, 0.75 + along * 1.2)
    return Brow(side, line, half * (1 - 0.75 * np.maximum(0, along - 0.35) / 0.65))


def _mouth(identity, au) -> Mouth:
    t, flat = ALONG, np.abs(ALONG)
    wide = identity.mouth_width + 0.02 * au(25)
    open_ = 0.055 * au(25) + 0.14 * au(26) + 0.46 * au(27) + 0.05 * au(16) + 0.03 * au(10)
    open_ += 0.075 * au(12) * au(25)  # a smile pulls the lips off the teeth
    open_ *= min(1.0, 3 * max(au(25), au(26), au(27), 0.8 * au(16)))
    corner_x, corner_y = [], []
    for side in SIDES:
        reach = 0.15 * au(12, side) + 0.13 * au(20, side) + 0.02 * au(15, side)
        reach -= 0.06 * au(10) + 0.05 * au(23) + 0.02 * au(24) + 0.13 * au(27) + 0.035 * au(26)
        corner_x.append(side * (wide + reach))
        rise = 0.18 * au(12, side) - 0.12 * au(15, side) - 0.03 * au(20, side) - 0.03 * au(10, side)
        corner_y.append(-rise + 0.35 * open_)
    tightness = min(0.75, 0.40 * au(23) + 0.40 * au(24) + 0.30 * au(12) + 0.35 * au(20))
    upper = identity.upper_lip * (1 - tightness - 0.15 * au(10)) * (1 - 0.2 * au(27))
    lower = identity.lower_lip * (1 - 0.8 * tightness) * (1 - 0.15 * au(27))
    y0 = identity.mouth_height
    middle = y0 - 0.05 * au(9) - 0.075 * au(10) - 0.035 * au(12) - 0.07 * au(17) * (au(25) < 0.2)
    middle += 0.01 * au(27)
    left = flat * (t < 0) * (corner_y[0] + y0 - middle)
    right = flat * (t > 0) * (corner_y[1] + y0 - middle)
    # Smiles curve evenly; a raised chin or a pulled-up lip bends the middle more than the ends.
    power = 1.7 - 0.3 * au(17) - 0.2 * au(10) + 0.5 * au(20) + 0.3 * au(27)
    ends = (left + right) * flat ** (power - 1)
    square = 2.0 + 2.5 * au(10) + 2.0 * au(16) + 1.5 * au(20) - 0.2 * au(27)
    x = np.where(t < 0, -t * corner_x[0], t * corner_x[1])
    # The outline of a wide open mouth is an oval, not a lens: bunch points at the corners.
    gap_shape = np.maximum(0, 1 - flat**square) ** (0.8 - 0.25 * min(1, au(27)))
    ends_open = ends - 0.35 * open_ * flat**power * (1 - flat**6) * min(1, 1.5 * au(27))
    seam = middle + ends_open + 0.012 * np.maximum(0, 1 - (t / 0.22) ** 2) * (1 - au(25))
    upper_seam = seam - 0.10 * open_ * gap_shape
    lower_seam = seam + 0.90 * open_ * gap_shape + 0.004
    lip = np.maximum(0, 1 - flat**2.2) ** 0.75
    bow = 1 - 0.22 * np.maximum(0, 1 - (t / 0.17) ** 2) * (1 - 0.6 * au(12))
    bow += 0.08 * np.maximum(0, 1 - ((flat - 0.28) / 0.2) ** 2)
    upper_edge = upper_seam - upper * lip * bow - 0.012
    lower_edge = lower_seam + lower * (1 + 0.25 * au(17)) * np.maximum(0, 1 - flat**2.0) ** 0.7 + 0.006
    lower_edge -= 0.03 * au(17) * (1 - flat**2)
    curves = [np.stack([x, y], axis=1) for y in (upper_edge, upper_seam, lower_seam, lower_edge)]
    return Mouth(*curves, gap=float(open_), half_width=float(corner_x[1] - corner_x[0]) / 2)


def _contour(identity, jaw) -> np.ndarray:
    chin = 0.30 + 1.36 * identity.face_length + 0.75 * jaw
    x = np.array([0.56, 0.87, 0.98, 0.99, 0.93, 0.76, 0.36]) * identity.face_width
    x *= [1, 1, 1, 1, identity.jaw, identity.jaw, identity.chin]
    y = np.array([-1.14, -0.80, -0.25, 0.30, 0.80 + 0.2 * jaw, 0.45 * 0.80 + 0.55 * chin, chin - 0.06])
    points = np.c_[np.r_[0, x, 0, -x[::-1]], np.r_[-1.25, y, chin, y[::-1]]]  # the left half mirrors the right
    return smooth(points, 3, closed=True)
