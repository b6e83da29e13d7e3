"""``fer data``: what data is there, what it looks like, and how to get more."""

import json
import logging
import textwrap
from dataclasses import dataclass
from pathlib import Path

import click
import pandas as pd

from helpers import config
from helpers.datasets.cache import is_cached
from helpers.datasets.check import count_differences, looks_like_fer2013
from helpers.datasets.download import BY_HAND, fetch
from helpers.datasets.loading import data_warnings, load_faces, load_source, nothing_in
from helpers.datasets.sources import LAYOUTS, RENDERED, Source, find_sources, resolve_source
from helpers.faces import DataError, description

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.group()
def data() -> None:
    """Find, check, describe and fetch data sets."""
    logging.basicConfig(format="%(message)s")


@data.command()
@click.argument("source", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it for programs to read.")
@click.option("--quick", is_flag=True, help="Only name what is there; open nothing.")
def status(source: str | None, as_json: bool, quick: bool) -> None:
    """Say what data is there and what would be loaded.

    SOURCE is a file or a folder; without it, what FER_DATA names, or else data/raw/. Every data set is opened, to see
    whether it is complete: some seconds the first time, none after that.
    """
    place = resolve_source(source)
    sources = [] if place == RENDERED else find_sources(place)
    if not sources and place not in (None, RENDERED):
        raise nothing_in(place)
    where = str(place or config.RAW)
    found = [_examine(one, quick, not as_json) for one in sources]
    if as_json:
        loads = found[0].where if found else RENDERED
        report = {"looked_in": where, "loads": loads, "found": [vars(one) for one in found]}
        click.echo(json.dumps(report, indent=2))
    elif place == RENDERED:
        click.echo("FER_DATA insists on the built-in rendered faces.")
    elif not found:
        click.echo(f"No data in {where}: the built-in rendered faces will be used.\n")
        click.echo("`fer data get` fetches FER-2013. " + BY_HAND.format(folder=config.RAW))
    else:
        click.echo(f"In {where}:\n")
        for number, one in enumerate(found):
            click.echo(one.as_text(taken=number == 0))
    if found and found[0].problem:
        raise SystemExit(1)


@data.command()
@click.option("--dest", type=_FOLDER, default=config.RAW, show_default="data/raw", help="Folder to put it in.")
@click.option(
    "--layout",
    type=click.Choice(["folders", "csv"]),
    default="folders",
    help="The copy as pictures, or the original table (needs a Kaggle account).",
)
def get(dest: Path, layout: str) -> None:
    """Fetch FER-2013 from Kaggle and check it.

    Nothing is left behind if that fails. FER-2013 shows people who were not asked; it is for research, not for
    publishing again.
    """
    click.echo(f"FER-2013 is complete and lies in {fetch(dest, layout)}.")


@data.command()
@click.argument("source", required=False)
@click.option(
    "--out",
    type=_FOLDER,
    default=description.RECORDED,
    show_default=False,
    help="Folder to write; by default where FER-2013's recorded description lies.",
)
@click.option("--check", is_flag=True, help="Write nothing; compare with what is recorded.")
def describe(source: str | None, out: Path, check: bool) -> None:
    """Record a data set as counts, averages and histograms that show no one.

    SOURCE is a file or folder, or "rendered"; without it, whatever `fer data status` would load.
    """
    faces = load_faces(source)
    if faces.name == "rendered" and out == description.RECORDED and not check:
        raise DataError("these are the rendered faces, not FER-2013: name its file, or another folder with --out")
    click.echo(repr(faces))
    found = description.describe(faces)
    if not check:
        click.echo(f"Wrote {description.save(found, out)}.")
    elif different := description.description_differences(found, description.load(out)):
        raise DataError(f"differs from what is recorded in {out}: {', '.join(different)}")
    else:
        click.echo(f"The same as recorded in {out}.")


@dataclass
class Finding:
    """What `fer data status` has to say about one data set."""

    name: str
    where: str
    layout: str
    cached: bool
    faces: int | None = None
    counts: dict | None = None
    votes: bool | None = None
    complete: bool | None = None
    problem: str | None = None
    note: str | None = None

    def as_text(self, taken: bool) -> str:
        """Return a few lines to read; an arrow marks the one that would be loaded."""
        lines = [f"{'->' if taken else '  '} {self.name}", f"   {self.where}"]
        known = [LAYOUTS[self.layout], "cached" if self.cached else "not cached yet"]
        if self.votes:
            known.append("with FER+ votes")
        if self.faces is not None:
            known.insert(1, f"{self.faces:,} faces")
        lines.append(f"   {', '.join(known)}")
        if self.counts:
            table = pd.DataFrame(self.counts).T
            table.insert(0, "all", table.sum(axis=1))
            lines.append(textwrap.indent(table.to_string(), "   "))
        if self.complete:
            lines.append("   complete: these are the known counts of FER-2013")
        if self.note:
            lines.append(f"   note: {self.note}")
        if self.problem:
            lines.append(f"   problem: {self.problem}")
        return "\n".join(lines) + "\n"


def _examine(source: Source, quick: bool, progress: bool) -> Finding:
    finding = Finding(str(source), str(source.path), source.layout, False)
    try:
        if not quick:
            faces = load_source(source, progress=progress, warn=False)
            finding.faces, finding.votes = len(faces), faces.votes is not None
            finding.counts = faces.counts().to_dict()
            if looks_like_fer2013(faces, source.layout == "csv"):
                different = count_differences(faces)
                finding.complete = not different
                finding.problem = ", ".join(different) or None
            finding.note = next((r for r in data_warnings(faces) if '"Test"' in r), None)
        finding.cached = is_cached(source)
    except (DataError, OSError) as error:
        finding.complete, finding.problem = False, str(error)
    return finding
