"""``fer report``: predict the test set with a recorded run, once."""

import click

from helpers.cli import options
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces import DataError
from helpers.system import suppress_stderr


@click.command()
@options.recorded_run
@click.option("--again", is_flag=True, help="Predict it although it was predicted before.")
def report(experiment, task, seed, source, results, again):
    """Predict PrivateTest with the model of a recorded EXPERIMENT, and add that to its record.

    Do it once, when nothing is to be chosen any more: the record keeps the day, and how often. Needs the weights that
    the training kept in checkpoints/.
    """
    with suppress_stderr():
        from helpers.training.report import report as report_run

    run = runs.load(experiment, seed, results, task)
    if run.reported and not again:
        raise DataError(
            f"{run.name} was reported on {', '.join(run.reported)}: {options.accuracies(run)}. "
            "--again predicts PrivateTest once more, and counts it"
        )
    run = report_run(run, load_faces(source), results)
    click.echo(f"{run.name}: {options.accuracies(run)}")
