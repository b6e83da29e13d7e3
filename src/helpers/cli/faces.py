"""``fer faces``: draw the built-in data set, or a sheet to look at."""

from pathlib import Path

import click

from helpers.faces import EXPRESSIONS


@click.group()
def faces():
    """Draw rendered faces: the built-in data set, or a sheet to look at."""


_seed = click.option("--seed", default=0, help="Another seed draws other people.")


@faces.command()
@click.option("--training", default=6000, help="Faces to learn from.")
@click.option("--public", default=1000, help="Faces to choose with.")
@click.option("--private", default=1000, help="Faces to report.")
@_seed
def make(training: int, public: int, private: int, seed: int):
    """Draw the data set, or open it where it is drawn already, and show what is in it."""
    from helpers.rendering import rendered_faces

    try:
        made = rendered_faces((training, public, private), seed)
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(made)
    click.echo(made.counts().to_string())


@faces.command()
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The PNG file to write.")
@click.option(
    "--expression",
    "expressions",
    multiple=True,
    type=click.Choice(EXPRESSIONS.classes),
    help="A row of the sheet; may be given several times. All seven by default.",
)
@click.option("--size", default=192, type=click.IntRange(16, 512), help="Pixels along a face's side.")
@click.option("--columns", default=8, type=click.IntRange(1, 40), help="People in a row.")
@click.option("--intensity", default=1.0, type=click.FloatRange(0, 1), help="How strongly the expressions are shown.")
@_seed
@click.option("--clean", is_flag=True, help="Without the camera's blur, noise and compression.")
def sheet(out, expressions, size, columns, intensity, seed, clean):
    """Draw a contact sheet: a row for each expression, a column for each seed of a person."""
    from PIL import Image

    from helpers.rendering.sheets import contact_sheet

    picture = contact_sheet(expressions or EXPRESSIONS.classes, columns, size, intensity, seed, photograph=not clean)
    out.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(out, format="PNG")
    click.echo(f"{out}: {picture.shape[1]} x {picture.shape[0]} pixels")
