"""What `fer predict` read. In: a picture's or a frame's faces. Out: rows, JSON, lines of text, annotated copies."""

import csv
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from PIL import Image

from helpers.faces.boxes import Box
from helpers.inference import ExpressionRecognizer, RecognizedFace
from helpers.inference.annotate import annotate
from helpers.inference.films import write_film
from helpers.system import atomic_path

#: So many people's expressions are plotted over a film.
PLOTTED = 4


@dataclass(frozen=True)
class Seen:
    """What was read in a picture, or in a frame of a film."""

    source: Path
    faces: list[RecognizedFace]
    frame: int | None = None
    seconds: float | None = None

    def rows(self) -> Iterator[dict]:
        """A row of a table for each face."""
        for number, face in enumerate(self.faces):
            yield {
                "source": str(self.source),
                "frame": self.frame,
                "seconds": self.seconds,
                "face": number,
                "track": face.track,
                **face.box._asdict(),
                **{name: f"{score:.4f}" for name, score in face.scores.items()},
            }

    def as_dict(self) -> dict:
        """Plain values, for JSON."""
        frame = {} if self.frame is None else {"frame": self.frame, "seconds": self.seconds}
        return {"source": str(self.source)} | frame | {"faces": [f.as_dict() for f in self.faces]}

    def text(self) -> str:
        """A line for people."""
        where = f"{self.source}" + ("" if self.frame is None else f", frame {self.frame}")
        said = ["  ".join(f"{emoji} {name} {score:.0%}".strip() for name, emoji, score in f.top) for f in self.faces]
        if len(said) < 2:
            return f"{where}: {said[0] if said else 'no face found'}"
        return "\n".join([f"{where}: {len(said)} faces", *(f"  {n}. {line}" for n, line in enumerate(said, 1))])


def start_table(file, classes: Iterable[str]) -> csv.DictWriter:
    """Write the head of a table of rows."""
    columns = ["source", "frame", "seconds", "face", "track", *Box._fields, *classes]
    table = csv.DictWriter(file, columns, lineterminator="\n")
    table.writeheader()
    return table


class Copies:
    """Annotated copies in a folder; none takes a name that is taken, or a source's."""

    def __init__(self, folder: Path, sources: list[Path], recognizer: ExpressionRecognizer):
        self._folder, self._taken, self._recognizer = folder, {_same(path) for path in sources}, recognizer
        self._colours = recognizer.about.get("colours", {})
        folder.mkdir(parents=True, exist_ok=True)

    def picture(self, path: Path, pixels: np.ndarray, faces: list[RecognizedFace]) -> None:
        """Write a copy of a picture."""
        (place,) = self._names(path, ".png")
        with _writing(place):
            Image.fromarray(annotate(pixels, faces, self._colours)).save(place)

    @contextmanager
    def film(self, path: Path, rate: float) -> Iterator[Callable[[np.ndarray, Seen], None]]:
        """Give a function that adds a frame to a copy of a film and to its table; at the end, a plot is drawn."""
        film, rows, plot = self._names(path, ".mp4", ".csv", ".png")
        with (
            _writing(film),
            rows.open("w", encoding="utf-8", newline="", buffering=1) as file,  # a row is there when its frame is read
            write_film(film, rate) as writer,
        ):
            table = start_table(file, self._recognizer.classes)

            def add(pixels: np.ndarray, seen: Seen) -> None:
                writer.write(annotate(pixels, seen.faces, self._colours), seen.seconds)
                table.writerows(seen.rows())

            yield add
        self._plot(rows, plot)

    def _plot(self, rows: Path, plot: Path) -> None:
        try:
            import pandas as pd

            from helpers.figures.timeline import expression_timeline
        except ModuleNotFoundError as error:
            self._recognizer.limits.tell(
                f"{plot.name} is not drawn without {error.name}: pip install '.[study]' adds it"
            )
            return
        figure = expression_timeline(pd.read_csv(rows), self._recognizer.classes, self._colours, PLOTTED)
        with _writing(plot), atomic_path(plot) as part:
            part.write_bytes(figure.png)

    def _names(self, path: Path, *endings: str) -> list[Path]:
        """Name the copies of a source, one for each ending; where a name is taken, they get a number."""
        stem, number = path.stem, 1
        while not self._taken.isdisjoint(names := [_same(self._folder / (stem + ending)) for ending in endings]):
            number += 1
            stem = f"{path.stem}-{number}"
        self._taken.update(names)
        return [self._folder / (stem + ending) for ending in endings]


def _same(path: Path) -> str:
    """What two names of one file have in common, also where large and small letters are one."""
    return str(path.resolve()).casefold()


@contextmanager
def _writing(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{place} cannot be written: {error.strerror}") from error
