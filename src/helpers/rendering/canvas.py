"""The canvas: where a point of the face lies in the picture, and paint for it.

Comes in: a pose, a frame, curves in face units. Goes out: a float picture, 0 black to 1 white.

The head is a smooth half-ellipsoid over the plane of the face. Curves are projected forward onto the canvas; the canvas
also knows, for each of its pixels, which point of the face it shows. Array work uses only operations that IEEE 754
rounds exactly, and cv2 only on integers, so that the pixels are the same on every machine.
"""

from functools import cache
from math import cos, radians, sin

import cv2
import numpy as np

FRAME = 2.62  # face units across a picture at zoom 1
CENTRE = 0.37  # height of the frame's middle, below the eyes
PIVOT = 0.40  # depth of the axis about which the head turns
HALF_WIDTH, HALF_HEIGHT, DEPTH = 1.14, 1.62, 0.85
FINENESS = 16  # cv2 takes coordinates in sixteenths of a pixel


def base_depth(u, v):
    """Depth of the smooth head at points of the face's plane."""
    inside = 1 - (u / HALF_WIDTH) ** 2 - ((v - 0.3) / HALF_HEIGHT) ** 2
    return DEPTH * np.sqrt(np.maximum(inside, 0.03))


def smooth(points, per_segment: int = 4, closed: bool = False) -> np.ndarray:
    """Points of a smooth curve (Catmull-Rom) through `points`."""
    points = np.asarray(points, dtype=np.float64)
    return _smoothing(len(points), per_segment, closed) @ points


@cache
def _smoothing(count: int, per_segment: int, closed: bool) -> np.ndarray:
    """The weights with which points make up the smooth curve through them."""
    own = np.eye(count)
    if closed:
        p = np.concatenate([own[-1:], own, own[:2]])
    else:
        p = np.concatenate([2 * own[:1] - own[1:2], own, 2 * own[-1:] - own[-2:-1]])
    a, b, c, d = p[:-3, None], p[1:-2, None], p[2:-1, None], p[3:, None]
    t = (np.arange(per_segment) / per_segment)[None, :, None]
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    curve = curve.reshape(-1, count)
    return curve if closed else np.concatenate([curve, own[-1:]])


def translate(points, x: float, y: float) -> np.ndarray:
    """The same points, moved."""
    return np.asarray(points) + np.array([x, y])


class Canvas:
    """A square picture of a head in a pose.

    Parameters
    ----------
    pose, photograph
        How the head is turned; how it is framed.
    size
        Pixels along a side.
    """

    def __init__(self, pose, photograph, size: int):
        self.size = size
        self.scale = size / (FRAME * photograph.zoom)  # pixels in a face unit
        yaw, pitch, roll = radians(pose.yaw), radians(pose.pitch), radians(pose.roll)
        self.yaw, self.pitch, self.roll = ((cos(yaw), sin(yaw)), (cos(pitch), sin(pitch)), (cos(roll), sin(roll)))
        self.middle = (size / 2 - self.scale * photograph.shift_x, size / 2 - self.scale * photograph.shift_y)
        self.image = np.zeros((size, size), np.float32)
        self._locate_pixels()

    def project(self, points, lift: float = 0.0) -> np.ndarray:
        """Pixels (x, y) of face points; `lift` is their height over the smooth head."""
        points = np.asarray(points, dtype=np.float64)
        u, v = points.T
        z = base_depth(u, v) + (lift - PIVOT)
        (cy, sy), (cp, sp), (cr, sr) = self.yaw, self.pitch, self.roll
        x = u * cy + z * sy
        z = z * cy - u * sy
        y = (v - CENTRE) * cp + z * sp
        return np.stack([x * cr - y * sr, x * sr + y * cr], axis=1) * self.scale + self.middle

    def _locate_pixels(self):
        """For each pixel the point of the face (u, v) and its depth towards the camera."""
        steps = np.arange(self.size, dtype=np.float32) + np.float32(0.5)
        px = ((steps - np.float32(self.middle[0])) / np.float32(self.scale))[None, :]
        py = ((steps - np.float32(self.middle[1])) / np.float32(self.scale))[:, None]
        (cy, sy), (cp, sp), (cr, sr) = (tuple(map(np.float32, pair)) for pair in (self.yaw, self.pitch, self.roll))
        x = px * cr + py * sr
        y = py * cr - px * sr
        u, v = x + np.float32(0), y + np.float32(CENTRE)
        for _ in range(4):  # a fixed point: the head is smooth, a few rounds are enough
            z = base_depth(u, v) - np.float32(PIVOT)
            u = (x - z * sy) / cy
            v = (y - (z * cy - u * sy) * sp) / cp + np.float32(CENTRE)
        self.u, self.v = u, v
        self.depth = (z * cy - u * sy) * cp - y * sp

    def mask(self, pixels, soft: float = 0.0, width: float | None = None, window=None):
        """Where a shape lies: the window it needs, and its coverage (0 to 1) in that window.

        `pixels` are corners of a polygon, or of a line where `width` is given (in face units); `soft` blurs the edge
        (face units). A line may come as a list of lines.
        """
        lines = pixels if isinstance(pixels, list) else [pixels]
        soft = soft * self.scale
        stroke = 0 if width is None else max(1, round(width * self.scale))
        if window is None:
            margin, every = int(3 * soft + stroke + 2), np.concatenate(lines)
            left, top = np.maximum(0, every.min(axis=0).astype(int) - margin)
            right, bottom = np.minimum(self.size, every.max(axis=0).astype(int) + margin + 1)
            if right <= left or bottom <= top:
                return None, None
            window = (slice(top, bottom), slice(left, right))
        else:
            (top, bottom), (left, right) = ((w.start, w.stop) for w in window)
        drawn = np.zeros((bottom - top, right - left), np.uint8)
        offset = np.array([left + 0.5, top + 0.5])
        whole = [np.rint((line - offset) * FINENESS).astype(np.int32) for line in lines]
        if width is None:
            cv2.fillPoly(drawn, whole, 255, cv2.LINE_AA, shift=4)
        else:
            # Lines thinner than a pixel are drawn one pixel wide, but fainter.
            ink = round(255 * min(1.0, width * self.scale))
            cv2.polylines(drawn, whole, False, ink, stroke, cv2.LINE_AA, shift=4)
        if soft > 0.3:
            drawn = cv2.GaussianBlur(drawn, (0, 0), soft, borderType=cv2.BORDER_REPLICATE)
        return window, drawn.astype(np.float32) * np.float32(1 / 255)

    def paint(self, points, value, opacity=1.0, soft=0.0, width=None, lift=0.0):
        """Cover a shape with a brightness; `points` are in face units."""
        window, cover = self.mask(self.projected(points, lift), soft, width)
        if window is not None:
            part = self.image[window]
            part += (np.float32(value) - part) * (cover * np.float32(opacity))

    def shade(self, points, strength, soft=0.0, width=None, lift=0.0):
        """Darken a shape by a share (positive) or lighten it (negative)."""
        if abs(strength) < 0.01:
            return
        window, cover = self.mask(self.projected(points, lift), soft, width)
        if window is not None:
            self.image[window] *= 1 - cover * np.float32(strength)

    def projected(self, points, lift=0.0):
        """Pixels of one curve, or of each of a list of curves."""
        if not isinstance(points, list):
            return self.project(points, lift)
        ends = np.cumsum([len(line) for line in points])[:-1]
        return np.split(self.project(np.concatenate(points), lift), ends)
