"""``fer results``: what the recorded trainings reached."""

from pathlib import Path

import click

from helpers.cli import options
from helpers.config import HOME, RESULTS
from helpers.evaluation.leaderboards import as_markdown, leaderboard, recorded_tasks
from helpers.faces import TASKS, DataError, description
from helpers.system import write_text

#: README's tables stand between lines like this, one for each task.
BEGIN, END = "<!-- leaderboard {} -->", "<!-- end -->"


@click.command()
@click.option("--task", type=click.Choice(list(TASKS)), help="Only this one.")
@click.option("--markdown", is_flag=True, help="As README has them.")
@click.option("--update-readme", is_flag=True, help="Write README's tables anew.")
@options.results_option
def results(task, markdown, update_readme, results):
    """Print the leaderboard of each task, in percent.

    Everything is computed again from the recorded predictions: each model was chosen on PublicTest
    and reported once on PrivateTest; the last column leaves out the faces that are in Training too.
    """
    results = results or RESULTS
    try:
        leaked = description.load().leaked
    except DataError as error:
        raise click.ClickException(str(error)) from error
    if update_readme:
        readme = HOME / "README.md"
        write_text(readme, with_tables(readme.read_text(encoding="utf-8"), leaked, results))
        return click.echo("Wrote README.md.")
    names = [task] if task else recorded_tasks(results)
    tables = {name: leaderboard(leaked, results, name) for name in names}
    if not any(len(table) for table in tables.values()):
        raise click.ClickException("nothing is recorded yet: `fer train NAME --preset full`")
    for name, table in tables.items():
        shown = as_markdown(table) if markdown else table.to_string(**_FORMAT)
        click.echo(f"{TASKS[name].question} ({name})\n{shown}\n")


_FORMAT = {
    "formatters": {"seeds": "{:.0f}".format},
    "float_format": "{:.1f}".format,
    "na_rep": "–",
}


def with_tables(text: str, leaked, results: Path = RESULTS) -> str:
    """Put the leaderboards between README's marks."""
    for name in recorded_tasks(results):
        begin = BEGIN.format(name)
        if begin in text:
            before, rest = text.split(begin, 1)
            after = rest.split(END, 1)[1]
            table = as_markdown(leaderboard(leaked, results, name))
            text = f"{before}{begin}\n{table}\n{END}{after}"
    return text
