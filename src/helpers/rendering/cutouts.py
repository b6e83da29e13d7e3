"""Heads cut out, to be put into scenes: a rendered face with its hair, neck, shoulders, and what shines through.

Comes in: which rendered face, and where it is wanted. Goes out: pixels with their transparency, and the outline of the
face. A head is drawn once, and then shrunk, turned and mirrored as often as it appears.
"""

from dataclasses import dataclass
from functools import lru_cache
from math import cos, floor, log2, radians, sin

import cv2
import numpy as np

from helpers.rendering import catalogue
from helpers.rendering.canvas import Canvas
from helpers.rendering.drawing import head_outline, paint_head
from helpers.rendering.geometry import face_geometry
from helpers.rendering.photograph import Photograph
from helpers.rendering.things import fill

SIDE = 176  # pixels of a cut-out along a side; the face takes up half of its width
FRAMING = Photograph(zoom=1.62, shift_y=0.12)  # from the hair to the shoulders

#: Right half of shoulders and trunk, in face units: as wide as :func:`draw_neck` paints clothes, and far down.
TRUNK = np.array([(0.6, 1.75), (1.9, 1.97), (2.2, 2.2), (2.3, 4.5), (2.0, 8.0), (1.7, 16.0)])


@dataclass(frozen=True)
class Cutout:
    """A head, ready to be put anywhere; lengths are shares of the frame's side."""

    attributes: dict  # those of the rendered face
    outline: np.ndarray  # the face from the chin to the top of the skull, without hair or ears: (n, 2)
    trunk: np.ndarray  # corners of the body: (m, 2)
    clothes: float  # brightness, 0 to 1
    levels: tuple[np.ndarray, ...]  # brightness over black and transparency, uint8 (side, side, 2), each half as large


@dataclass(frozen=True)
class PlacedFace:
    """A face's place in a scene.

    Its box (left, top, width, height) holds the head's outline from the chin to the top of the skull, as far as it lies
    in the picture; `visible` is the share of that outline that is neither outside nor behind somebody else.
    """

    head: tuple[int, int, int, int]  # the rendered face: what `catalogue.describe` takes
    x: float  # of the outline's middle, in pixels
    y: float
    height: float  # of the outline before it is turned, in pixels
    roll: float = 0.0  # degrees, clockwise
    mirrored: bool = False
    gain: float = 1.0  # how much brighter it is than its rendered face
    box: tuple[float, float, float, float] | None = None
    visible: float = 1.0


@lru_cache(maxsize=64)
def cut_out(head: tuple[int, int, int, int]) -> Cutout:
    """Draw the head of a rendered face, upright, on its own."""
    face, attributes, *_ = catalogue.describe(*head)
    face = face.with_pose(roll=0.0)
    canvas = Canvas(face.pose, FRAMING, SIDE)
    # Every stroke is linear in what lies beneath. So a background of 1j keeps the two apart: the real part is the
    # brightness over black, and the imaginary part the share of the background that shines through.
    canvas.image = np.full((SIDE, SIDE), 1j, np.complex64)
    paint_head(canvas, face)
    both = np.stack([canvas.image.real, canvas.image.imag], axis=2)
    levels = [np.rint(np.clip(both, 0, 1) * 255).astype(np.uint8)]
    while levels[-1].shape[0] > 8:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    trunk = canvas.project(np.concatenate([TRUNK, TRUNK[::-1] * [-1, 1]]))
    # The first that draw_neck draws from this generator is the tone of the clothes.
    clothes = np.random.default_rng(face.identity.seed + 17).uniform(0.05, 0.9)
    outline = head_outline(canvas, face_geometry(face))
    return Cutout(attributes, outline / SIDE, trunk / SIDE, float(clothes), tuple(levels))


def transform(face: PlacedFace) -> np.ndarray:
    """From shares of the cut-out's frame to pixels of the scene: float, 2 x 3."""
    outline = cut_out(face.head).outline
    low, high = outline.min(axis=0), outline.max(axis=0)
    scale, angle = face.height / (high[1] - low[1]), radians(face.roll)
    turn = np.array([[cos(angle), -sin(angle)], [sin(angle), cos(angle)]]) * scale
    turn[:, 0] *= -1 if face.mirrored else 1
    return np.c_[turn, (face.x, face.y) - turn @ (low + high) / 2]


def outline_of(face: PlacedFace) -> np.ndarray:
    """Corners of the face's outline in the scene, in pixels: float, (n, 2)."""
    matrix = transform(face)
    return cut_out(face.head).outline @ matrix[:, :2].T + matrix[:, 2]


def trunk_of(face: PlacedFace) -> np.ndarray:
    """Corners of the body below the face, in pixels of the scene: float, (m, 2)."""
    matrix = transform(face)
    return cut_out(face.head).trunk @ matrix[:, :2].T + matrix[:, 2]


def place_pixels(face: PlacedFace, size: tuple[int, int]):
    """The head's pixels where it is placed: the window of the scene, brightness, transparency (uint8), or None."""
    head, matrix = cut_out(face.head), transform(face)
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) @ matrix[:, :2].T + matrix[:, 2]
    left, top = np.maximum(0, np.floor(corners.min(axis=0))).astype(int)
    right, bottom = np.minimum(size[::-1], np.ceil(corners.max(axis=0))).astype(int)
    if right <= left or bottom <= top:
        return None
    # Linear interpolation is true as long as a pixel of the scene covers at most two of the cut-out.
    wanted = np.sqrt(abs(np.linalg.det(matrix[:, :2]))) / SIDE
    level = head.levels[min(max(0, floor(-log2(wanted))), len(head.levels) - 1)]
    side = level.shape[0]
    move = matrix[:, :2] / side
    shift = matrix[:, 2] + move @ (0.5, 0.5) - 0.5 - (left, top)
    warped = cv2.warpAffine(
        level, np.c_[move, shift], (int(right - left), int(bottom - top)), flags=cv2.INTER_LINEAR, borderValue=(0, 255)
    )
    return (slice(top, bottom), slice(left, right)), warped[..., 0], warped[..., 1]


def paste(picture: np.ndarray, face: PlacedFace) -> None:
    """Put a head and its body into a picture of uint8."""
    fill(picture, trunk_of(face), min(255, round(255 * face.gain * cut_out(face.head).clothes)))
    if (placed := place_pixels(face, picture.shape)) is not None:
        window, bright, clear = placed
        behind = picture[window] * (clear * np.float32(1 / 255))
        picture[window] = np.minimum(behind + bright * np.float32(face.gain) + np.float32(0.5), 255)


def cover(owner: np.ndarray, face: PlacedFace, number: int) -> int:
    """Write `number` into a map of whose face each pixel shows, 0 where the head hides it; give the whole face's area.

    `owner` is uint8, as large as the scene; the area, in pixels, counts what lies outside the scene too.
    """
    fill(owner, trunk_of(face), 0, cv2.LINE_8)
    if (placed := place_pixels(face, owner.shape)) is not None:
        window, _, clear = placed
        owner[window][clear < 128] = 0
    outline = outline_of(face)
    fill(owner, outline, number, cv2.LINE_8)
    low = np.floor(outline.min(axis=0)) - 1
    width, height = np.ceil(outline.max(axis=0) - low).astype(int) + 2
    whole = np.zeros((height, width), np.uint8)
    fill(whole, outline - low, 1, cv2.LINE_8)
    return int(whole.sum())
