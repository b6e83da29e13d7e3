"""Features: eyes, brows, nose and mouth, painted onto the shaded head.

Comes in: a canvas, a face and its anatomy. Goes out: the canvas, painted.
"""

import numpy as np

from helpers.rendering.canvas import translate

CIRCLE = np.stack([np.cos(np.linspace(0, 2 * np.pi, 21)), np.sin(np.linspace(0, 2 * np.pi, 21))], 1)

BETWEEN_TEETH = (-0.22, -0.165, -0.11, -0.056, 0, 0.056, 0.11, 0.165, 0.22)  # from the mouth's middle


def disc(middle, wide, high=None):
    """A polygon around `middle`."""
    return np.asarray(middle) + CIRCLE * [wide, wide if high is None else high]


def draw_eyes(canvas, face, geometry, lit):
    """Sockets, lids, whites, irises, lashes."""
    identity = face.identity
    for eye in geometry.eyes:
        x, y = eye.middle
        canvas.shade(disc((x - eye.side * 0.03, y - 0.04), 0.26, 0.14), 0.15, soft=0.07)
        canvas.shade(disc((x - eye.side * 0.20, y - 0.02), 0.06, 0.09), 0.28, soft=0.04)
        _fold_of_lid(canvas, identity, eye)
        if eye.opening > 0.03:
            _open_eye(canvas, face, eye, lit)
        strong = 0.74 + 0.16 * identity.makeup
        lashes = translate(eye.upper, 0, -0.004)
        canvas.shade(lashes, strong, width=0.036 + 0.016 * identity.makeup, soft=0.010)
        outer = translate(eye.upper[6:], 0, -0.008)
        canvas.shade(outer, 0.35 + 0.3 * identity.makeup, width=0.04, soft=0.014)
        canvas.shade(eye.lower, 0.25 + 0.25 * identity.makeup, width=0.020, soft=0.010)


def _fold_of_lid(canvas, identity, eye):
    if identity.lid_fold < 0.02:
        return
    t = np.linspace(-1, 1, len(eye.upper))[:, None]
    above = identity.lid_fold * (0.55 + 0.45 * (1 - t**2))
    fold = eye.upper - np.concatenate([0 * above, above], axis=1)
    canvas.shade(fold[1:], 0.30 + 0.15 * identity.makeup, width=0.022, soft=0.014)


def _open_eye(canvas, face, eye, lit):
    outline = np.concatenate([eye.upper, eye.lower[::-1]])
    window, cover = canvas.mask(canvas.project(outline), soft=0.006)
    if window is None:
        return
    light = lit[window]
    shadow = canvas.mask(canvas.project(eye.upper), 0.02, 0.06, window)[1]
    white = np.float32(0.80) * light * (1 - np.float32(0.40) * shadow)
    iris = canvas.mask(canvas.project(disc(eye.iris, eye.radius)), 0.008, None, window)[1]
    eyeball = white + (np.float32(face.identity.iris) * light - white) * iris
    pupil = canvas.mask(canvas.project(disc(eye.iris, 0.045)), 0.008, None, window)[1]
    eyeball += (np.float32(0.04) - eyeball) * pupil
    rim = canvas.mask(canvas.project(disc(eye.iris, eye.radius)), 0.008, 0.02, window)[1]
    eyeball *= 1 - np.float32(0.45) * rim
    glint = (eye.iris[0] + 0.03 * np.sign(face.light.side + 0.1), eye.iris[1] - 0.035)
    spark = canvas.mask(canvas.project(disc(glint, 0.022)), 0.006, None, window)[1]
    eyeball += (np.float32(0.95) - eyeball) * spark * np.float32(0.9)
    part = canvas.image[window]
    part += (eyeball - part) * cover


def draw_brows(canvas, face, geometry):
    """Hairs over a soft shadow."""
    identity = face.identity
    rng = np.random.default_rng(identity.seed + 3)
    hairs = 40
    for brow in geometry.brows:
        canvas.shade(brow.outline, 0.66 * identity.brow_darkness, soft=0.022, lift=0.03)
        at = rng.random(hairs)
        across = rng.uniform(-0.8, 0.9, hairs)
        place = at * (len(brow.line) - 1)
        low = np.minimum(place.astype(int), len(brow.line) - 2)
        part = (place - low)[:, None]
        root = brow.line[low] * (1 - part) + brow.line[low + 1] * part
        half = brow.half[low]
        root[:, 1] += across * half
        # Near the nose the hairs stand up, further out they lie along the brow.
        lean = 0.45 + 0.9 * at + 0.12 * rng.standard_normal(hairs)
        length = 0.085 * (0.6 + 0.6 * rng.random(hairs))
        tip = root + np.stack([brow.side * length * np.minimum(lean, 1.2), -length * (0.9 - 0.95 * at) * 0.6], 1)
        lines = [np.stack([a, b]) for a, b in zip(root, tip, strict=True)]
        canvas.shade(lines, 0.42 * identity.brow_darkness, width=0.014, soft=0.006, lift=0.03)


def draw_nose(canvas, face, geometry):
    """Nostrils, wings, the shadow underneath."""
    (tip_x, tip_y), half = geometry.nose_tip, geometry.nose_half
    look_up = -face.pose.pitch / 30
    canvas.shade(disc((tip_x, tip_y + 0.075), 0.8 * half, 0.05), 0.16, soft=0.04, lift=0.10)
    canvas.shade(disc((tip_x, tip_y + 0.14), 0.8 * half, 0.06), 0.12, soft=0.05)
    for side in (-1, 1):
        hole = disc((tip_x + side * 0.50 * half, tip_y + 0.055), 0.045, 0.022 + 0.012 * look_up)
        canvas.shade(hole, 0.55, soft=0.018, lift=0.14)
        wing = np.array([(0.80, -0.11), (1.0, -0.05), (1.04, 0.015), (0.92, 0.055), (0.76, 0.06)]) * [half, 1]
        canvas.shade(wing * [side, 1] + [tip_x, tip_y], 0.26, width=0.024, soft=0.016, lift=0.06)
    canvas.shade(disc((tip_x, tip_y - 0.03), 0.05, 0.045), -0.10, soft=0.03, lift=0.25)
    ridge = np.array([(0.2 * tip_x, 0.05), (0.6 * tip_x, 0.35), (tip_x, tip_y - 0.1)])
    canvas.shade(ridge, -0.07, width=0.05, soft=0.03, lift=0.15)


def draw_mouth(canvas, face, geometry, lit):
    """Lips, the seam or the opening between them, teeth and tongue."""
    identity, mouth = face.identity, geometry.mouth
    upper = np.concatenate([mouth.upper_edge, mouth.upper_seam[::-1]])
    lower = np.concatenate([mouth.lower_seam, mouth.lower_edge[::-1]])
    colour = 1 - identity.lip_tone
    canvas.shade(translate(mouth.lower_edge[3:-3], 0, 0.045), 0.20, width=0.06, soft=0.035, lift=0.03)
    canvas.shade(upper, colour + 0.14, soft=0.012, lift=0.05)
    canvas.shade(lower, colour + 0.02, soft=0.014, lift=0.05)
    shine = 0.5 * (mouth.lower_seam + mouth.lower_edge)[5:-5]
    canvas.shade(shine, -0.16, width=0.03, soft=0.025, lift=0.05)
    canvas.shade(mouth.upper_edge[4:-4] - [0, 0.018], -0.08, width=0.02, soft=0.015, lift=0.05)
    philtrum = np.array([(0, -0.15), (0, -0.02)]) + mouth.upper_edge[8]
    canvas.shade(philtrum, 0.10, width=0.05, soft=0.025)
    if mouth.gap > 0.015:
        _open_mouth(canvas, face, mouth, lit)
    else:
        canvas.shade(mouth.upper_seam, 0.6, width=0.028, soft=0.012, lift=0.05)
    for corner, side in ((mouth.upper_seam[0], -1), (mouth.upper_seam[-1], 1)):
        canvas.shade(disc(translate(corner, side * 0.012, 0), 0.035, 0.03), 0.30, soft=0.022, lift=0.03)


def _open_mouth(canvas, face, mouth, lit):
    window, cover = canvas.mask(canvas.project(mouth.opening, 0.03), soft=0.008)
    if window is None:
        return
    units, light = face.units, lit[window]
    inside = np.full_like(light, 0.07)

    def add(points, value, soft, opacity=1.0):
        there = canvas.mask(canvas.project(points, 0.02), soft, None, window)[1]
        np.add(inside, (np.float32(value) * light - inside) * (there * np.float32(opacity)), inside)

    if mouth.gap > 0.16:
        middle = mouth.lower_seam[8] - [0, 0.04]
        add(disc(middle, 0.62 * mouth.half_width, 0.32 * mouth.gap), 0.40, 0.05, 0.8)
    shown = 0.03 + 0.10 * units.get(12, 0) + 0.03 * units.get(10, 0) + 0.03 * units.get(20, 0)
    shown -= 0.03 * units.get(27, 0) + 0.02 * units.get(26, 0)
    inner = slice(1, -1)
    up = mouth.upper_seam[inner] - [0, 0.02]
    add(np.concatenate([up, translate(up, 0, 0.02 + min(0.15, max(0.015, shown)))[::-1]]), 0.80, 0.012)
    below = 0.09 * units.get(16, 0) + 0.03 * units.get(20, 0) + 0.02 * units.get(10, 0)
    if below > 0.02:
        low = translate(mouth.lower_seam[2:-2], 0, 0.02)
        add(np.concatenate([low, (low - [0, 0.02 + below])[::-1]]), 0.68, 0.012)
    # Towards the corners teeth lie in the cheeks' shadow.
    ends = [disc(mouth.upper_seam[i], 0.09, 0.09) for i in (0, -1)]
    inside *= 1 - np.float32(0.75) * canvas.mask(canvas.projected(ends), 0.05, None, window)[1]
    gaps = [translate([(x, -0.4), (x, 0.5)], 0, mouth.upper_seam[8, 1]) for x in BETWEEN_TEETH]
    inside *= 1 - np.float32(0.16) * canvas.mask(canvas.projected(gaps), 0.004, 0.012, window)[1]
    part = canvas.image[window]
    part += (inside - part) * cover
