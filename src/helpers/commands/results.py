"""``fer results``: what the recorded trainings reached."""

import click
import pandas as pd

from helpers import profile, runs
from helpers.faces import DataError


@click.command()
def results() -> None:
    """Print the accuracy of each recorded experiment, in percent.

    Everything is computed again from the recorded predictions: each model was chosen on PublicTest
    and reported once on PrivateTest; the last column leaves out the faces that are in Training too.
    """
    try:
        leaked = profile.load().leaked
        table, ferplus = runs.table(leaked), runs.table(leaked, task=runs.TASKS[1])
    except DataError as error:
        raise click.ClickException(str(error)) from error
    if table.empty:
        raise click.ClickException("nothing is recorded yet: `fer train NAME --profile full`")
    click.echo(_text(table))
    if not ferplus.empty:
        click.echo(f"\nWhat most observers saw, in FER+'s classes:\n{_text(ferplus)}")


def _text(table: pd.DataFrame) -> str:
    return table.to_string(formatters={"seeds": "{:.0f}".format}, float_format="{:.1f}".format)
