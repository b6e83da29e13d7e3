"""Compose pictures that a detector learns from, anew each time. In: material, a recipe, chance. Out: canvases.

A canvas is a background, a photograph that fills it, or a mosaic, with faces pasted on: turned, scaled, mirrored, lit,
blurred and cut off at random.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from helpers.training.canvases import Canvas, Material, Photograph, shrunk_before

#: A canvas is one of: background only, one photograph, a mosaic, faces on a background.
KINDS = ("background", "photograph", "mosaic", "pasted")


@dataclass(frozen=True)
class Recipe:
    """How canvases are composed.

    Attributes
    ----------
    size : int
        Pixels of a side.
    kinds : tuple of float
        How often each of `KINDS` is made.
    widths : tuple of float
        The narrowest and the widest face, in pixels.
    turns : tuple of (float, float)
        How often a picture is turned by how many degrees at most.
    photograph_from : float
        The narrowest first face of a photograph that stands alone.
    grids : tuple of int
        Mosaics have so many rows and columns, each as likely.
    groups : float
        How often pasted faces are many and about as large as each other, like people who stand side by side.
    """

    size: int = 192
    kinds: tuple[float, ...] = (0.14, 0.31, 0.26, 0.29)
    widths: tuple[float, float] = (9, 185)
    turns: tuple[tuple[float, float], ...] = ((0.66, 14), (0.24, 50), (0.1, 180))
    photograph_from: float = 12
    grids: tuple[int, ...] = (1, 2, 2, 3, 4, 6)
    groups: float = 0.4


def compose(material: Material, recipe: Recipe, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Make a canvas: a grey picture (size x size, uint8) and its faces, as `Canvas.faces` gives them."""
    kind = KINDS[random.choice(len(KINDS), p=recipe.kinds)]
    canvas = _MAKERS[kind](material, recipe, random)
    return _photographed(canvas.pixels, random), canvas.faces()


def _filled(material: Material, recipe: Recipe, random) -> Canvas:
    """A background, or two side by side."""
    canvas, size = Canvas(recipe.size), recipe.size
    for n in range(1 + (random.random() < 0.25)):
        pixels = material.backgrounds[random.integers(len(material.backgrounds))]
        height, width = pixels.shape
        least = size / min(height, width)
        scale = least * np.exp(random.uniform(0, 1.1))
        turn = np.deg2rad(random.normal(0, 6) + 90 * random.integers(4) * (random.random() < 0.15))
        middle = np.array([width, height]) * random.uniform(0.3, 0.7, 2)
        matrix = _matrix(scale, turn, random.random() < 0.5, middle, (size / 2, size / 2))
        layer = cv2.warpAffine(*shrunk_before(pixels, matrix), (size, size), borderMode=cv2.BORDER_REFLECT)
        at = round(size * random.uniform(0.25, 0.75)) if n else 0
        canvas.pixels[:, at:] = layer[:, at:]
    if random.random() < 0.5:
        canvas.pixels = np.ascontiguousarray(canvas.pixels[:, ::-1])
    return canvas


def _photograph(material: Material, recipe: Recipe, random) -> Canvas:
    """One photograph, its first face of a random width, over others or a background where it does not reach."""
    size = recipe.size
    photograph = material.photographs[random.integers(len(material.photographs))]
    width = _face_width(recipe, random, least=recipe.photograph_from)
    canvas = _filled(material, recipe, random)
    across, down, a, *_ = photograph.ellipses[0]
    reach = 0.5 * width * random.random()
    to = random.uniform(reach, size - reach, 2)
    canvas.put(photograph, _turned(width / (2 * a), (across, down), to, recipe, random))
    return canvas


def _mosaic(material: Material, recipe: Recipe, random) -> Canvas:
    """Photographs, faces and backgrounds in a grid."""
    size, canvas = recipe.size, _filled(material, recipe, random)
    n = int(random.choice(recipe.grids))
    cell = size / n
    for row in range(n):
        for column in range(n):
            if random.random() < 0.12:
                continue
            pool = material.crops if material.crops and random.random() < 0.45 else material.photographs
            photograph = pool[random.integers(len(pool))]
            side = min(photograph.pixels.shape)
            scale = cell / side * np.exp(random.uniform(0, 0.5))
            matrix = _turned(scale, (side / 2, side / 2), ((column + 0.5) * cell, (row + 0.5) * cell), recipe, random)
            tile = np.zeros((size, size), np.uint8)
            top, left = round(row * cell), round(column * cell)
            tile[top : round(top + cell), left : round(left + cell)] = 255
            back = cv2.invertAffineTransform(matrix)
            mask = cv2.warpAffine(tile, back, photograph.pixels.shape[::-1])
            canvas.put(photograph, matrix, mask)
    return canvas


def _pasted(material: Material, recipe: Recipe, random) -> Canvas:
    """Faces on a background, with soft edges or cut out hard."""
    size, canvas = recipe.size, _filled(material, recipe, random)
    group = _face_width(recipe, random, most=40) if random.random() < recipe.groups else None
    for _ in range(1 + random.geometric(0.12 if group else 0.4)):
        pool = material.crops if material.crops and random.random() < 0.5 else material.photographs
        photograph = pool[random.integers(len(pool))]
        one = photograph.ellipses[random.integers(len(photograph.ellipses))]
        alone = Photograph(photograph.pixels, one[None])
        mask = None
        if random.random() < 0.6:  # else all of the picture, with its edges
            mask = _cut_out(photograph.pixels.shape, one, random)
        else:
            alone = photograph
        width = group * random.uniform(0.8, 1.25) if group else _face_width(recipe, random, most=110)
        to = random.uniform(0, size, 2)
        canvas.put(alone, _turned(width / (2 * one[2]), one[:2], to, recipe, random), mask)
    return canvas


_MAKERS = {"background": _filled, "photograph": _photograph, "mosaic": _mosaic, "pasted": _pasted}


def _cut_out(shape, ellipse, random) -> np.ndarray:
    """A mask around a face: an ellipse or a rectangle with a soft edge."""
    across, down, a, b, turn = ellipse
    y, x = np.mgrid[: shape[0], : shape[1]]
    dx, dy = x - across, y - down
    u, v = dx * np.cos(turn) + dy * np.sin(turn), -dx * np.sin(turn) + dy * np.cos(turn)
    grown = random.uniform(1.05, 1.7)
    power = random.choice([2, 2, 4, 8])
    distance = (np.abs(u / (a * grown)) ** power + np.abs(v / (b * grown)) ** power) ** (1 / power)
    soft = random.uniform(0.02, 0.3)
    return (255 * np.clip((1 - distance) / soft + 0.5, 0, 1)).astype(np.uint8)


def _face_width(recipe: Recipe, random, least: float = 0, most: float = np.inf) -> float:
    """A width as likely small as large."""
    low, high = max(recipe.widths[0], least), min(recipe.widths[1], most)
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def _turned(scale, middle, to, recipe, random) -> np.ndarray:
    """A matrix that turns, scales, stretches a little, perhaps mirrors, and moves one point to another."""
    shares, most = zip(*recipe.turns, strict=True)
    turn = np.deg2rad(random.uniform(-1, 1) * most[random.choice(len(most), p=shares)])
    return _matrix(scale, turn, random.random() < 0.5, middle, to)


def _matrix(scale, turn, mirrored, middle, to) -> np.ndarray:
    matrix = scale * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    if mirrored:
        matrix = matrix @ np.diag([-1, 1])
    return np.column_stack([matrix, np.asarray(to) - matrix @ middle])


def _photographed(pixels: np.ndarray, random) -> np.ndarray:
    """Light, contrast, blur, noise and compression of a camera."""
    size = pixels.shape[0]
    picture = pixels.astype(np.float32)
    if random.random() < 0.3:
        y, x = np.mgrid[:size, :size] / size - 0.5
        turn = random.uniform(0, 2 * np.pi)
        picture = picture * (1 + random.uniform(0, 0.6) * (np.cos(turn) * x + np.sin(turn) * y))
    if random.random() < 0.7:
        picture = (picture - 128) * np.exp(random.normal(0, 0.25)) + 128 + random.normal(0, 24)
    if random.random() < 0.3:
        picture = 255 * (np.clip(picture, 0, 255) / 255) ** np.exp(random.normal(0, 0.35))
    if random.random() < 0.3:
        small = max(32, round(size * random.uniform(0.35, 0.9)))
        picture = cv2.resize(picture, (small, small), interpolation=cv2.INTER_AREA)
        picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_LINEAR)
    elif random.random() < 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), random.uniform(0.4, 1.6))
    if random.random() < 0.3:
        picture = picture + random.normal(0, random.uniform(1, 12), picture.shape)
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if random.random() < 0.25:
        _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(20, 90))])
        picture = cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)
    return picture
