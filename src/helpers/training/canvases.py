"""What a detector learns from. In: annotated pictures, crops of faces. Out: material, and canvases to put it on.

What each face on a canvas covers is known, so that a face that hardly shows is no face to learn.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from helpers.config import TRAINING
from helpers.faces import DataError, Scenes
from helpers.faces.pictures import to_grey

#: Points in a face at which is looked whether it shows.
_TURNS = np.arange(0, 2 * np.pi, np.pi / 6)
_RING = np.array([(far * np.cos(turn), far * np.sin(turn)) for far in (0.35, 0.65, 0.92) for turn in _TURNS])
#: Where the face lies in UTKFace's aligned crops, from above the hair to the chin: they cut the top of the head off.
UTKFACE_FRAME = (0.06, -0.27, 0.94, 1.01)


@dataclass(frozen=True)
class Photograph:
    """A grey picture (h x w, uint8), and the ellipse of each face in it: k x 5.

    An ellipse is its middle across and down, half its width and half its height, and its turn in radians, clockwise.
    """

    pixels: np.ndarray
    ellipses: np.ndarray


@dataclass(frozen=True)
class Material:
    """What canvases are made of.

    Attributes
    ----------
    photographs : list of Photograph
        With faces, all of which are known.
    crops : list of Photograph
        Of one face each, which fills them.
    backgrounds : list of array of uint8
        Grey pictures without a face.
    """

    photographs: list[Photograph]
    crops: list[Photograph]
    backgrounds: list[np.ndarray]


def material_of(scenes: Scenes, crops: Sequence[np.ndarray] = (), frame: Sequence[float] = UTKFACE_FRAME) -> Material:
    """Take what there is to learn from out of annotated pictures.

    Parameters
    ----------
    scenes : Scenes
        Those of Training are taken; without a face, they are backgrounds. Where an attribute ``ellipse`` says so
        (half the length, half the width, turn of the longer axis in radians, middle), a face is that, else what fills
        its box.
    crops : sequence of arrays of uint8
        Grey pictures of one upright face each, which fills them.
    frame : sequence of float
        Where the face of a crop lies: left, top, right and bottom, as a share of its sides.
    """
    photographs, backgrounds = [], []
    told = scenes.attributes
    ellipses = told["ellipse"] if told is not None and "ellipse" in told else [None] * len(scenes.boxes)
    each = [
        _ellipse(box, one if isinstance(one, np.ndarray) else None)
        for box, one in zip(scenes.boxes, ellipses, strict=True)
    ]
    for number in np.flatnonzero(scenes.split == TRAINING):
        grey = to_grey(scenes.picture(number))
        mine = np.array([each[row] for row in np.flatnonzero(scenes.picture_of == number)]).reshape(-1, 5)
        if len(mine):
            photographs.append(Photograph(grey, mine))
        else:
            backgrounds.append(grey)
    if not photographs or not backgrounds:
        raise DataError(
            f"{scenes.name}: a detector learns from pictures with faces and from some without; Training has "
            f"{len(photographs)} and {len(backgrounds)}"
        )
    left, top, right, bottom = frame
    filled = [np.array([left, top, right - left, bottom - top]) * np.tile(crop.shape[::-1], 2) for crop in crops]
    alone = [Photograph(crop, _ellipse(box, None)[None]) for crop, box in zip(crops, filled, strict=True)]
    return Material(photographs, alone, backgrounds)


def _ellipse(box: np.ndarray, told: np.ndarray | None) -> np.ndarray:
    if told is None:
        left, top, width, height = box
        return np.array([left + width / 2, top + height / 2, width / 2, height / 2, 0.0])
    half_length, half_width, axis, across, down = told
    turn = np.deg2rad(np.rad2deg(axis) % 180 - 90)  # the longer axis of an upright face stands upright
    return np.array([across, down, half_width, half_length, turn])


class Canvas:
    """A picture in the making, and the faces that were put on it so far."""

    def __init__(self, size: int):
        self.pixels = np.zeros((size, size), np.uint8)
        self.ellipses, self._points, self._shows = np.empty((0, 5)), np.empty((0, len(_RING), 2)), []

    def put(self, photograph: Photograph, matrix: np.ndarray, mask: np.ndarray | None = None) -> None:
        """Put a photograph on, moved by a matrix (2 x 3); a mask (uint8) says where it covers."""
        size = self.pixels.shape[0]
        pixels, moved = shrunk_before(photograph.pixels, matrix)
        layer = cv2.warpAffine(pixels, moved, (size, size), flags=cv2.INTER_LINEAR)
        if mask is None:
            mask = np.full(photograph.pixels.shape, 255, np.uint8)
        small, _ = shrunk_before(mask, matrix)
        cover = cv2.warpAffine(small, moved, (size, size), flags=cv2.INTER_LINEAR)
        self._cover(cover > 127)
        share = cover.astype(np.float32) / 255
        self.pixels = (self.pixels * (1 - share) + layer * share + 0.5).astype(np.uint8)
        for ellipse in photograph.ellipses:
            self._add(ellipse, matrix, photograph.pixels.shape, mask)

    def _cover(self, covered: np.ndarray) -> None:
        for points, shows in zip(self._points, self._shows, strict=True):
            shows &= ~_at(covered, points)

    def _add(self, ellipse, matrix, shape, mask) -> None:
        across, down, a, b, turn = ellipse
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        points = (_RING * (a, b)) @ spin.T + (across, down)
        shows = _at(np.ones(shape, bool), points) & _at(mask > 127, points)
        points = points @ matrix[:, :2].T + matrix[:, 2]
        shows &= _at(np.ones(self.pixels.shape, bool), points)
        scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
        mirrored = np.linalg.det(matrix[:, :2]) < 0
        angle = np.arctan2(matrix[1, 0], matrix[0, 0]) if not mirrored else np.arctan2(-matrix[1, 0], -matrix[0, 0])
        middle = matrix[:, :2] @ (across, down) + matrix[:, 2]
        moved = (*middle, a * scale, b * scale, angle + (-turn if mirrored else turn))
        self.ellipses = np.vstack([self.ellipses, moved])
        self._points = np.concatenate([self._points, points[None]])
        self._shows.append(shows)

    def faces(self) -> np.ndarray:
        """Left, top, width, height, turn in degrees, and share that shows, of each face: k x 6."""
        across, down, a, b, turn = self.ellipses.T
        half_width = np.hypot(a * np.cos(turn), b * np.sin(turn))
        half_height = np.hypot(a * np.sin(turn), b * np.cos(turn))
        shows = np.array([one.mean() for one in self._shows])
        degrees = (np.rad2deg(turn) + 180) % 360 - 180
        rows = (across - half_width, down - half_height, 2 * half_width, 2 * half_height, degrees, shows)
        faces = np.stack(rows, axis=1) if len(shows) else np.empty((0, 6))
        return faces[faces[:, 5] > 0.02] if len(shows) else faces


def _at(mask: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Look a mask up at points; outside of it, it is False."""
    x, y = np.floor(points).astype(int).T
    inside = (x >= 0) & (y >= 0) & (x < mask.shape[1]) & (y < mask.shape[0])
    return inside & mask[np.clip(y, 0, mask.shape[0] - 1), np.clip(x, 0, mask.shape[1] - 1)]


def shrunk_before(pixels: np.ndarray, matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shrink a picture that will be shrunk to less than half before, so that nothing is left out."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    if scale > 0.6:
        return pixels, matrix
    height, width = pixels.shape
    size = max(4, round(width * scale * 1.3)), max(4, round(height * scale * 1.3))
    back = np.diag([width / size[0], height / size[1], 1])
    back[:2, 2] = (width / size[0] - 1) / 2, (height / size[1] - 1) / 2
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), matrix @ back
