"""Drawing: a face becomes pixels, and its features become boxes and masks.

Comes in: a :class:`~helpers.rendering.face.FaceSpec`. Goes out: a grey picture (:func:`render`), or where its features
lie (:func:`regions`, :func:`boxes`).
"""

from dataclasses import replace

import cv2
import numpy as np

from helpers.rendering.accessories import draw_background, draw_glasses, draw_hand, draw_neck
from helpers.rendering.canvas import Canvas, translate
from helpers.rendering.face import FaceSpec
from helpers.rendering.features import disc, draw_brows, draw_eyes, draw_mouth, draw_nose
from helpers.rendering.geometry import face_geometry
from helpers.rendering.hair import draw_back_hair, draw_beard, draw_front_hair
from helpers.rendering.photograph import apply_camera
from helpers.rendering.surface import shading, skin
from helpers.rendering.wrinkles import draw_wrinkles

#: Counts up whenever the same face gets other pixels, so that no cache survives a change.
VERSION = 2

OVERSAMPLING = 2  # canvas pixels along a side for each pixel of the picture


def render(face: FaceSpec, size: int = 48, photograph: bool = True) -> np.ndarray:
    """Draw a face.

    Parameters
    ----------
    face
        What to draw.
    size
        Pixels along a side: 48 as in FER-2013, 192 to look good on a slide.
    photograph
        False leaves out tone, blur, noise and compression: a clean picture.

    Returns
    -------
    ndarray
        uint8, shape (size, size).

    Examples
    --------
    >>> from helpers.rendering import neutral_face
    >>> render(neutral_face()).shape
    (48, 48)
    """
    canvas = Canvas(face.pose, face.photograph, size * OVERSAMPLING)
    draw_background(canvas, face)
    paint_head(canvas, face)
    step, camera = OVERSAMPLING, face.photograph
    image = sum(canvas.image[i::step, j::step] for i in range(step) for j in range(step)) * np.float32(1 / step**2)
    if not photograph:
        camera = replace(camera, blur=0, noise=0, quality=100, contrast=1, brightness=0)
    return apply_camera(image, camera)


def exposure(skin: float) -> float:
    """How much longer a camera exposes for that skin: enough to see it, not to hide it."""
    return (0.60 / skin) ** 0.45


def paint_head(canvas: Canvas, face: FaceSpec) -> None:
    """Paint a head with neck and shoulders over whatever is on the canvas."""
    geometry = face_geometry(face)
    light = shading(face, geometry, canvas) * np.float32(exposure(face.identity.skin))
    hair = draw_back_hair(canvas, face)
    draw_neck(canvas, face, geometry, light)
    window, cover = canvas.mask(head_outline(canvas, geometry), soft=0.012)
    part = canvas.image[window]
    part += ((skin(face, geometry, canvas) * light)[window] - part) * cover
    draw_wrinkles(canvas, face, geometry)
    draw_nose(canvas, face, geometry)
    draw_beard(canvas, face, geometry)
    draw_mouth(canvas, face, geometry, light)
    draw_eyes(canvas, face, geometry, light)
    draw_brows(canvas, face, geometry)
    draw_front_hair(canvas, face, hair)
    draw_glasses(canvas, face)
    draw_hand(canvas, face)


def head_outline(canvas, geometry) -> np.ndarray:
    """Corners of the hull of the projected head, without hair, and of what bulges before it."""
    points = canvas.project(np.concatenate([geometry.contour * [share, 1] for share in (1.0, 0.92, 0.8)]))
    return cv2.convexHull(points.astype(np.float32))[:, 0].astype(np.float64)


def _outlines(face: FaceSpec, size: int) -> dict[str, np.ndarray]:
    """Corners of each feature, in pixels of a picture of that size."""
    canvas = Canvas(face.pose, face.photograph, size)
    geometry = face_geometry(face)
    found = {}
    for name, brow in zip(("left brow", "right brow"), geometry.brows, strict=True):
        found[name] = canvas.project(brow.outline, 0.03)
    for name, eye in zip(("left eye", "right eye"), geometry.eyes, strict=True):
        lids = np.concatenate([eye.upper - [0, 0.03], translate(eye.lower, 0, 0.03)[::-1]])
        found[name] = canvas.project(lids)
    wings = disc(geometry.nose_tip, 1.1 * geometry.nose_half, 0.11)
    nose = np.concatenate([[(-0.09, 0.0), (0.09, 0.0)], wings, [geometry.nose_tip]])
    nose = canvas.project(nose, np.repeat([0.0, 0.06, 0.25], [2, len(wings), 1]))
    found["nose"] = cv2.convexHull(nose.astype(np.float32))[:, 0].astype(np.float64)
    found["mouth"] = canvas.project(geometry.mouth.outline, 0.03)
    return found


def regions(face: FaceSpec, size: int = 48) -> dict[str, np.ndarray]:
    """Masks of brows, eyes, nose and mouth.

    Parameters
    ----------
    face
        The face that :func:`render` draws.
    size
        Pixels along a side.

    Returns
    -------
    dict
        ``left brow``, ``right brow``, ``left eye``, ``right eye``, ``nose``, ``mouth``: boolean arrays of shape (size,
        size). Left is the left of the picture.
    """
    masks = {}
    for name, outline in _outlines(face, size).items():
        mask = np.zeros((size, size), np.uint8)
        cv2.fillPoly(mask, [np.rint((outline - 0.5) * 16).astype(np.int32)], 1, shift=4)
        masks[name] = mask.astype(bool)
    return masks


def boxes(face: FaceSpec, size: int = 48) -> dict[str, tuple[float, float, float, float]]:
    """Boxes (left, top, right, bottom) in pixels around the same features as :func:`regions`."""
    found = {}
    for name, outline in _outlines(face, size).items():
        low, high = np.clip(outline.min(axis=0), 0, size), np.clip(outline.max(axis=0), 0, size)
        found[name] = (*map(float, low), *map(float, high))
    return found
