"""``fer predict``: read the expressions in pictures, folders of them, and films."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from itertools import groupby, tee
from pathlib import Path

import click
from tqdm import tqdm

from helpers.cli.recognized import Copies, Seen, start_table
from helpers.faces.pictures import BadPicture, is_picture, read_picture
from helpers.inference import ExpressionRecognizer, Limits
from helpers.inference.expression_tracker import SMOOTH
from helpers.inference.films import is_film, measure_film
from helpers.inference.finders import FINDERS
from helpers.inference.recognizer import DEFAULT, DEFAULT_FINDER, HEADS


@click.command()
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "form", flag_value="json", help="One JSON list of pictures and frames.")
@click.option("--csv", "form", flag_value="csv", help="A table with a row for each face.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="A folder for copies with boxes and names drawn in; of a film also a table, and a plot over time.",
)
@click.option("--every", default=1, type=click.IntRange(1), help="Of a film, only every Nth frame.")
@click.option("--smooth", default=SMOOTH, type=click.FloatRange(0), help="Of a film, average scores over SECONDS.")
@click.option("--max-faces", type=click.IntRange(1), help="Of a picture, only so many faces, the largest.")
@click.option("--finder", default=DEFAULT_FINDER, type=click.Choice(list(FINDERS)), help="What finds the faces.")
@click.option("--head", default="both", type=click.Choice(HEADS), help="Whose answer, of a model with two heads.")
@click.option("--model", default=DEFAULT, help="A shipped model, or a folder that `fer export` wrote.")
def predict(sources, form, out, every, smooth, max_faces, finder, head, model):
    """Read the expressions in SOURCES: pictures, folders of pictures, films.

    A file that cannot be read is reported and skipped; the exit code is 1 then, and 2 if nothing could be read at all.
    """
    recognizer = ExpressionRecognizer(model, finder, limits=Limits(max_faces=max_faces, tell=_teller()), head=head)
    files = list(_files(sources, out))
    try:
        copies = Copies(out, files, recognizer) if out else None
    except OSError as error:
        raise click.ClickException(f"{out} cannot be written to: {error.strerror}") from error
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="replace")  # not every terminal can write emoji
    good = bad = 0
    bar = tqdm(files, unit="file", disable=len(files) < 2 or not sys.stderr.isatty())
    with bar, _printer(form, recognizer.classes) as show:
        for films, group in groupby(bar, is_film):
            read = partial(_films, every=every, smooth=smooth) if films else _pictures
            # What is being written is finished also when this is interrupted.
            with closing(read(group, recognizer, copies)) as each:
                for seen in each:
                    if isinstance(seen, BadPicture):
                        bad += 1
                        tqdm.write(f"skipped: {seen}", file=sys.stderr)
                    else:
                        good += 1
                        show(seen)
    if not files:
        click.echo("there is no picture and no film", err=True)
    if bad:
        click.echo(f"{bad} of {len(files)} could not be read", err=True)
    if bad or not files:
        sys.exit(1 if good else 2)


def _teller() -> Callable[[str], None]:
    """Tell each thing once, beside the bar."""
    told = set()

    def tell(text: str) -> None:
        if text not in told:
            told.add(text)
            tqdm.write(text, file=sys.stderr)

    return tell


@contextmanager
def _printer(form: str | None, classes: Iterable[str]) -> Iterator[Callable[[Seen], None]]:
    """Give a function that prints what was read, as it comes."""
    if form == "csv":
        table = start_table(sys.stdout, classes)
        yield lambda seen: table.writerows(seen.rows())
    elif form == "json":
        separator = "[\n"

        def add(seen: Seen) -> None:
            nonlocal separator
            print(separator, json.dumps(seen.as_dict()), sep="", end="")
            separator = ",\n"

        try:
            yield add
        finally:  # a whole list also when it is interrupted
            print("\n]" if separator == ",\n" else "[]")
    else:
        yield lambda seen: tqdm.write(seen.text())


def _files(sources, out: Path | None) -> Iterator[Path]:
    """Name the files meant: those given, and in folders those that look like pictures or films."""
    for source in sources:
        if not source.is_dir():
            yield source
            continue
        same = out and out.resolve() == source.resolve()
        for path in sorted(source.rglob("*")):
            made = out and not same and path.resolve().is_relative_to(out.resolve())
            if (is_picture(path) or is_film(path)) and path.is_file() and not made:
                yield path


def _pictures(paths: Iterable[Path], recognizer: ExpressionRecognizer, copies: Copies | None):
    ahead, paths = tee(paths)
    with closing(recognizer.recognize_many(ahead, return_exceptions=True)) as results:
        for path, faces in zip(paths, results, strict=True):
            if isinstance(faces, BadPicture):
                yield faces
                continue
            if copies:
                copies.picture(path, read_picture(path), faces)
            yield Seen(path, faces)


def _films(paths: Iterable[Path], recognizer: ExpressionRecognizer, copies: Copies | None, every: int, smooth: float):
    for path in paths:
        try:
            with closing(_frames(path, recognizer, copies, every, smooth)) as frames:
                yield from frames
        except BadPicture as error:
            yield error


def _frames(path: Path, recognizer: ExpressionRecognizer, copies: Copies | None, every: int, smooth: float):
    rate, total = measure_film(path)
    with ExitStack() as stack:
        bar = tqdm(total=-(-total // every), unit="frame", disable=not sys.stderr.isatty(), leave=False)
        stack.enter_context(bar)
        add = stack.enter_context(copies.film(path, rate / every)) if copies else None
        read = stack.enter_context(closing(recognizer.tracking(every, smooth).read(path)))
        for frame, faces in read:
            seen = Seen(path, faces, frame.number, round(frame.seconds, 3))
            if add:
                add(frame.pixels, seen)
            bar.update()
            yield seen
