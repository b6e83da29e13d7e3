"""Wrinkles: folds that muscles press into the skin, and those that age leaves there.

Comes in: a canvas, a face and its anatomy. Goes out: the canvas, with darker and lighter lines.
"""

import numpy as np

from helpers.rendering.canvas import smooth, translate


def draw_wrinkles(canvas, face, geometry):
    """Draw all folds, each as deep as its units and the face's age make it."""
    _forehead(canvas, face)
    for side in (-1, 1):

        def au(unit, side=side):
            return geometry.amounts.get((unit, side), 0.0)

        _frown(canvas, face, side, au)
        _nose_root(canvas, side, au)
        _eye_corner(canvas, face, side, au)
        _cheek(canvas, face, geometry, side, au)
    _chin(canvas, face, geometry)


def _line(canvas, side, points, strength, width=0.03, soft=0.02):
    curve = smooth(np.array(points) * [side, 1], 4)
    canvas.shade(curve, min(0.6, strength), width=width, soft=soft)


def _forehead(canvas, face):
    units, old = face.units, face.identity.wrinkles
    inner, outer = units.get(1, 0), units.get(2, 0)
    lift = 0.06 * (inner + outer)
    wide = 0.30 + 0.35 * outer + 0.15 * old
    depth = 0.20 * (0.5 + 0.6 * old) * max(inner, outer) + 0.10 * old
    frown = units.get(4, 0)
    for row, height in enumerate((-0.48, -0.60, -0.72)):
        y = height - lift * (0.8 - 0.2 * row)
        sag = 0.05 * inner * frown
        ends = y + 0.02 + sag
        line = np.c_[wide * np.array([-1, -0.5, 0, 0.5, 1]), [ends, y, y + 0.015 - sag, y, ends]]
        _line(canvas, 1, line, depth * (1 - 0.2 * row), 0.026, 0.022)
        canvas.shade(line - [0, 0.05], -0.4 * depth, width=0.04, soft=0.03)


def _frown(canvas, face, side, au):
    frown, old = au(4) + 0.15 * au(9), face.identity.wrinkles
    top = -0.42 - 0.05 * au(1)
    _line(canvas, side, [(0.075, -0.16), (0.07, -0.28), (0.095, top)], 0.40 * frown + 0.08 * old, 0.034, 0.026)
    # The brow's own bulge, pushed down and inwards.
    middle = np.array([(0.02, -0.20), (0.13, -0.27), (0.30, -0.26), (0.12, -0.12)]) * [side, 1]
    canvas.shade(middle, 0.24 * frown * (1 - 0.5 * au(1)), soft=0.06)
    if au(1) * frown > 0.05:  # sad and fearful brows gather skin above their inner ends
        hill = np.array([(0.0, -0.56), (0.22, -0.44), (0.30, -0.38), (0.0, -0.40)]) * [side, 1]
        canvas.shade(hill, 0.22 * au(1) * min(1.0, 1.5 * frown), soft=0.05)


def _nose_root(canvas, side, au):
    wrinkled = au(9)
    if wrinkled < 0.03:
        return
    for y in (0.02, 0.10, 0.18):
        _line(canvas, side, [(0.02, y - 0.04), (0.09, y - 0.01), (0.15, y + 0.05)], 0.30 * wrinkled, 0.03, 0.024)
    _line(canvas, 1, [(-0.08, -0.08), (0, -0.065), (0.08, -0.08)], 0.35 * wrinkled, 0.025, 0.015)
    beside = np.array([(0.14, 0.15), (0.22, 0.35), (0.26, 0.55), (0.19, 0.45)]) * [side, 1]
    canvas.shade(beside, 0.22 * wrinkled, soft=0.05)


def _eye_corner(canvas, face, side, au):
    identity = face.identity
    x = identity.eye_distance
    crow = 0.32 * au(6) * (0.5 + 0.6 * identity.wrinkles) + 0.10 * identity.wrinkles
    outer = x + identity.eye_width
    for turn in (-0.05, 0.015, 0.08):
        foot = [(outer + 0.035, 0.35 * turn), (outer + 0.09, 0.75 * turn), (outer + 0.15, 1.2 * turn + 0.01)]
        _line(canvas, side, foot, crow, 0.02, 0.012)
    bag = 0.30 * au(6) + 0.18 * au(7) + 0.16 * au(9) + 0.16 * identity.wrinkles
    drop = 0.115 - 0.02 * au(6)
    below = [(x - 0.19, 0.06), (x - 0.05, drop + 0.01), (x + 0.12, drop), (x + 0.21, 0.055)]
    _line(canvas, side, below, bag, 0.026, 0.02)
    _line(canvas, side, [(x - 0.16, 0.125), (x, drop + 0.075), (x + 0.15, drop + 0.04)], -0.35 * bag, 0.04, 0.03)


def _cheek(canvas, face, geometry, side, au):
    identity, mouth = face.identity, geometry.mouth
    corner = mouth.upper_seam[0] if side < 0 else mouth.upper_seam[-1]
    cx, cy = abs(corner[0]), corner[1]
    tip_y, half = geometry.nose_tip[1], geometry.nose_half
    smile, lift, wrinkled = au(12), au(10), au(9)
    depth = 0.42 * smile + 0.33 * lift + 0.30 * wrinkled + 0.15 * au(20) + 0.20 * identity.wrinkles + 0.05
    bend = 0.07 * smile + 0.04 * lift
    fold = [
        (half + 0.02, tip_y - 0.10 - 0.04 * wrinkled),
        (half + 0.10 + bend, tip_y + 0.06),
        (0.55 * (half + cx) + 0.10 + bend, 0.5 * (tip_y + cy) + 0.03),
        (cx + 0.10 + 0.02 * smile, cy - 0.01),
    ]
    if smile < 0.4:
        fold.append((cx + 0.09, cy + 0.10))
    _line(canvas, side, fold, depth, 0.032, 0.022)
    _line(canvas, side, translate(fold, -0.05, 0.03), 0.45 * depth, 0.09, 0.05)
    _line(canvas, side, translate(fold, 0.08, -0.05), -0.20 * depth, 0.09, 0.05)
    hollow = translate([(0.03, -0.11), (0.16, -0.16), (0.24, 0.02), (0.13, 0.16), (0.05, 0.05)], cx, cy)
    canvas.shade(hollow * [side, 1], 0.26 * smile + 0.10 * au(20), soft=0.06)
    down = translate([(0.02, 0.02), (0.07, 0.11), (0.06, 0.22)], cx, cy)
    _line(canvas, side, down, 0.34 * (au(15) + 0.35 * identity.wrinkles), 0.03, 0.022)
    pout = translate([(-0.10, 0.05), (0.03, 0.06), (-0.02, 0.17)], cx, cy)
    canvas.shade(pout * [side, 1], 0.22 * au(15), soft=0.04)


def _chin(canvas, face, geometry):
    boss = face.units.get(17, 0)
    low = geometry.mouth.lower_edge[8, 1]
    groove = [(-0.20, low + 0.12), (-0.10, low + 0.075), (0, low + 0.065), (0.10, low + 0.075), (0.20, low + 0.12)]
    _line(canvas, 1, groove, 0.34 * boss + 0.05, 0.035, 0.025)
    if boss > 0.1:
        rng = np.random.default_rng(face.identity.seed + 5)
        dots = np.c_[rng.uniform(-0.15, 0.15, 9), rng.uniform(low + 0.13, low + 0.28, 9)]
        canvas.shade([np.array([p, translate(p, 0.02, 0.01)]) for p in dots], 0.30 * boss, width=0.03, soft=0.012)
