"""Things that stand and hang in a scene: furniture, plants, text, and what a finder easily takes for a face.

Comes in: a picture, a random generator, a place and a radius in pixels. Goes out: the picture, with the thing in it.
"""

import cv2
import numpy as np

from helpers.rendering.canvas import FINENESS
from helpers.rendering.features import disc

#: Outline of a leaf of length 1: how far along, and how wide there.
LEAF = ((0, 0), (0.2, 0.3), (0.5, 0.5), (0.8, 0.35), (1, 0), (0.8, -0.35), (0.5, -0.5), (0.2, -0.3))


def fill(picture: np.ndarray, corners: np.ndarray, value: float, line: int = cv2.LINE_AA) -> None:
    """Fill a polygon, given in pixels, in a picture of uint8."""
    cv2.fillPoly(picture, [np.rint((corners - 0.5) * FINENESS).astype(np.int32)], int(value), line, shift=4)


def draw_tone(rng) -> int:
    """Any tone but black and white."""
    return int(rng.integers(5, 250))


def draw_tones(rng, apart: int = 30) -> tuple[int, int]:
    """Two tones that can be told apart."""
    one = draw_tone(rng)
    return one, int((one + rng.integers(apart, 256 - apart)) % 256)


def fill_box(picture, left, top, width, height, tone):
    """Fill an upright rectangle, if it has any size."""
    if width > 0 and height > 0:
        corners = [(left, top), (left + width, top), (left + width, top + height), (left, top + height)]
        fill(picture, np.array(corners), min(255, max(0, int(tone))))


def _window(picture, rng, x, y, radius):
    """A window, a door, a picture in its frame."""
    wide, high = radius * rng.uniform(0.6, 1.4, 2)
    edge = max(1.5, radius * rng.uniform(0.03, 0.15))
    frame, inside = draw_tones(rng)
    fill_box(picture, x - wide, y - high, 2 * wide, 2 * high, frame)
    columns, rows = rng.integers(1, 4, 2)
    step_x, step_y = 2 * wide / columns, 2 * high / rows
    for column in range(columns):
        for row in range(rows):
            left, top = x - wide + column * step_x + edge, y - high + row * step_y + edge
            fill_box(picture, left, top, step_x - 2 * edge, step_y - 2 * edge, inside + rng.integers(-15, 15))


def _shelf(picture, rng, x, y, radius):
    """Boards with books."""
    board, rows = draw_tone(rng), int(rng.integers(1, 5))
    high = 2 * radius / rows
    fill_box(picture, x - radius, y - radius, 2 * radius, 2 * radius, draw_tone(rng))
    for row in range(rows):
        bottom, left = y - radius + (row + 1) * high, x - radius
        while left < x + radius:
            thick, tall = radius * rng.uniform(0.05, 0.18), high * rng.uniform(0.5, 0.9)
            if rng.random() < 0.85:
                fill_box(picture, left, bottom - tall, thick, tall, draw_tone(rng))
            left += thick + 1
        fill_box(picture, x - radius, bottom - 0.08 * high, 2 * radius, 0.08 * high + 1, board)


def _table(picture, rng, x, y, radius):
    """A table, a chair, a bench: a board on legs."""
    tone, thick = draw_tone(rng), radius * rng.uniform(0.08, 0.2)
    for side in (-0.9, -0.5, 0.4, 0.8):
        fill_box(picture, x + side * radius, y, thick, 1.5 * radius, tone - 20)
    fill_box(picture, x - radius, y - thick, 2 * radius, thick * 1.5, tone)
    if rng.random() < 0.5:
        fill_box(picture, x - radius, y - 1.2 * radius, thick, 1.3 * radius, tone - 10)


def _lamp(picture, rng, x, y, radius):
    """A lamp on a long stand."""
    tone = draw_tone(rng)
    fill_box(picture, x - 0.04 * radius, y, 0.08 * radius + 1, 3 * radius, tone // 2)
    shade = np.array([(-0.4, -0.6), (0.4, -0.6), (0.8, 0.5), (-0.8, 0.5)]) * radius + (x, y)
    fill(picture, shade, min(255, tone + 60))


def _ball(picture, rng, x, y, radius):
    """A ball, a balloon, a fruit: round and shaded."""
    light, dark = sorted(draw_tones(rng, 40), reverse=True)
    lean = rng.uniform(-0.35, 0.35, 2)
    stretch = np.array([1, rng.uniform(0.9, 1.5)])
    for step in np.linspace(0, 1, 8):
        middle = (x, y) + lean * radius * step
        fill(picture, disc(middle, *(radius * (1 - 0.85 * step) * stretch)), dark + (light - dark) * step)


def _clock(picture, rng, x, y, radius):
    """A clock, a plate, a wheel, a loudspeaker."""
    rim, plate = draw_tones(rng, 50)
    fill(picture, disc((x, y), radius), rim)
    fill(picture, disc((x, y), radius * rng.uniform(0.75, 0.95)), plate)
    for hour in range(12):
        middle = np.array([np.cos(hour * np.pi / 6), np.sin(hour * np.pi / 6)]) * 0.68 * radius + (x, y)
        fill(picture, disc(middle, 0.05 * radius + 0.3), rim)
    for length in (0.35, 0.55):
        angle = rng.uniform(0, 2 * np.pi)
        end = (x + length * radius * np.cos(angle), y + length * radius * np.sin(angle))
        cv2.line(picture, (round(x), round(y)), tuple(map(round, end)), rim, max(1, round(radius / 14)), cv2.LINE_AA)


def _socket(picture, rng, x, y, radius):
    """A socket: two slots and a hole, much like eyes and a mouth."""
    tone, hole = draw_tones(rng, 50)
    wide, high, low = rng.uniform((0.05, 0.1, -0.1), (0.15, 0.25, 0.6)) * radius
    if rng.random() < 0.5:
        fill_box(picture, x - radius, y - 1.15 * radius, 2 * radius, 2.3 * radius, tone)
    else:
        fill(picture, disc((x, y), radius), tone)
    for side in (-0.35, 0.35):
        fill_box(picture, x + side * radius - wide, y - 0.2 * radius - high, 2 * wide, 2 * high, hole)
    fill(picture, disc((x, y + low), 0.14 * radius), hole)


def draw_plant(picture, rng, x, y, radius):
    """Leaves around a stem."""
    tone, spread = rng.integers(20, 160), rng.uniform(0.1, 0.5)
    for _ in range(int(rng.integers(8, 28))):
        angle, far, long = rng.uniform(0, 2 * np.pi), radius * rng.random(), radius * rng.uniform(0.15, 0.45)
        along = np.array([np.cos(angle), np.sin(angle)])
        across = np.array([-along[1], along[0]]) * spread
        root = (x, y) + along * far
        leaf = [root + long * (t * along + w * across) for t, w in LEAF]
        fill(picture, np.array(leaf), min(255, max(0, tone + rng.integers(-40, 60))))


def draw_text(picture, rng, x, y, radius):
    """A block of text: letters of random strokes, words, lines that end where they like."""
    letter = max(2.5, radius * rng.uniform(0.06, 0.3))  # height
    lines, columns = (max(2, int(2 * radius / edge)) for edge in (1.6 * letter, 0.7 * letter))
    ink = rng.random((lines, 8, columns, 4)) < 0.5
    ink[:, 5:] = False  # between lines, and between letters
    ink[..., 3] = False
    written = rng.random((lines, columns)) > 0.17
    written &= np.arange(columns) < columns * rng.uniform(0.5, 1.0, (lines, 1))
    ink &= written[:, None, :, None]
    paper, dark = draw_tones(rng, 90)
    block = np.where(ink.reshape(8 * lines, 4 * columns), *np.array([dark, paper], np.uint8))
    side = int(2 * radius)
    block = cv2.resize(np.pad(block, 4, constant_values=paper), (side, side), interpolation=cv2.INTER_AREA)
    top, left = int(y - radius), int(x - radius)
    part = picture[max(0, top) : max(0, top + side), max(0, left) : max(0, left + side)]
    part[:] = block[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]]


def _back_of_head(picture, rng, x, y, radius):
    """Somebody seen from behind, or a shop-window dummy."""
    clothes, hair = draw_tone(rng), draw_tone(rng)
    shoulders = [(-0.3, 0.9), (0.3, 0.9), (1.3, 1.3), (1.5, 2), (1.4, 9), (-1.4, 9), (-1.5, 2), (-1.3, 1.3)]
    fill(picture, np.array(shoulders) * radius + (x, y), clothes)
    fill_box(picture, x - 0.35 * radius, y, 0.7 * radius, 1.2 * radius, draw_tone(rng))
    fill(picture, disc((x, y), 0.75 * radius, radius), hair)


FURNITURE = (_window, _shelf, _table, _lamp)
THINGS = (*FURNITURE, _ball, _ball, _clock, _clock, _socket, _socket, draw_plant, draw_text, _back_of_head)
