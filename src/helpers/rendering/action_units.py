"""Action units: which muscles make which expression.

Comes in: the name of an expression, a random generator. Goes out: units with intensities, 0 to 1.

Units are numbered as in the Facial Action Coding System of Ekman and Friesen. What a unit does to the face is written
in :mod:`helpers.rendering.geometry` (shapes) and :mod:`helpers.rendering.wrinkles` (folds).
"""

import numpy as np

#: Number of a unit -> what a reader sees.
ACTION_UNITS: dict[int, str] = {
    1: "inner brow raised",
    2: "outer brow raised",
    4: "brows lowered and drawn together",
    5: "upper lid raised",
    6: "cheeks raised",
    7: "lids tightened",
    9: "nose wrinkled",
    10: "upper lip raised",
    12: "lip corners pulled up",
    15: "lip corners pulled down",
    16: "lower lip pulled down",
    17: "chin raised",
    20: "lips stretched sideways",
    23: "lips tightened",
    24: "lips pressed together",
    25: "lips parted",
    26: "jaw dropped",
    27: "mouth stretched open",
    43: "eyes closing",
}

#: The textbook form of each expression.
PROTOTYPES: dict[str, dict[int, float]] = {
    "angry": {4: 1.0, 5: 0.5, 7: 0.6, 17: 0.3, 23: 0.7, 24: 0.4},
    "disgust": {4: 0.1, 6: 0.4, 7: 0.8, 9: 1.0, 10: 1.0, 15: 0.3, 17: 0.2, 25: 0.6},
    "fear": {1: 1.0, 2: 0.1, 4: 0.6, 5: 0.9, 7: 0.3, 15: 0.25, 20: 0.7, 25: 0.8, 26: 0.6},
    "happy": {6: 0.9, 12: 1.0, 25: 0.9},
    "sad": {1: 0.9, 4: 0.6, 15: 0.9, 17: 0.5, 43: 0.25},
    "surprise": {1: 1.0, 2: 1.0, 5: 0.8, 25: 1.0, 26: 0.6, 27: 0.5},
    "neutral": {},
}

#: Other forms that photographs show: how often, and what then replaces the textbook's parts. ``None`` takes a unit
#: away.
VARIANTS: dict[str, list[tuple[float, dict[int, float | None]]]] = {
    "angry": [
        (0.45, {}),
        (0.25, {10: 0.6, 16: 0.6, 25: 1.0, 20: 0.2, 9: 0.4, 17: None, 23: None, 24: None}),
        (0.30, {10: 0.6, 16: 0.7, 25: 1.0, 26: 1.0, 27: 0.3, 9: 0.4, 17: None, 23: None, 24: None}),
    ],
    "disgust": [
        (0.45, {43: 0.5}),
        (0.35, {25: 1.0, 26: 0.5, 16: 0.5, 17: None, 43: 0.6}),
        (0.20, {25: None, 17: 0.7, 24: 0.3, 15: 0.6, 43: 0.4}),
    ],
    "fear": [(0.65, {}), (0.35, {26: 0.9, 27: 0.4, 20: 0.5, 16: 0.5, 25: 1.0})],
    "happy": [(0.50, {}), (0.25, {25: 1.0, 26: 0.6}), (0.10, {25: None}), (0.15, {6: None})],
    "sad": [(0.65, {}), (0.15, {43: 0.8}), (0.20, {6: 0.5, 7: 0.4, 20: 0.4, 25: 0.7, 26: 0.3})],
    "surprise": [(0.55, {}), (0.30, {27: 0.9, 26: 0.8}), (0.15, {27: None, 26: 0.5, 5: 1.0})],
    "neutral": [(1.0, {})],
}

#: What people confuse: a blend takes some of its units from one of these.
NEIGHBOURS: dict[str, tuple[str, ...]] = {
    "angry": ("disgust", "sad", "neutral"),
    "disgust": ("angry", "sad", "happy"),
    "fear": ("surprise", "sad"),
    "happy": ("surprise", "neutral"),
    "sad": ("fear", "neutral", "angry"),
    "surprise": ("fear", "happy"),
    "neutral": ("sad", "angry", "happy"),
}


def draw_units(rng: np.random.Generator, expression: str, intensity: float) -> dict[int, float]:
    """Draw one person's way of showing one of :data:`PROTOTYPES`: unit -> intensity, 0.02 to 1.

    An `intensity` of 0 is a resting face, 1 the full expression.

    Examples
    --------
    >>> 12 in draw_units(np.random.default_rng(0), "happy", 1.0)
    True
    """
    if expression not in PROTOTYPES:
        raise ValueError(f"unknown expression {expression!r}; choose one of {', '.join(PROTOTYPES)}")
    units = dict(PROTOTYPES[expression])
    odds, changes = zip(*VARIANTS[expression], strict=True)
    for unit, amount in changes[rng.choice(len(odds), p=odds)].items():
        if amount is None:
            units.pop(unit, None)
        else:
            units[unit] = amount
    drawn = {unit: amount * intensity * (1 + 0.15 * rng.standard_normal()) for unit, amount in units.items()}
    # Nobody's face is quite at rest: a stray unit or two, weakly.
    for unit in rng.choice([1, 2, 4, 6, 7, 12, 15, 17, 24, 25, 43], size=2, replace=False):
        drawn[int(unit)] = drawn.get(int(unit), 0.0) + 0.10 * abs(rng.standard_normal())
    drawn = {unit: float(np.clip(amount, 0, 1)) for unit, amount in drawn.items()}
    return {unit: amount for unit, amount in sorted(drawn.items()) if amount >= 0.02}


def blend(first: dict[int, float], second: dict[int, float], share: float) -> dict[int, float]:
    """Mix two faces' units; `share` is how much of the second there is, 0 to 1."""
    units = sorted(first.keys() | second)
    mixed = {u: (1 - share) * first.get(u, 0.0) + share * second.get(u, 0.0) for u in units}
    return {unit: amount for unit, amount in mixed.items() if amount >= 0.02}
