"""``fer report``: predict the test set with a recorded run, once."""

import click

from helpers.cli import options
from helpers.config import RESULTS
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces import DataError
from helpers.system import suppress_stderr


@click.command()
@click.argument("experiment")
@options.task_option
@options.seed_option
@click.option("--again", is_flag=True, help="Predict it although it was predicted before.")
@options.source_option
@options.results_option
def report(experiment, task, seed, again, source, results):
    """Predict PrivateTest with the model of a recorded EXPERIMENT, and add that to its record.

    Do it once, when nothing is to be chosen any more: the record keeps the day, and how often. Needs the weights that
    the training kept in checkpoints/.
    """
    with suppress_stderr():
        from helpers.training.report import report as report_run

    results = results or RESULTS
    try:
        run = runs.load(experiment, seed, results, task)
        if run.reported and not again:
            raise DataError(
                f"{run.name} was reported on {', '.join(run.reported)}: {options.accuracies(run)}. "
                "--again predicts PrivateTest once more, and counts it"
            )
        run = report_run(run, load_faces(source), results)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{run.name}: {options.accuracies(run)}")
