"""``fer find``: measure finders of faces side by side, or draw what one finds."""

import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
import numpy as np
from PIL import Image, ImageDraw, ImageFont
from tqdm import tqdm

from helpers.cli.main import LazyGroup
from helpers.config import SPLITS
from helpers.evaluation.detection import VISIBLE, DetectionResult, evaluate_detections
from helpers.faces.boxes import Box
from helpers.faces.pictures import BadPicture, read_picture, scaled, to_grey
from helpers.inference.finders import FINDERS, Find, load_finder, own_threshold
from helpers.inference.recognizer import DEFAULT_FINDER

if TYPE_CHECKING:
    from helpers.faces import Scenes

#: Boxes of lower scores do not even count for the end of a precision-recall curve.
LEAST_SCORE = 0.05
#: What sets say of a face that nobody has to find.
DOUBTFUL = ("invalid", "difficult")
COLOUR = "#D55E00"


#: As in `helpers.cli.main`: what is in other modules needs the study.
VERBS = {
    "evaluate": ("find", "Measure finders on annotated pictures."),
    "show": ("find", "Draw what a finder finds onto copies of pictures."),
    "train": ("find_train", "Train a detector of faces, and record the run."),
    "report": ("find_train", "Predict the test set with a recorded detector: once."),
    "export": ("find_train", "Write a recorded detector for others to use."),
}


@click.group(cls=LazyGroup, table=VERBS)
def find():
    """Measure finders of faces, draw what they find, or train one."""


def _names(ctx: click.Context, parameter: click.Parameter, value: str) -> list[str]:
    names = [name.strip() for name in value.split(",")]
    if unknown := [name for name in names if name not in FINDERS]:
        raise click.BadParameter(f"{unknown[0]} is none of {', '.join(FINDERS)}")
    return names


@click.command()
@click.argument("source", type=click.Path(path_type=Path))
@click.option("--finder", "names", default=DEFAULT_FINDER, callback=_names, help=f"Of {', '.join(FINDERS)}.")
@click.option("--iou", default=0.5, type=click.FloatRange(0, 1, min_open=True), help="Least overlap with a true box.")
@click.option("--threshold", type=float, help="Least score of a box; by default what each finder's authors chose.")
@click.option(
    "--longer-side", type=click.IntRange(16), help="Scale pictures to so many pixels along their longer side."
)
@click.option("--split", "splits", multiple=True, type=click.Choice([*SPLITS, "Test"]), help="By default all of them.")
@click.option("--min-visible", default=0.5, help="A face of which less can be seen counts neither way.")
@click.option("--no-faces", is_flag=True, help="SOURCE is any pictures without a face.")
@click.option("--json", "as_json", is_flag=True, help="Print all that was measured, for programs to read.")
def evaluate(source, names, iou, threshold, longer_side, splits, min_visible, no_faces, as_json):
    """Measure finders on the pictures of SOURCE: a folder, a tar or a zip file with annotations of any layout.

    Commas part the names of several finders. Choose on Training or PublicTest, report PrivateTest. One thread computes;
    times are without reading the picture.
    """
    from helpers.datasets.scenes import load_backgrounds, load_scenes

    scenes = (load_backgrounds if no_faces else load_scenes)(source)
    scenes = scenes.in_split(*splits) if splits else scenes
    rows = {}
    for name in names:
        own = own_threshold(name) if threshold is None else threshold
        rows[name] = _measured(scenes, name, own, iou, longer_side, min_visible)
    if as_json:
        measured = {name: result.as_dict() | {"ms_per_picture": ms} for name, (result, ms) in rows.items()}
        return click.echo(json.dumps({"source": source.name, "splits": splits, "finders": measured}, indent=1))
    result = next(iter(rows.values()))[0]
    left_out = len(scenes.boxes) - result.faces
    click.echo(f"{scenes.name}: {result.pictures} pictures, {result.faces} faces, {left_out} more count neither way")
    click.echo(_table(rows))


def _measured(scenes: "Scenes", name: str, threshold: float, iou: float, *how) -> tuple[DetectionResult, float]:
    """Measure a finder as it is used, and give its milliseconds a picture; with low scores too only for the curve.

    Some finders average a box with less sure ones around it, so that one search does not do for both.
    """
    truth, ignore, found, seconds = _search(scenes, load_finder(name, 1, threshold), name, *how)
    result = evaluate_detections(truth, found, ignore, iou=iou, threshold=threshold)
    low = load_finder(name, 1, min(LEAST_SCORE, threshold))
    found = _search(scenes, low, f"{name}, low scores", *how)[2]
    curve = evaluate_detections(truth, found, ignore, iou=iou, resamples=1)
    of_curve = ("average_precision", "best_f1", "best_threshold", "curve")
    return replace(result, **{what: getattr(curve, what) for what in of_curve}), 1000 * float(np.median(seconds))


def _search(scenes: "Scenes", finder: Find, name: str, longer_side: int | None, min_visible: float) -> tuple:
    """Give the true boxes of each picture, which of them do not count, the found ones, and seconds."""
    about = scenes.attributes
    truth, ignore, found, seconds = [], [], [], []
    for number in tqdm(range(len(scenes)), name, unit="picture", disable=not sys.stderr.isatty()):
        grey = to_grey(scenes.picture(number))
        scale = longer_side / max(grey.shape) if longer_side else 1.0
        grey = scaled(grey, scale)
        boxes = [Box(*(side * scale for side in box[:4])) for box in scenes.boxes_of(number)]
        here = None if about is None else about[scenes.picture_of == number]
        truth.append(boxes)
        ignore.append([visible < min_visible for visible in _visible(boxes, grey.shape, here)])
        begun = time.perf_counter()
        found.append(finder(grey))
        seconds.append(time.perf_counter() - begun)
    return truth, ignore, found, seconds


def _visible(boxes: list[Box], shape: tuple[int, int], about) -> list[float]:
    """Say which share of each face can be seen: as the set says, or how much of its box is in the picture."""
    edges = np.array([box[:4] for box in boxes], float).reshape(-1, 4)
    limits = np.array(shape[::-1])
    inside = np.clip(edges[:, :2] + edges[:, 2:], 0, limits) - np.clip(edges[:, :2], 0, limits)
    shares = inside.prod(axis=1) / edges[:, 2:].prod(axis=1)
    if about is None:
        return shares.tolist()
    for known in reversed(VISIBLE):
        if known in about:
            shares = about[known].to_numpy(float)
    doubtful = [about[name] == 1 for name in DOUBTFUL if name in about]
    return np.where(np.any(doubtful, axis=0), -1, shares).tolist()


def _table(rows: dict[str, tuple[DetectionResult, float]]) -> str:
    head = ("finder", "threshold", "precision", "recall", "F1", "95 %", "AP", "false/picture", "ms/picture")
    cells = [head]
    for name, (one, ms) in rows.items():
        shares = [f"{value:.3f}" for value in (one.precision, one.recall, one.f1)]
        interval = "{:.3f}-{:.3f}".format(*one.f1_interval)
        rest = (f"{one.average_precision:.3f}", f"{one.false_per_picture:.3f}", f"{ms:.1f}")
        cells.append((name, f"{one.threshold:.2f}", *shares, interval, *rest))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells)


@click.command()
@click.argument("pictures", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--finder", "names", default=DEFAULT_FINDER, callback=_names, help=f"Of {', '.join(FINDERS)}.")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="A folder for the copies.")
def show(pictures, names, out):
    """Draw the boxes that finders find in PICTURES, with their scores, onto copies: one for each finder."""
    finders = {name: load_finder(name) for name in names}
    out.mkdir(parents=True, exist_ok=True)
    bad = 0
    for number, path in enumerate(tqdm(pictures, unit="picture", disable=len(pictures) < 2), 1):
        try:
            picture = Image.fromarray(read_picture(path))
        except BadPicture as error:
            bad += 1
            tqdm.write(f"skipped: {error}", file=sys.stderr)
            continue
        for name, finder in finders.items():
            boxes = finder(np.asarray(picture.convert("L")))
            place = out / f"{number}-{path.stem}-{name}.png"
            draw_boxes(picture, boxes).save(place)
            tqdm.write(f"{place}: {len(boxes)} faces")
    if bad:
        raise SystemExit(1)


def draw_boxes(picture: Image.Image, boxes: list[Box]) -> Image.Image:
    """Draw boxes and their scores, and from its middle to its top a line for a face that is turned, onto a copy."""
    picture = picture.copy()
    draw, line = ImageDraw.Draw(picture), max(1, round(min(picture.size) / 240))
    font = ImageFont.load_default(max(10, min(picture.size) / 32))
    for box in boxes:
        middle = np.array([box.left + box.width / 2, box.top + box.height / 2])
        draw.rectangle((box.left, box.top, box.left + box.width, box.top + box.height), outline=COLOUR, width=line)
        draw.text((box.left + line, box.top + line), f"{box.score:.2f}", COLOUR, font)
        if abs(box.angle) > 2:
            turn = np.deg2rad(box.angle)
            top = middle + np.array([np.sin(turn), -np.cos(turn)]) * box.height / 2
            draw.line((*middle.tolist(), *top.tolist()), COLOUR, line)
    return picture
