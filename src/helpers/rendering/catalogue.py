"""The catalogue: rendered faces as a data set with everything known about them.

Comes in: how many, and a seed. Goes out: :class:`~helpers.faces.Faces` named "rendered".

Each face is drawn from its own random stream, seeded by (seed, split, position), so a face does not depend on which
process drew it or when.
"""

from functools import cache

import cv2
import numpy as np
from tqdm import tqdm

from helpers import config
from helpers.faces import EXPRESSIONS, DataError, Faces
from helpers.rendering import drawing
from helpers.rendering.action_units import ACTION_UNITS, NEIGHBOURS, blend, draw_units
from helpers.rendering.face import FaceSpec, sample_face
from helpers.rendering.identity import Identity, draw_identity
from helpers.rendering.observers import draw_votes, vote_probabilities
from helpers.system import parallel_map

#: Share of each expression, in the order of its classes. Uneven as in life, but less so than FER-2013, where disgust is
#: one face in sixty-six.
SHARES = (0.14, 0.10, 0.13, 0.19, 0.15, 0.13, 0.16)

#: What of a person and of a photograph becomes an attribute.
OF_IDENTITY = ("sex", "age", "skin", "hair_style", "beard", "glasses", "wrinkles")
OF_PHOTOGRAPH = ("zoom", "contrast", "brightness", "blur", "noise", "quality", "hand")

FACES_PER_PERSON = 6
BLENDS = 0.18  # share of faces that mix two expressions
LABEL_NOISE = 0.06  # share of faces whose label is what one observer called them
PARALLEL_FROM = 600  # fewer faces are drawn faster than a second process starts
CHUNK = 100  # faces that a process draws at a time


@cache
def _plan(seed: int, split: int, count: int) -> np.ndarray:
    """The expression of each face of a split: exact shares, in random order."""
    upto = np.rint(np.cumsum(SHARES) * count).astype(int)
    order = np.searchsorted(upto, np.arange(count), side="right")
    return np.random.default_rng([seed, split]).permutation(order)


def person(seed: int, split: int, number: int) -> Identity:
    """Somebody who appears in one split only."""
    return draw_identity(np.random.default_rng([seed, split, number, 1]))


def describe(seed: int, split: int, count: int, index: int) -> tuple[FaceSpec, dict, np.ndarray, int]:
    """One face of the set: the face, its truth, its votes, its label."""
    rng = np.random.default_rng([seed, split, index, 2])
    expression = EXPRESSIONS.classes[_plan(seed, split, count)[index]]
    people = max(1, count // FACES_PER_PERSON)
    # Strong faces are commoner than weak ones: people pose for photographs.
    intensity = float(1 - 0.75 * rng.beta(1.2, 2.4))
    number = int(rng.integers(people))
    face = sample_face(rng, expression, intensity, person(seed, split, number))
    second, share = None, 0.0
    if rng.random() < BLENDS:
        second = str(rng.choice(NEIGHBOURS[expression]))
        share = float(rng.uniform(0.15, 0.45))
        face = face.with_units(blend(face.units, draw_units(rng, second, intensity), share))
    probabilities = vote_probabilities(expression, 1.0 if expression == "neutral" else intensity, second, share)
    votes = draw_votes(rng, probabilities)
    label = EXPRESSIONS.classes.index(expression)
    if rng.random() < LABEL_NOISE:
        label = int(rng.choice(len(votes), p=votes / votes.sum()))
    attributes = {
        "expression": expression,
        "second": second or "",
        "share": share,
        "intensity": 0.0 if expression == "neutral" else intensity,
        "smile": smile(face),
        **{f"au{unit}": face.units.get(unit, 0.0) for unit in ACTION_UNITS},
        "person": (10 * seed + split) * 1_000_000 + number,
        **_numbers(face),
    }
    return face, attributes, votes, label


def smile(face: FaceSpec) -> str:
    """``felt`` where the cheeks rise with the lip corners (6+12), ``posed`` where only these do."""
    if face.units.get(12, 0.0) < 0.25:
        return "none"
    return "felt" if face.units.get(6, 0.0) >= 0.25 else "posed"


def _numbers(face: FaceSpec) -> dict:
    numbers = {name: getattr(face.identity, name) for name in OF_IDENTITY}
    numbers |= {name: getattr(face.pose, name) for name in ("yaw", "pitch", "roll")}
    numbers |= {"light_side": face.light.side, "light_height": face.light.height, "ambient": face.light.ambient}
    numbers |= {name: getattr(face.photograph, name) for name in OF_PHOTOGRAPH}
    for feature, corners in drawing.boxes(face, config.IMAGE_SIZE).items():
        for edge, at in zip(("left", "top", "right", "bottom"), corners, strict=True):
            numbers[f"{feature.replace(' ', '_')}_{edge}"] = round(at, 2)
    return numbers


def draw_rows(seed: int, counts: tuple[int, ...], start: int, stop: int) -> tuple[list, ...]:
    """Draw the faces from `start` to `stop` of the whole set: images, labels, votes, attributes."""
    places = [(split, i, n) for split, n in enumerate(counts) for i in range(n)]
    rows = []
    for split, index, count in places[start:stop]:
        face, attributes, votes, label = describe(seed, split, count, index)
        rows.append((drawing.render(face), label, votes, attributes))
    return tuple(map(list, zip(*rows, strict=True)))


def _draw_chunk(task: tuple) -> tuple[list, ...]:
    cv2.setNumThreads(1)  # the processes share the cores
    return draw_rows(*task)


def _draw_all(seed: int, counts: tuple[int, ...], progress: bool) -> tuple[list, ...]:
    total = sum(counts)
    tasks = [(seed, counts, start, start + CHUNK) for start in range(0, total, CHUNK)]
    jobs = 2 if total >= PARALLEL_FROM else 1
    with tqdm(total=total, desc="Drawing faces", unit="face", disable=not progress) as bar:
        parts = parallel_map(_draw_chunk, tasks, jobs, lambda part: bar.update(len(part[0])))
    return tuple([row for part in parts for row in part[field]] for field in range(4))


def rendered_faces(
    counts: tuple[int, int, int] = (6000, 1000, 1000), seed: int = 0, cache: bool = True, progress: bool = True
) -> Faces:
    """The built-in data set.

    Parameters
    ----------
    counts
        Faces for Training, PublicTest and PrivateTest.
    seed
        Another seed draws other people.
    cache
        Keep the set under ``data/processed/`` and open it from there next time.
    progress
        Show a bar while drawing.

    Returns
    -------
    Faces
        With the votes of ten simulated observers and a table of attributes: expression shown, action units, intensity,
        kind of smile, person, pose, light, boxes of the features. Nobody appears in two splits. Labels carry the noise
        of a real data set: some are what one observer said.
    """
    import pandas as pd  # the app draws faces too, without tables

    from helpers.faces import store

    counts = tuple(int(count) for count in counts)
    if len(counts) != len(config.SPLITS) or min(counts) < 0 or sum(counts) == 0:
        raise ValueError(f"counts must be three numbers, not all 0, got {counts}")
    name = f"rendered-v{drawing.VERSION}-{'-'.join(map(str, counts))}-seed{seed}"
    folder = config.PROCESSED / name
    if cache and folder.exists():
        try:
            return store.load(folder)
        except DataError:
            pass  # damaged or of another version: drawn again, and replaced
    images, labels, votes, attributes = _draw_all(seed, counts, progress)
    faces = Faces(
        np.stack(images),
        np.array(labels),
        EXPRESSIONS.classes,
        np.repeat(config.SPLITS, counts),
        votes=np.stack(votes),
        vote_names=EXPRESSIONS.classes,
        attributes=pd.DataFrame(attributes),
        name="rendered",
    )
    if not cache:
        return faces
    return store.load(store.save(faces, folder))
