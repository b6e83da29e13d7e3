"""Finders of faces side by side, on pictures that ours was not trained on.

    python benchmarks/finding.py --annotated SCENES --without FOLDER [--finder haar --finder ours ...]

Writes three tables to results/benchmarks/: finding.csv (precision, recall, F1 and average precision on PrivateTest of
the annotated pictures, as they are; false faces in those without; one thread's time for 320 x 240 and 640 x 480),
finding_turns.csv (of single faces, the share that is found when the picture is turned) and finding_group.csv (of 24
people in a picture of 4000 x 3000, how many are found by the width of their faces in pixels; and with one near face
beside them). Finders that are not installed are left out. Each uses the threshold that its authors chose.
"""

import time
from collections.abc import Callable
from itertools import product
from pathlib import Path

import click
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from helpers.config import EVAL_SPLITS, RESULTS, TEST
from helpers.datasets.scenes import load_backgrounds, load_scenes
from helpers.evaluation import found_faces
from helpers.evaluation.detection import evaluate_detections, match_boxes
from helpers.faces import Scenes
from helpers.faces.boxes import Box
from helpers.faces.pictures import to_grey
from helpers.inference.finders import FINDERS, NoFinder, load_finder, own_threshold

RECORD = RESULTS / "benchmarks"
TURNS = (0, 10, 20, 30, 45, 90, 180)
WIDTHS = (40, 60, 82, 106, 131, 155, 180)
GROUP, COLUMNS, NEAR = (4000, 3000), 6, 600
LEAST_SCORE = 0.05
SINGLE = 200
REPEATS = 3


def quality(find: Callable, threshold: float, scenes: Scenes, empty: Scenes, name: str) -> dict:
    """How well a finder finds the faces of pictures as they are, and none where there are none."""
    found = [find(to_grey(scenes.picture(n))) for n in tqdm(range(len(scenes)), name, leave=False)]
    result = evaluate_detections(*found_faces.compared(scenes, found), threshold=threshold)
    false = sum(
        box.score >= threshold
        for number in tqdm(range(len(empty)), f"{name}, nobody there", leave=False)
        for box in find(to_grey(empty.picture(number)))
    )
    return {
        "precision": result.precision,
        "recall": result.recall,
        "F1": result.f1,
        "F1, low": result.f1_interval[0],
        "F1, high": result.f1_interval[1],
        "average precision": result.average_precision,
        "false faces in 50 pictures without": 50 * false / len(empty),
    }


def times(finders: dict[str, Callable], scenes: Scenes, count: int = 60) -> pd.DataFrame:
    """Milliseconds for a picture: the median over pictures, of the fastest of REPEATS times for each.

    Finders take turns, so that what else the machine does meets all of them alike.
    """
    table = pd.DataFrame(index=list(finders))
    for size in ((320, 240), (640, 480)):
        pictures = [np.asarray(Image.fromarray(to_grey(scenes.picture(n))).resize(size)) for n in range(count)]
        seconds = np.full((REPEATS, len(finders), count), np.inf)
        for repeat, (place, find), (number, grey) in product(
            range(REPEATS), enumerate(finders.values()), enumerate(pictures)
        ):
            begun = time.perf_counter()
            find(grey)
            seconds[repeat, place, number] = time.perf_counter() - begun
        table[f"ms, {size[0]} x {size[1]}"] = 1000 * np.median(seconds.min(axis=0), axis=1)
    return table


def singles(scenes: Scenes) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pictures of one face that can be seen whole, and its ellipse's middle, half axes and turn."""
    chosen = []
    for number in np.flatnonzero(scenes.faces_in_each == 1):
        (row,) = np.flatnonzero(scenes.picture_of == number)
        if found_faces.visible_shares(scenes)[row] >= 0.99:
            chosen.append((to_grey(scenes.picture(number)), scenes.boxes[row]))
    return chosen[:SINGLE]


def turned(find: Callable, threshold: float, faces: list, degrees: float) -> float:
    """The share of single faces that are found when the picture is turned."""
    found = 0
    for grey, (left, top, width, height) in faces:
        picture = Image.fromarray(grey).rotate(-degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=128)
        turn = np.deg2rad(degrees)
        spin = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        middle = spin @ (np.array([left + width / 2, top + height / 2]) - np.array(grey.shape[::-1]) / 2)
        middle += np.array(picture.size) / 2
        half = np.hypot(
            spin @ np.diag([width / 2, height / 2]) @ [1, 0], spin @ np.diag([width / 2, height / 2]) @ [0, 1]
        )
        truth = Box(*(middle - half), *(2 * half))
        boxes = [box for box in find(np.asarray(picture)) if box.score >= threshold]
        found += bool(match_boxes([truth], boxes))
    return 100 * found / len(faces)


def group(faces: list, empty: Scenes, width: int, near: bool, seed: int = 0) -> tuple[np.ndarray, list[Box]]:
    """24 people in rows before a background, and perhaps one who stands near."""
    random = np.random.default_rng([seed, width])
    canvas = Image.fromarray(to_grey(empty.picture(0))).resize(GROUP, Image.Resampling.BICUBIC)
    truth = []
    room = (GROUP[0] - 1000) // COLUMNS, GROUP[1] // 4
    for place, who in enumerate(random.choice(len(faces), 24, replace=False)):
        row, column = divmod(place, COLUMNS)
        at = (column * room[0] + random.integers(10, 60), row * room[1] + random.integers(10, 60))
        truth.append(_pasted(canvas, *faces[who], width, at, room))
    if near:
        at, beside = (GROUP[0] - 960, GROUP[1] // 2), (1020, GROUP[1] // 2)
        _pasted(canvas, *faces[int(random.integers(len(faces)))], NEAR, at, beside)
    return np.asarray(canvas), truth


def _pasted(canvas: Image.Image, grey, box, width: int, at: tuple[int, int], room: tuple[int, int]) -> Box:
    scale = width / box[2]
    person = Image.fromarray(grey)
    person = person.resize([round(side * scale) for side in person.size], Image.Resampling.BICUBIC)
    left, top, wide, high = (value * scale for value in box)
    cut = (max(0, round(left - 0.5 * wide)), max(0, round(top - 0.3 * high)))
    person = person.crop((*cut, min(person.width, cut[0] + room[0] - 60), min(person.height, cut[1] + room[1] - 60)))
    canvas.paste(person, tuple(map(int, at)))
    return Box(at[0] + left - cut[0], at[1] + top - cut[1], wide, high)


def in_group(find: Callable, threshold: float, faces: list, empty: Scenes, width: int, near: bool) -> tuple[int, float]:
    """How many of 24 are found, and in how many milliseconds."""
    grey, truth = group(faces, empty, width, near)
    seconds = []
    for _ in range(REPEATS):
        begun = time.perf_counter()
        boxes = [box for box in find(grey) if box.score >= threshold]
        seconds.append(time.perf_counter() - begun)
    return len(match_boxes(truth, boxes)), 1000 * np.median(seconds)


@click.command()
@click.option(
    "--annotated", required=True, type=click.Path(path_type=Path), help="Photographs, as `load_scenes` reads."
)
@click.option("--without", required=True, type=click.Path(path_type=Path), help="Pictures without a face.")
@click.option("--finder", "names", multiple=True, type=click.Choice(list(FINDERS)), default=list(FINDERS))
@click.option("--split", default=TEST, help="Choose on PublicTest; the test set is for the record.")
@click.option("--record/--no-record", default=True, help="Write the tables to results/benchmarks/.")
def main(annotated, without, names, split, record):
    """Measure, print, record."""
    scenes = load_scenes(annotated).in_split(split)
    empty = load_backgrounds(without).in_split(split)
    finders, limits = {}, {}
    for name in names:
        try:
            finders[name], limits[name] = load_finder(name, 1, LEAST_SCORE), own_threshold(name)
        except NoFinder as error:
            click.echo(f"left out: {error}")
    table = pd.DataFrame({n: quality(f, limits[n], scenes, empty, n) for n, f in finders.items()}).T
    quick = {name: load_finder(name) for name in finders}
    table = table.join(times(quick, scenes))
    faces = singles(load_scenes(annotated).in_split(*EVAL_SPLITS) if split == TEST else scenes)
    turns = pd.DataFrame({d: {n: turned(f, limits[n], faces, d) for n, f in quick.items()} for d in TURNS})
    people = {}
    for width in WIDTHS:
        people[str(width)] = {n: in_group(f, limits[n], faces, empty, width, False)[0] for n, f in quick.items()}
    both = {n: in_group(f, limits[n], faces, empty, 106, True) for n, f in quick.items()}
    people["106, one near"] = {n: found for n, (found, _) in both.items()}
    people["ms"] = {n: ms for n, (_, ms) in both.items()}
    for name, one in {"finding": table, "finding_turns": turns, "finding_group": pd.DataFrame(people)}.items():
        click.echo(f"{name}\n{one.round(3).to_string()}\n")
        if record:
            one.round(4).to_csv(RECORD / f"{name}.csv", index_label="finder")


if __name__ == "__main__":
    main()
