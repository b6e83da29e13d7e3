"""``fer results``: what the recorded trainings reached."""

import re
from pathlib import Path

import click
import pandas as pd

from helpers.cli import options
from helpers.config import HOME, RESULTS
from helpers.evaluation.leaderboards import as_markdown, leaderboard, markdown_table, recorded_tasks
from helpers.faces import TASKS, DataError, description
from helpers.system import write_text


@click.command()
@click.option("--task", type=click.Choice(list(TASKS)), help="Only this one.")
@click.option("--markdown", is_flag=True, help="As README has them.")
@click.option("--update-readme", is_flag=True, help="Write README's tables anew.")
@options.results_option
def results(task, markdown, update_readme, results):
    """Print the leaderboard of each task, in percent.

    Everything is computed again from the recorded predictions: each model was chosen on PublicTest and reported once on
    PrivateTest; the last column leaves out the faces that are in Training too.
    """
    leaked = description.load().leaked
    if update_readme:
        readme = HOME / "README.md"
        write_text(readme, with_tables(readme.read_text(encoding="utf-8"), leaked, results))
        return click.echo("Wrote README.md.")
    names = [task] if task else recorded_tasks(results)
    tables = {name: leaderboard(leaked, results, name) for name in names}
    if not any(len(table) for table in tables.values()):
        raise DataError("nothing is recorded yet: `fer train NAME --preset full`")
    for name, table in tables.items():
        shown = as_markdown(table) if markdown else table.to_string(**_FORMAT)
        click.echo(f"{TASKS[name].question} ({name})\n{shown}\n")


_FORMAT = {"formatters": {"seeds": "{:.0f}".format}, "float_format": "{:.1f}".format, "na_rep": "–"}


def with_tables(text: str, leaked: pd.DataFrame, results: Path = RESULTS) -> str:
    """Write README's tables anew, each between a line with its name and one that ends it."""

    def table(match: re.Match) -> str:
        kind, _, name = match[1].partition(" ")
        if kind == "leaderboard":
            shown = as_markdown(leaderboard(leaked, results, name))
        elif kind == "tasks":
            shown = _tasks()
        else:
            shown = _measured(results / "benchmarks" / f"{name}.csv")
        return f"<!-- {match[1]} -->\n{shown}\n<!-- end -->"

    return re.sub(r"<!-- ((?:leaderboard|benchmark|tasks)[ \w]*) -->.*?<!-- end -->", table, text, flags=re.S)


def _tasks() -> str:
    """Name each task with its question and classes."""
    rows = []
    for task in TASKS.values():
        shown = [f"{task.emoji.get(name, '')} {name}".strip() for name in task.classes]
        rows.append((f"`{task.name}`", task.question, ", ".join(shown)))
    return markdown_table(("task", "question", "classes"), rows)


def _measured(path: Path) -> str:
    """Give what a benchmark recorded."""
    table = pd.read_csv(path, index_col=0)
    rows = [(str(name), *map(_number, row)) for name, row in table.iterrows()]
    return markdown_table((table.index.name or "", *table.columns), rows)


def _number(value: float) -> str:
    """Write four digits, and whole numbers as they are."""
    if pd.isna(value):
        return "–"
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:,.0f}"
