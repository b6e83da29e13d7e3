"""Rendered scenes: pictures that hold no rendered face, one, or many, with everything known about them.

Comes in: how many, and a seed. Goes out: :class:`~helpers.faces.Scenes` named "rendered scenes".

Each scene has its own random stream, seeded by (seed, split, position), so it does not depend on which process drew it.
A block of neighbouring scenes shares a few heads, since drawing one takes longer than all the rest.
"""

import io
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from helpers import config
from helpers.faces import DataError, Scenes
from helpers.faces.pictures import read_picture
from helpers.rendering import drawing
from helpers.rendering.backgrounds import KINDS, cast_light, draw_background
from helpers.rendering.catalogue import FACES_PER_PERSON, OF_IDENTITY
from helpers.rendering.cutouts import PlacedFace, cover, cut_out, outline_of, paste
from helpers.rendering.photograph import Photograph, draw_photograph
from helpers.system import parallel_map

#: Counts up whenever the same scene gets other pixels.
VERSION = 1

SIZE = (240, 320)
SHARES = (0.25, 0.40, 0.35)  # of scenes with no face, one, many
MOST = 8  # faces in a scene
SMALLEST = 16  # pixels from chin to crown: 11 wide
BLOCK = 50  # scenes that share heads, and are drawn by one process
HEADS = 16  # for a block
PARALLEL_FROM = 8  # fewer blocks are drawn faster than a second process starts
LEAST_VISIBLE = 0.35  # of each face
TRIES = 40  # places looked at for a face, each smaller than the last

#: What of a rendered face becomes an attribute.
OF_FACE = ("expression", "intensity", "person", *OF_IDENTITY, "yaw", "pitch")


@dataclass(frozen=True)
class SceneSpec:
    """Everything that a scene is made from."""

    size: tuple[int, int]  # height, width
    background: str  # one of backgrounds.KINDS
    camera: Photograph  # tone, blur, noise, compression; its seed is the background's too
    faces: tuple[PlacedFace, ...]  # those behind come first


@cache
def _plan(seed: int, split: int, count: int) -> np.ndarray:
    """Whether each scene of a split holds no face (0), one (1) or many (2): exact shares, in random order."""
    upto = np.rint(np.cumsum(SHARES) * count).astype(int)
    order = np.searchsorted(upto, np.arange(count), side="right")
    return np.random.default_rng([seed, split, 4]).permutation(order)


def describe_scene(seed: int, split: int, count: int, index: int, size: tuple[int, int] = SIZE) -> SceneSpec:
    """Say what a scene of the set holds, so that its truth can be drawn again.

    Parameters
    ----------
    seed
        Of the set.
    split, count
        Number of the split (0 Training, 1 PublicTest, 2 PrivateTest), and how many scenes it holds.
    index
        Position of the scene in the split.
    size
        Height and width in pixels.
    """
    rng = np.random.default_rng([seed, split, index, 3])
    kind = _plan(seed, split, count)[index]
    faces = int(kind) if kind < 2 else min(MOST, 1 + int(rng.geometric(0.4)))
    background, camera = str(rng.choice(list(KINDS))), draw_photograph(rng)
    pool = index // BLOCK * HEADS + rng.choice(HEADS, faces, replace=False)
    rendered = -(-count // BLOCK) * HEADS * FACES_PER_PERSON  # a sixth is used, so that people differ
    heads = [(seed, split, rendered, int(number)) for number in pool]
    return SceneSpec(size, background, camera, _place(rng, heads, size))


def _heights(rng, faces: int, size: tuple[int, int]) -> list[float]:
    """Heights of faces, those behind first: any, or in a group much alike."""
    largest = 0.9 * size[0] if faces == 1 else 0.6 * size[0]
    common = rng.uniform(np.log(SMALLEST), np.log(largest))
    apart = np.exp(common + 0.35 * rng.standard_normal(faces) * (faces > 1))
    return sorted(np.clip(apart, SMALLEST, largest).tolist())


def _roll(rng) -> float:
    """Most heads are nearly upright, some lie on a shoulder, a few are anywhere."""
    drawn = rng.random()
    if drawn < 0.75:
        return float(np.clip(7 * rng.standard_normal(), -15, 15))
    return float(rng.uniform(-60, 60) if drawn < 0.93 else rng.uniform(-180, 180))


def _place(rng, heads: list, size: tuple[int, int]) -> tuple[PlacedFace, ...]:
    """Place faces, each before the last, so that enough of every one remains visible."""
    owner, placed, areas = np.zeros(size, np.uint8), [], []
    for head, height in zip(heads, _heights(rng, len(heads), size), strict=True):
        face = PlacedFace(head, 0, 0, 0, _roll(rng), bool(rng.random() < 0.5), float(rng.uniform(0.75, 1.2)))
        for attempt in range(TRIES):
            high = max(SMALLEST, height * 0.96**attempt)
            face = replace(face, height=high, **_somewhere(rng, high, size))
            now = owner.copy()
            whole = [*areas, cover(now, face, len(placed) + 1)]
            seen = np.bincount(now.ravel(), minlength=len(whole) + 1)[1:] / whole
            if seen.min() >= LEAST_VISIBLE:
                owner, areas = now, whole
                placed.append(replace(face, box=_box(face, size)))
                break
    seen = np.bincount(owner.ravel(), minlength=len(placed) + 1)[1:]
    return tuple(replace(f, visible=min(1.0, n / a)) for f, n, a in zip(placed, seen.tolist(), areas, strict=True))


def _somewhere(rng, height: float, size: tuple[int, int]) -> dict[str, float]:
    """A place for the middle of a face: mostly one where it is whole."""
    inside = 0.5 * height if rng.random() < 0.8 else 0.0
    low = np.minimum((0.7 * inside, inside), np.array(size[::-1]) / 2)
    x, y = rng.uniform(low, size[::-1] - low)
    return {"x": float(x), "y": float(y)}


def _box(face: PlacedFace, size: tuple[int, int]) -> tuple[float, float, float, float]:
    outline = outline_of(face)
    low, high = (np.clip(edge, 0, size[::-1]) for edge in (outline.min(axis=0), outline.max(axis=0)))
    return tuple(np.round([*low, *(high - low)], 2).tolist())


def draw_scene(spec: SceneSpec) -> np.ndarray:
    """Draw a scene: grey, uint8, of the size that it names.

    Examples
    --------
    >>> draw_scene(describe_scene(0, 0, 4, 1, (60, 80))).shape
    (60, 80)
    """
    return read_picture(_jpeg(spec))[..., 0]


def _jpeg(spec: SceneSpec) -> bytes:
    """The scene as the file that a camera writes."""
    camera = spec.camera
    rng = np.random.default_rng(camera.seed + 1)
    picture = draw_background(rng, spec.background, spec.size)
    for face in spec.faces:
        paste(picture, face)
    picture = cast_light(rng, picture)
    toned = (np.arange(256) / 255 - 0.5) * camera.contrast + 0.5 + camera.brightness
    # As in photograph.apply_camera: a soft shoulder before white and black.
    toned = np.where(toned > 0.85, 0.85 + (toned - 0.85) * 0.5, toned)
    toned = np.where(toned < 0.12, 0.12 + (toned - 0.12) * 0.5, toned)
    picture = np.rint(np.clip(toned, 0, 1) * 255).astype(np.uint8)[picture]
    if camera.blur > 0.2:
        picture = cv2.GaussianBlur(picture, (0, 0), camera.blur)
    if camera.noise > 0.5:
        noise = np.random.default_rng(camera.seed).standard_normal(spec.size, dtype=np.float32)
        picture = np.rint(np.clip(picture + noise * np.float32(camera.noise), 0, 255)).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=camera.quality)
    return file.getvalue()


def _attributes(face: PlacedFace) -> dict:
    head = cut_out(face.head)
    known = {name: head.attributes[name] for name in OF_FACE}
    known["yaw"] *= -1 if face.mirrored else 1
    wide, high = np.ptp(head.outline, axis=0)
    frame = {"x": face.x, "y": face.y, "width": float(face.height * wide / high), "height": face.height}
    return known | frame | {"roll": face.roll, "visible": face.visible}


def _draw_chunk(task: tuple) -> list[tuple]:
    cv2.setNumThreads(1)  # the processes share the cores
    seed, split, count, start, size = task
    specs = [describe_scene(seed, split, count, i, size) for i in range(start, min(start + BLOCK, count))]
    return [(_jpeg(spec), [f.box for f in spec.faces], [_attributes(f) for f in spec.faces]) for spec in specs]


def _draw_all(seed: int, counts: tuple[int, ...], size: tuple[int, int], progress: bool) -> list[tuple]:
    tasks = [(seed, split, n, start, size) for split, n in enumerate(counts) for start in range(0, n, BLOCK)]
    with tqdm(total=sum(counts), desc="Drawing scenes", unit="scene", disable=not progress) as bar:
        parts = parallel_map(
            _draw_chunk, tasks, 2 if len(tasks) > PARALLEL_FROM else 1, lambda part: bar.update(len(part))
        )
    return [row for part in parts for row in part]


def rendered_scenes(
    counts: tuple[int, int, int] = (400, 80, 80),
    seed: int = 0,
    size: tuple[int, int] = SIZE,
    cache: bool = True,
    progress: bool = True,
) -> Scenes:
    """The built-in set of scenes.

    Parameters
    ----------
    counts
        Scenes for Training, PublicTest and PrivateTest.
    seed
        Another seed draws other scenes.
    size
        Height and width of each, in pixels.
    cache
        Keep the set under ``data/processed/`` and open it from there next time.
    progress
        Show a bar while drawing.

    Returns
    -------
    Scenes
        Grey pictures, a quarter without a face. A box holds a head's outline from the chin to the top of the skull,
        clipped to the picture. Attributes of each face: expression, person and pose; middle (`x`, `y`), `width` and
        `height` of the outline in pixels, before it is turned by `roll` (degrees, clockwise) and cut off; `visible`,
        the share of it that is neither outside nor behind somebody else. Nobody is in two splits.
    """
    import pandas as pd  # the app draws faces without tables

    from helpers.faces import store

    counts, size = tuple(map(int, counts)), tuple(map(int, size))
    if len(counts) != len(config.SPLITS) or min(counts) < 0 or sum(counts) == 0:
        raise ValueError(f"counts must be three numbers, not all 0, got {counts}")
    if len(size) != 2 or min(size) < 2 * SMALLEST:
        raise ValueError(f"size must be a height and a width of at least {2 * SMALLEST} pixels, got {size}")
    numbers = "-".join(map(str, (*counts, *size)))
    folder = config.PROCESSED / f"rendered-scenes-v{VERSION}.{drawing.VERSION}-{numbers}-seed{seed}"
    if cache and folder.exists():
        try:
            return store.load_scenes(folder)
        except DataError:
            pass  # damaged or of another version: drawn again, and replaced
    pictures, boxes, attributes = zip(*_draw_all(seed, counts, size, progress), strict=True)
    scenes = Scenes(
        pictures,
        boxes,
        np.repeat(config.SPLITS, counts),
        attributes=pd.DataFrame([face for faces in attributes for face in faces]),
        name="rendered scenes",
    )
    return store.load_scenes(store.save(scenes, folder)) if cache else scenes
