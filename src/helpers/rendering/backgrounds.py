"""Backgrounds without a face: walls, rooms, facades, plants, pages of text, and noise.

Comes in: a random generator, a kind, a size. Goes out: a grey picture, uint8. Things stand before most of them.
"""

import cv2
import numpy as np

from helpers.rendering.surface import value_noise
from helpers.rendering.things import FURNITURE, THINGS, draw_plant, draw_text, draw_tone, draw_tones, fill, fill_box


def draw_background(rng: np.random.Generator, kind: str, size: tuple[int, int]) -> np.ndarray:
    """Draw a background of one of `KINDS`: uint8, shape `size`."""
    picture = np.ascontiguousarray(KINDS[kind](rng, *size))
    if kind in CLUTTERED:
        for _ in range(rng.integers(12)):
            radius = float(np.exp(rng.uniform(np.log(5), np.log(0.35 * size[0]))))
            x, y = (float(rng.uniform(0, edge)) for edge in size[::-1])
            THINGS[rng.integers(len(THINGS))](picture, rng, x, y, radius)
    sigma = float(max(0, rng.normal(0.3, 1.2)))  # out of focus
    return cv2.GaussianBlur(picture, (0, 0), sigma) if sigma > 0.3 else picture


def cast_light(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Light a picture unevenly, as lamps and windows do."""
    light = 1 + np.float32(rng.uniform(0.1, 0.6)) * fractal(rng, *picture.shape, roughness=1.5, finest=3)
    return np.clip(picture * light, 0, 255).astype(np.uint8)


def fractal(rng: np.random.Generator, height: int, width: int, roughness: float, finest: int = 8) -> np.ndarray:
    """Noise in octaves, each weaker by the power `roughness`: about -1 to 1, float32, (height, width)."""
    side, total = max(height, width), 0
    for octave in range(1, finest + 1):
        weight = np.float32(2 ** (-roughness * (octave - 1)))
        total = total + weight * value_noise(int(rng.integers(2**31)), side, min(side, 2**octave + 1))
    total = total[:height, :width]
    return total * np.float32(1 / max(0.05, float(np.abs(total).max())))


# What covers the whole picture


def _wall(rng, height, width):
    """A wall or a sky: one tone runs into another."""
    one, other = draw_tone(rng), draw_tone(rng)
    angle = rng.uniform(0, np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    along = x / width * np.float32(np.cos(angle)) + y / height * np.float32(np.sin(angle))
    return np.clip(one + (other - one) * along, 0, 255).astype(np.uint8)


def _noise(rng, height, width):
    """Noise as natural pictures have it, from clouds to gravel."""
    rough = fractal(rng, height, width, rng.uniform(0, 1.6))
    return np.clip(rng.uniform(40, 215) + rng.uniform(30, 160) * rough, 0, 255).astype(np.uint8)


def _blotches(rng, height, width):
    """Noise in a few flat tones: camouflage, maps, marble."""
    steps = int(rng.integers(2, 7))
    level = (fractal(rng, height, width, rng.uniform(0.6, 1.6)) + 1) * np.float32(steps / 2)
    return rng.integers(0, 256, steps + 1, dtype=np.uint8)[level.astype(int)]


def _stripes(rng, height, width):
    """Wallpaper, blinds, a fence, tiles."""
    angle = rng.choice([0, np.pi / 2, rng.uniform(0, np.pi)])
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    period, share = rng.uniform(3, 60), rng.uniform(0.1, 0.9)
    along, across = (x * np.float32(np.cos(a)) + y * np.float32(np.sin(a)) for a in (angle, angle + np.pi / 2))
    there = (along / np.float32(period)) % 1 < share
    if rng.random() < 0.4:
        there ^= (across / np.float32(period * rng.uniform(0.5, 2))) % 1 < share
    return np.where(there, *np.array(draw_tones(rng, 15), np.uint8))


def _room(rng, height, width):
    """Two walls, a floor, a window or a picture on the wall, furniture."""
    picture = _wall(rng, height, width)
    floor, corner = height * rng.uniform(0.55, 0.95), width * rng.uniform(-0.3, 1.3)
    slope = rng.uniform(-0.3, 0.3) * height
    side = [(corner, 0), (corner, floor), (3 * width, floor + slope), (3 * width, 0)]
    fill(picture, np.array(side), draw_tone(rng))
    ground = [(-width, floor - slope), (corner, floor), (3 * width, floor + slope), (3 * width, 9e3), (-width, 9e3)]
    fill(picture, np.array(ground), draw_tone(rng))
    for _ in range(rng.integers(1, 5)):
        x, y, radius = rng.uniform(0, width), rng.uniform(0, floor), rng.uniform(0.08, 0.3) * height
        FURNITURE[rng.integers(len(FURNITURE))](picture, rng, x, y, radius)
    return picture


def _facade(rng, height, width):
    """Rows of windows."""
    wall, glass = draw_tones(rng)
    picture = np.full((height, width), wall, np.uint8)
    step_x, step_y = rng.uniform(14, 80, 2)
    wide, high = step_x * rng.uniform(0.3, 0.8), step_y * rng.uniform(0.3, 0.8)
    frame = draw_tone(rng)
    for top in np.arange(rng.uniform(-step_y, 0), height, step_y):
        for left in np.arange(rng.uniform(-step_x / 9, 0), width, step_x):
            fill_box(picture, left, top, wide, high, frame)
            fill_box(picture, left + 2, top + 2, wide - 4, high - 4, glass + rng.integers(-25, 25))
    return picture


def _garden(rng, height, width):
    """Leaves before the sky."""
    picture = _wall(rng, height, width)
    for _ in range(rng.integers(2, 9)):
        x, y = rng.uniform(0, width), rng.uniform(0.2 * height, height)
        draw_plant(picture, rng, x, y, rng.uniform(0.15, 0.6) * height)
    return picture


def _page(rng, height, width):
    """A sheet, a screen or a poster with lines of text."""
    picture = np.full((height, width), draw_tone(rng), np.uint8)
    for _ in range(rng.integers(1, 4)):
        draw_text(picture, rng, rng.uniform(0, width), rng.uniform(0, height), rng.uniform(0.3, 1) * height)
    return picture


#: Name -> what covers the picture.
KINDS = {
    "wall": _wall,
    "room": _room,
    "facade": _facade,
    "garden": _garden,
    "page": _page,
    "stripes": _stripes,
    "noise": _noise,
    "blotches": _blotches,
}
CLUTTERED = {"wall", "room", "facade", "garden", "stripes"}  # things stand before these
