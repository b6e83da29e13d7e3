"""``fer profile``: record what a data set looks like."""

from pathlib import Path

import click

from helpers import profile as profiles
from helpers.datasets import load_faces
from helpers.faces import DataError


@click.command()
@click.argument("source", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=profiles.RECORDED,
    help="Folder to write; by default where FER-2013's recorded profile lies.",
)
@click.option("--check", is_flag=True, help="Write nothing; compare with what is recorded.")
def profile(source: str | None, out: Path, check: bool) -> None:
    """Record a data set as counts, averages and histograms that show no one.

    SOURCE is a file or folder, or "rendered"; without it, whatever `fer data status` would load.
    """
    try:
        faces = load_faces(source)
        if faces.name == "rendered" and out == profiles.RECORDED and not check:
            raise DataError(
                "these are the rendered faces, not FER-2013: name its file, or another folder "
                "with --out"
            )
        click.echo(repr(faces))
        measured = profiles.measure(faces)
        if not check:
            click.echo(f"Wrote {profiles.save(measured, out)}.")
        elif different := profiles.differences(measured, profiles.load(out)):
            raise DataError(f"differs from what is recorded in {out}: {', '.join(different)}")
        else:
            click.echo(f"The same as recorded in {out}.")
    except DataError as error:
        raise click.ClickException(str(error)) from error
