"""``fer predict``: read the expressions in pictures, folders of them, and videos."""

import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import click
import cv2
import numpy as np
from PIL import Image
from tqdm import tqdm

from helpers.faces.boxes import Box
from helpers.faces.pictures import BadPicture, is_picture, read_picture
from helpers.inference import ExpressionRecognizer, RecognizedFace
from helpers.inference.annotate import annotate
from helpers.inference.recognizer import DEFAULT

VIDEOS = {".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mjpeg"}


@dataclass(frozen=True)
class Seen:
    """What was read in a picture, or in a frame of a video."""

    source: Path
    frame: int | None
    faces: list[RecognizedFace]

    def rows(self) -> Iterator[dict]:
        """A row of a table for each face."""
        for number, face in enumerate(self.faces):
            yield {
                "source": str(self.source),
                "frame": "" if self.frame is None else self.frame,
                "face": number,
                **face.box._asdict(),
                **{name: f"{score:.4f}" for name, score in face.scores.items()},
            }

    def as_dict(self) -> dict:
        """Plain values, for JSON."""
        frame = {} if self.frame is None else {"frame": self.frame}
        return {"source": str(self.source)} | frame | {"faces": [f.as_dict() for f in self.faces]}

    def text(self) -> str:
        """A line for people."""
        where = f"{self.source}" + ("" if self.frame is None else f", frame {self.frame}")
        said = ["  ".join(f"{emoji} {name} {score:.0%}".strip() for name, emoji, score in f.top) for f in self.faces]
        if len(said) < 2:
            return f"{where}: {said[0] if said else 'no face found'}"
        return "\n".join([f"{where}: {len(said)} faces", *(f"  {n}. {line}" for n, line in enumerate(said, 1))])


class _Copies:
    """Names of annotated copies in a folder; none takes a name that is taken, or a source's."""

    def __init__(self, folder: Path, sources: list[Path]):
        self._folder, self._taken = folder, {_same(path) for path in sources}
        folder.mkdir(parents=True, exist_ok=True)

    def of(self, path: Path, ending: str) -> Path:
        """Name the copy of a source; where the name is taken, it gets a number."""
        place, number = self._folder / f"{path.stem}{ending}", 1
        while _same(place) in self._taken:
            number += 1
            place = self._folder / f"{path.stem}-{number}{ending}"
        self._taken.add(_same(place))
        return place


def _same(path: Path) -> str:
    """What two names of one file have in common, also where large and small letters are one."""
    return str(path.resolve()).casefold()


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="One JSON list of pictures.")
@click.option("--csv", "form", flag_value="csv", help="A table with a row for each face.")
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), help="A folder for copies with boxes and names drawn in."
)
@click.option("--every", default=1, type=click.IntRange(1), help="Of a video, only every Nth frame.")
@click.option("--model", default=DEFAULT, help="A shipped model, or a folder that `fer export` wrote.")
def predict(sources, form, out, every, model):
    """Read the expressions in SOURCES: pictures, folders of pictures, videos.

    A file that cannot be read is reported and skipped; the exit code is 1 then, and 2 if nothing could be read at all.
    """
    recognizer = ExpressionRecognizer(model)
    files = list(_files(sources, out))
    try:
        copies = _Copies(out, files) if out else None
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written to: {error.strerror}") from error
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # not every terminal can write emoji
    seen, bad = [], 0
    for path in tqdm(files, unit="file", disable=len(files) < 2 or not sys.stderr.isatty()):
        film = path.suffix.lower() in VIDEOS
        reader = recognizer.tracking(every) if film else recognizer
        try:
            frames = _frames(path, every) if film else [(None, read_picture(path), None)]
            for one in _read(path, frames, reader, copies):
                seen.append(one)
                if form is None:
                    tqdm.write(one.text())
        except BadPicture as error:
            bad += 1
            tqdm.write(f"skipped: {error}", file=sys.stderr)
    if form == "json":
        click.echo(json.dumps([one.as_dict() for one in seen], indent=1))
    elif form == "csv":
        columns = ["source", "frame", "face", *Box._fields, *recognizer.classes]
        table = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
        table.writeheader()
        table.writerows(row for one in seen for row in one.rows())
    if not files:
        click.echo("there is no picture and no video", err=True)
    if bad:
        click.echo(f"{bad} of {len(files)} could not be read", err=True)
    if bad or not files:
        sys.exit(1 if seen else 2)


def _files(sources, out: Path | None) -> Iterator[Path]:
    """Name the files meant: those given, and in folders those that look like pictures or videos."""
    for source in sources:
        if not source.is_dir():
            yield source
            continue
        same = out and out.resolve() == source.resolve()
        for path in sorted(source.rglob("*")):
            made = out and not same and path.resolve().is_relative_to(out.resolve())
            if (is_picture(path) or path.suffix.lower() in VIDEOS) and path.is_file() and not made:
                yield path


def _read(path: Path, frames, recognizer: ExpressionRecognizer, copies: _Copies | None) -> Iterator[Seen]:
    """Read the frames of a source, and write an annotated copy of it if copies are wanted."""
    film = None
    for number, pixels, rate in frames:
        faces = recognizer(pixels)
        if copies:
            drawn = annotate(pixels, faces, recognizer.about.get("colours", {}))
            if number is None:
                place = copies.of(path, ".png")
                try:
                    Image.fromarray(drawn).save(place)
                except OSError as error:
                    raise click.ClickException(f"{place} cannot be written: {error.strerror}") from error
            else:
                film = film or _film(copies.of(path, ".mp4"), rate, drawn)
                film.write(cv2.cvtColor(drawn, cv2.COLOR_RGB2BGR))
        yield Seen(path, number, faces)
    if film:
        film.release()


def _frames(path: Path, every: int):
    """Give every Nth frame of a video: its number, RGB, how many come a second."""
    video = cv2.VideoCapture(str(path))
    if not path.exists() or not video.isOpened():
        raise BadPicture(f"{path} is no video that can be read")
    rate = (video.get(cv2.CAP_PROP_FPS) or 25) / every
    total = max(0, int(video.get(cv2.CAP_PROP_FRAME_COUNT)))
    read = number = 0
    with tqdm(total=total, unit="frame", disable=not sys.stderr.isatty(), leave=False) as bar:
        while video.grab():
            there, frame = video.retrieve() if number % every == 0 else (False, None)
            if there:  # a frame that cannot be decoded is passed over
                read += 1
                yield number, cv2.cvtColor(frame, cv2.COLOR_BGR2RGB), rate
            number += 1
            bar.update()
    video.release()
    if not read:
        raise BadPicture(f"{path} holds no frame that can be read")


def _film(place: Path, rate: float, frame: np.ndarray) -> cv2.VideoWriter:
    height, width = frame.shape[:2]
    film = cv2.VideoWriter(str(place), cv2.VideoWriter_fourcc(*"mp4v"), rate, (width, height))
    if not film.isOpened():
        raise click.ClickException(f"{place} cannot be written")
    return film
