"""The surface: a head's relief, its skin, and the light on both.

Comes in: a face, its anatomy, a canvas. Goes out: the shading (1 is full light) and the skin's brightness, for each
pixel of the canvas.
"""

from math import cos, radians, sin

import cv2
import numpy as np

SOFTNESS = 0.62  # of the relief: a hard brow ridge looks angry


def bump(u, v, at_u, at_v, wide, high):
    """A smooth hill of height 1, nearly a Gaussian with deviations `wide` and `high`."""
    a = (u - np.float32(at_u)) * np.float32(1 / wide)
    b = (v - np.float32(at_v)) * np.float32(1 / high)
    q = np.maximum(np.float32(0), 1 - (a * a + b * b) * np.float32(1 / 6))
    return q * q * q


def relief(face, geometry, canvas):
    """Height over the smooth head: sockets, nose, cheeks, lips, chin."""
    identity, units = face.identity, face.units
    u, v = canvas.u, canvas.v
    side = np.abs(u)
    smile = units.get(12, 0) + 0.6 * units.get(6, 0)
    h = -0.10 * bump(side, v, identity.eye_distance, 0.02, 0.24, 0.15)
    h += 0.045 * bump(side, v, 0.40, -identity.brow_height - 0.06, 0.36, 0.12)
    cheek = bump(side, v, 0.60 + 0.02 * smile, 0.50 - 0.08 * smile, 0.25, 0.20)
    h += 0.07 * identity.cheeks * (1 + 0.7 * smile) * cheek
    h += 0.05 * bump(u, v, 0, identity.mouth_height, 0.42, 0.28)
    h += 0.07 * bump(u, v, 0, geometry.contour[:, 1].max() - 0.20, 0.24, 0.15)
    h -= 0.05 * bump(u, v, 0, geometry.mouth.lower_edge[8, 1] + 0.09, 0.22, 0.07)
    return h + _nose(identity, geometry, canvas, u, v)


def _nose(identity, geometry, canvas, u, v):
    tip_x, tip_y = geometry.nose_tip
    top = -0.10
    along = np.clip((v - np.float32(top)) * np.float32(1 / (tip_y - top)), 0, 1)
    height = np.float32(0.26 * identity.nose_relief) * along * (np.float32(0.55) + np.float32(0.45) * along)
    height += np.float32(0.05 * identity.nose_hump) * along * (1 - along) * 4
    # Turning the head carries the nose sideways, the more the higher it stands.
    turn = canvas.yaw[1] / canvas.yaw[0]
    across = u - height * np.float32(turn) - np.float32(tip_x) * along * along
    wide = np.float32(identity.nose_width) * (np.float32(0.090) + np.float32(0.065) * along)
    q = np.maximum(0, 1 - (across / wide) ** 2 * np.float32(1 / 6))
    below = np.clip((np.float32(tip_y + 0.10) - v) * np.float32(1 / 0.13), 0, 1)
    nose = height * q * q * q * below
    half = np.abs(across)
    nose += 0.09 * bump(half, v, 0.78 * geometry.nose_half, tip_y - 0.01, 0.055, 0.065)
    nose += 0.06 * bump(across, v, 0, tip_y - 0.04, 0.09, 0.09)
    return nose


def shading(face, geometry, canvas):
    """Light on each pixel: 1 where the lamp shines straight on the skin."""
    light = face.light
    depth = canvas.depth + np.float32(SOFTNESS) * relief(face, geometry, canvas)
    depth *= np.float32(canvas.scale)
    slope_x, slope_y = np.zeros_like(depth), np.zeros_like(depth)
    slope_x[:, 1:-1] = (depth[:, 2:] - depth[:, :-2]) * np.float32(0.5)
    slope_y[1:-1] = (depth[2:] - depth[:-2]) * np.float32(0.5)
    side, height = radians(light.side), radians(light.height)
    lamp = np.array([sin(side) * cos(height), -sin(height), cos(side) * cos(height)], np.float32)
    length = np.sqrt(slope_x * slope_x + slope_y * slope_y + 1)
    facing = (lamp[2] - slope_x * lamp[0] - slope_y * lamp[1]) / length
    # Skin scatters: the edge of the shadow is soft, and never black.
    direct = np.maximum(0, (facing + np.float32(0.3)) * np.float32(1 / 1.3))
    sky = np.float32(0.75) + np.float32(0.25) / length  # the room sees the flanks less
    return np.float32(light.ambient) * sky + np.float32((1 - light.ambient) * light.strength * 1.12) * direct


def value_noise(seed: int, size: int, cells: int) -> np.ndarray:
    """Smooth random mottling between -1 and 1, with about `cells` spots along a side."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (cells, cells), dtype=np.uint8)
    fine = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_LINEAR_EXACT)
    return fine.astype(np.float32) * np.float32(1 / 127.5) - 1


def skin(face, geometry, canvas):
    """Brightness of the skin itself, before any light falls on it."""
    identity = face.identity
    tone = np.full_like(canvas.u, identity.skin)
    rough = 0.03 + 0.03 * identity.wrinkles
    tone += np.float32(rough * identity.skin) * value_noise(identity.seed, canvas.size, 9)
    tone += np.float32(0.6 * rough * identity.skin) * value_noise(identity.seed + 1, canvas.size, 40)
    side = np.abs(canvas.u)
    # Blood shows in cheeks and nose, which a grey picture sees as a little darker.
    flush = bump(side, canvas.v, 0.58, 0.45, 0.22, 0.20)
    tone *= 1 - np.float32(0.06) * flush
    if identity.freckles:
        spots = value_noise(identity.seed + 2, canvas.size, 56)
        near = flush + bump(canvas.u, canvas.v, 0, 0.35, 0.3, 0.2)
        tone *= 1 - np.float32(0.3 * identity.freckles) * near * np.maximum(0, spots - 0.3)
    return tone
