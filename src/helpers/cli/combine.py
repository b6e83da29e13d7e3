"""``fer tta``, ``fer ensemble``: runs that are made from recorded ones."""

from pathlib import Path

import click

from helpers.cli import options
from helpers.config import RESULTS
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.evaluation.ensemble import geometric_ensemble
from helpers.faces import DataError
from helpers.system import suppress_stderr


@click.command()
@click.argument("experiment")
@options.task_option
@options.seed_option
@options.report_option
@options.source_option
@options.results_option
def tta(experiment, task, seed, report, source, results):
    """Record the model of an EXPERIMENT with test-time augmentation: ten views of each face.

    Recorded as EXPERIMENT_tta. Needs the weights that the training kept in checkpoints/.
    """
    with suppress_stderr():
        from helpers.training.test_time import save_tta_run

    results = results or RESULTS
    try:
        recorded = runs.load(experiment, seed, results, task)
        run = save_tta_run(recorded, load_faces(source), results, report)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{run.name}: {options.accuracies(run)}")


@click.command()
@click.argument("experiments", nargs=-1, required=True)
@click.option("--name", default="ensemble", show_default=True, help="Of the new record.")
@options.task_option
@options.report_option
@options.results_option
def ensemble(experiments, name, task, report, results):
    """Put together what all recorded runs of several EXPERIMENTS say; weighted on PublicTest."""
    results = results or RESULTS
    try:
        members = [run for each in experiments for run in _found(each, results, task)]
        run = geometric_ensemble(members, name, results, report)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    made = run.config["made"]
    for member, weight in zip(made["from"], made["weights"], strict=True):
        click.echo(f"{member}: weight {weight:.2f}")
    click.echo(f"{run.name}: {options.accuracies(run)}")


def _found(experiment: str, results: Path, task: str) -> list[runs.Run]:
    if found := runs.find(experiment, results, task):
        return found
    raise DataError(f"no recorded run of {experiment}: `fer results` lists what there is")
