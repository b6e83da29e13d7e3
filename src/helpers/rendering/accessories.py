"""What lies around and over a face: background, neck, ears, glasses, hands.

Comes in: a canvas, a face. Goes out: the canvas, painted.
"""

import numpy as np

from helpers.rendering.canvas import smooth, translate
from helpers.rendering.features import disc
from helpers.rendering.surface import value_noise

#: Where a hand lies on the right of the picture: root and aim of its fingers, middle of the palm.
HAND_AT = {
    "mouth": [(0.75, 1.75), (-0.35, 0.98), (0.8, 2.0)],
    "fists": [(0.36, 1.75), (0.24, 1.15), (0.42, 1.85)],
    "chin": [(0.55, 2.05), (-0.25, 1.55), (0.6, 2.3)],
    "cheek": [(1.05, 1.55), (0.80, 0.35), (1.1, 1.8)],
    "temples": [(1.25, 0.45), (0.95, -0.75), (1.35, 0.8)],
}


def draw_background(canvas, face):
    """A blurred room."""
    photo = face.photograph
    rng = np.random.default_rng(photo.seed + 1)
    tone = np.full((canvas.size, canvas.size), photo.background, np.float32)
    tone += np.float32(0.22 * rng.random()) * value_noise(photo.seed + 2, canvas.size, 4)
    tone += np.float32(0.25 * rng.standard_normal()) * canvas.u * np.float32(0.4)
    canvas.image[:] = np.clip(tone, 0, 1)


def draw_neck(canvas, face, geometry, lit):
    """Neck, shoulders, clothes and ears."""
    identity = face.identity
    rng = np.random.default_rng(identity.seed + 17)
    chin = geometry.contour[:, 1].max()
    clothes = np.array([(-2.2, 2.05), (-0.6, 1.75), (0.6, 1.75), (2.2, 2.05), (2.2, 3.5), (-2.2, 3.5)])
    canvas.paint(clothes, rng.uniform(0.05, 0.9), 1.0, 0.03)
    wide = (0.52 if identity.sex == "female" else 0.62) * identity.face_width
    neck = np.array([(-wide, 0.9), (wide, 0.9), (1.1 * wide, 2.2), (0, 2.5), (-1.1 * wide, 2.2)])
    canvas.paint(neck, 0.50 * identity.skin, 1.0, 0.02)
    canvas.shade(disc((0, chin + 0.06), 0.8 * wide, 0.14), 0.35, soft=0.06)
    if identity.hair_style not in ("long", "curly", "fringe", "scarf"):
        for side in (-1, 1):
            ear = disc((side * 1.01 * identity.face_width, 0.18), 0.085, 0.25)
            canvas.paint(ear, 0.72 * identity.skin, 1.0, 0.015)
            canvas.shade(disc((side * 1.03 * identity.face_width, 0.16), 0.04, 0.15), 0.35, soft=0.02)


def draw_glasses(canvas, face):
    """A frame, its bridge and temples, and a little reflection."""
    identity = face.identity
    if identity.glasses == "none":
        return
    x, high = identity.eye_distance, 0.22 if identity.glasses == "round" else 0.18
    wide = 0.25 if identity.glasses == "round" else 0.29
    thick = {"thin": 0.022, "thick": 0.05, "round": 0.03}[identity.glasses]
    frame = 0.06 if identity.glasses != "thin" else 0.25
    square = 1.0 if identity.glasses == "round" else 0.55  # below 1 the ellipse becomes a rectangle
    ring = disc((0, 0), 1.0)
    ring = np.sign(ring) * np.abs(ring) ** square * [wide, high]
    for side in (-1, 1):
        lens = translate(ring, side * (x + 0.015), 0.035)
        canvas.shade(lens, 0.05, soft=0.01, lift=0.10)
        canvas.shade(translate(lens, 0, 0.03), 0.15, width=thick, soft=0.03, lift=0.02)
        canvas.paint(lens, frame, 0.88, soft=0.005, width=thick, lift=0.10)
        temple = np.array([(side * (x + wide), -0.03), (side * 1.08, -0.06)])
        canvas.paint(temple, frame, 0.8, soft=0.005, width=thick)
        glare = translate([(-0.14, -0.09), (-0.02, -0.11), (-0.12, 0.02)], side * x, 0.03)
        canvas.shade(glare, -0.18, soft=0.03, lift=0.10)
    bridge = smooth([(-(x - wide), 0.0), (0, -0.045), (x - wide, 0.0)], 4)
    canvas.paint(bridge, frame, 0.88, soft=0.005, width=thick, lift=0.16)


def draw_hand(canvas, face):
    """A hand before the face: four fingers and, where it leans, a palm."""
    photo, identity = face.photograph, face.identity
    if photo.hand == "none":
        return
    rng = np.random.default_rng(photo.seed + 3)
    sides = (-1, 1) if photo.hand in ("temples", "fists") else (photo.hand_side,)
    for side in sides:
        root, towards, palm = np.array(HAND_AT[photo.hand]) * [side, 1]
        length = np.hypot(*(towards - root))
        along = (towards - root) / length
        across = np.array([-along[1], along[0]])
        canvas.shade(disc((root + towards) / 2, 0.40, 0.40), 0.15, soft=0.12, lift=0.1)
        canvas.paint(disc(palm, 0.42, 0.40), 0.66 * identity.skin, 1.0, 0.03, lift=0.15)
        for finger in range(4):
            start = root + across * 0.155 * (finger - 1.5) - along * 0.1
            reach = length * (1.0 - 0.10 * abs(finger - 1.3)) + 0.03 * rng.standard_normal()
            bend = across * 0.05 * rng.standard_normal()
            line = smooth([start, start + along * 0.55 * reach + bend, start + along * reach], 4)
            # Narrower and brighter strokes on top of each other make a finger round.
            canvas.paint(line, 0.34 * identity.skin, 0.9, 0.015, width=0.185, lift=0.2)
            canvas.paint(line, 0.70 * identity.skin, 0.95, 0.015, width=0.135, lift=0.2)
            canvas.paint(line, 0.86 * identity.skin, 0.9, 0.025, width=0.06, lift=0.2)
            knuckle = line[5] + across[None] * [[-0.04], [0.04]]
            canvas.shade(knuckle, 0.14, width=0.02, soft=0.012, lift=0.2)
            canvas.shade(disc(line[-1] - along * 0.015, 0.035, 0.04), -0.10, soft=0.01, lift=0.2)  # the nail
