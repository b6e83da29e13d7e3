"""Hair: on the head and in the face.

Comes in: a canvas, a face and its anatomy. Goes out: the canvas, painted.
"""

import cv2
import numpy as np

from helpers.rendering.canvas import smooth, translate
from helpers.rendering.surface import value_noise

#: For each style how far the hair stands out sideways and upwards, and how low it falls beside the face (a height in
#: face units).
REACH = {
    "short": (1.06, -1.42, 0.0),
    "side": (1.10, -1.48, 0.1),
    "fringe": (1.16, -1.46, 0.9),
    "long": (1.22, -1.50, 2.4),
    "curly": (1.32, -1.62, 1.1),
    "receding": (1.04, -1.30, 0.1),
    "tied": (1.05, -1.40, 0.0),
    "scarf": (1.18, -1.45, 2.6),
}


def _strands(face, canvas):
    """Streaks that run from the parting outwards, -1 to 1."""
    identity, size = face.identity, canvas.size
    if identity.hair_style == "scarf":
        return 0.35 * value_noise(identity.seed + 7, size, 7)
    if identity.hair_style == "curly":
        return 0.9 * value_noise(identity.seed + 7, size, 22) + 0.4 * value_noise(identity.seed + 8, size, 40)
    rng = np.random.default_rng(identity.seed + 7)
    texture = rng.integers(0, 256, (4, 96), dtype=np.uint8)
    texture = cv2.resize(texture, (512, 64), interpolation=cv2.INTER_LINEAR_EXACT)
    # A strand keeps the same share of the way from the parting to the side of the head.
    away = canvas.u - np.float32(identity.hair_part)
    down = canvas.v + np.float32(1.55)
    share = away / (np.float32(0.35) + np.abs(down))
    column = np.clip((share + 2) * 128, 0, 511).astype(np.int32)
    row = np.clip((down + 0.4 * np.abs(away)) * 18, 0, 63).astype(np.int32)
    return texture[row, column].astype(np.float32) * np.float32(1 / 127.5) - 1


def _tone(face, canvas):
    """Brightness of hair for every pixel."""
    identity = face.identity
    tone = identity.hair_tone if identity.hair_style != "scarf" else 0.15 + 0.75 * ((identity.seed % 97) / 97)
    streak = np.float32(0.16 + 0.35 * tone) * _strands(face, canvas)
    # A broad sheen where the head's curve faces the light.
    y = canvas.v + np.float32(1.0)
    sheen = np.maximum(0, 1 - (y * np.float32(2.2)) ** 2) * np.float32(0.25)
    value = np.float32(tone) * (1 + streak * 2 + sheen) + np.float32(0.10) * sheen
    lean = np.float32(0.10 * np.sign(face.light.side) * min(1.0, abs(face.light.side) / 40))
    return np.clip(value * (np.float32(0.95) + lean * canvas.u), 0.015, 1)


def _crown(identity):
    """Outline of all hair, seen from the front."""
    out, top, low = REACH[identity.hair_style]
    x = out * identity.face_width * np.array([0, 0.7, 1, 1.03, 1.04, 1])
    y = np.array([top, top + 0.14, top + 0.65, 0.2, max(0.3, 0.7 * low), max(0.3, low)])
    return smooth(np.c_[np.r_[x, -x[:0:-1]], np.r_[y, y[:0:-1]]], 4, closed=True)


def draw_back_hair(canvas, face):
    """Hair that hangs behind the face; returns the tone, for the hair in front."""
    identity = face.identity
    if identity.hair_style == "bald":
        return None
    tone = _tone(face, canvas)
    if REACH[identity.hair_style][2] > 0.5:
        _cover(canvas, _crown(identity), tone)
    return tone


def _cover(canvas, points, tone, without=None, soft=0.02, ragged=None):
    window, cover = canvas.mask(canvas.project(points), soft)
    if window is None:
        return
    if without is not None:
        cover = cover * (1 - canvas.mask(canvas.project(without), soft, None, window)[1])
    if ragged is not None:
        # Where the hair thins out, some strands end later than others.
        cover = np.clip(cover * 2.2 - 0.6 + 0.45 * ragged[window] * (cover < 0.99), 0, 1)
    part = canvas.image[window]
    part += (tone[window] - part) * cover


def draw_front_hair(canvas, face, tone):
    """Hair over forehead and temples: all that lies outside the window left for the face."""
    identity = face.identity
    if tone is None:
        return
    rng = np.random.default_rng(identity.seed + 11)
    style, line, w = identity.hair_style, identity.hair_line, identity.face_width
    side = 0.93 * w
    t = np.linspace(-1, 1, 15)
    edge = line + 0.30 * t**4  # the hairline: high in the middle, down at the temples
    if style == "fringe":
        edge = line + 0.36 - 0.10 * np.abs(t) + 0.06 * rng.standard_normal(15) + 0.3 * t**6
    elif style in ("side", "long"):
        sweep = (t - identity.hair_part) * np.sign(identity.hair_part + 0.01) * -1
        edge = edge + 0.26 * np.maximum(0, sweep) ** 1.2 - 0.05
        side = (0.84 if style == "long" else 0.92) * w
    elif style == "receding":
        edge = line - 0.22 + 0.10 * np.cos(3 * np.pi * t) - 0.05 + 0.35 * t**8
    elif style == "curly":
        edge = edge + 0.05 * rng.standard_normal(15)
    elif style == "scarf":
        edge, side = line + 0.14 + 0.35 * t**4, 0.90 * w
    edge = edge + 0.022 * rng.standard_normal(15) * (style != "scarf")
    upper = np.stack([t * side, edge], axis=1)
    if REACH[style][2] > 0.5:
        sides = [(side * 1.02, 0.1), (0.97 * side, 0.8), (0.80 * side, 1.3), (0.7 * side, 2.7)]
    else:
        sides = [(1.0 * w, -0.25), (1.02 * w, 0.02), (1.30 * w, 0.10), (1.6 * w, 3.0)]
    if style == "scarf":
        sides = [(side * 1.02, 0.1), (0.95 * side, 0.8), (0.62 * side, 1.45), (0.2, 1.75)]
    window = np.concatenate([upper, sides, [(-x, y) for x, y in sides[::-1]]])
    canvas.shade(smooth(translate(upper, 0, 0.05), 2), 0.16, width=0.09, soft=0.05)
    soft, ragged = (0.016, None) if style == "scarf" else (0.05, _strands(face, canvas))
    _cover(canvas, _crown(identity), tone, smooth(window, 3, closed=True), soft, ragged)


def draw_beard(canvas, face, geometry):
    """Stubble, moustache, goatee or a full beard."""
    identity, mouth = face.identity, geometry.mouth
    if identity.beard == "none":
        return
    top, low = mouth.upper_edge[8, 1], mouth.lower_edge[8, 1]  # of the lips
    chin, wide = geometry.contour[:, 1].max(), mouth.half_width
    cx = [abs(mouth.upper_seam[0, 0]), mouth.upper_seam[-1, 0]]
    cy = [mouth.upper_seam[0, 1], mouth.upper_seam[-1, 1]]
    tip = geometry.nose_tip[1]
    x = [-cx[0] - 0.08, -0.75 * cx[0], -0.12, 0.12, 0.75 * cx[1], cx[1] + 0.08, 0.6 * cx[1], 0, -0.6 * cx[0]]
    y = [cy[0] + 0.05, top - 0.04, tip + 0.15, tip + 0.15, top - 0.04, cy[1] + 0.05, top + 0.05, top + 0.02, top + 0.05]
    parts = [np.c_[x, y]]  # the moustache
    strength = identity.beard_darkness * (0.45 if identity.beard == "stubble" else 0.95)
    strength *= min(1.0, max(0.25, 1.15 - 1.1 * identity.hair_tone))
    if identity.beard in ("goatee", "full", "stubble"):
        x = [-cx[0] - 0.08, -0.5 * wide, 0.5 * wide, cx[1] + 0.08, 0.8 * wide, 0.3, -0.3, -0.8 * wide]
        y = [cy[0], low + 0.09, low + 0.09, cy[1], chin - 0.1, chin + 0.1, chin + 0.1, chin - 0.1]
        parts.append(np.c_[x, y])
    if identity.beard in ("full", "stubble"):
        w = 0.97 * identity.face_width
        for side, corner in zip((-1, 1), cx, strict=True):
            x = [w, 0.86 * w, 0.72 * w, corner + 0.10, corner + 0.06, 0.2, 0.5, w]
            y = [0.15, 0.35, 0.80, 0.93 + 0.1, 1.25, chin, chin + 0.2, 1.1]
            parts.append(np.c_[x, y] * [side, 1])
    window, cover = canvas.mask(canvas.projected(parts), 0.05 if identity.beard == "stubble" else 0.03)
    if window is None:
        return
    rough = value_noise(identity.seed + 13, canvas.size, 44)[window]
    cover = cover * (1 - np.float32(0.22) * (rough + 1))
    lips = canvas.mask(canvas.project(mouth.outline), 0.01, None, window)[1]
    canvas.image[window] *= 1 - cover * np.float32(strength) * (1 - lips)
