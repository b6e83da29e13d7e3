"""``fer tta``, ``fer ensemble``: runs that are made from recorded ones."""

import click

from helpers.cli import options
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.evaluation.ensemble import geometric_ensemble
from helpers.faces import DataError
from helpers.system import suppress_stderr


@click.command()
@options.recorded_run
@options.report_option
def tta(experiment, task, seed, source, results, report):
    """Record the model of an EXPERIMENT with test-time augmentation: ten views of each face.

    Recorded as EXPERIMENT_tta. Needs the weights that the training kept in checkpoints/.
    """
    with suppress_stderr():
        from helpers.training.test_time import save_tta_run

    recorded = runs.load(experiment, seed, results, task)
    run = save_tta_run(recorded, load_faces(source), results, report)
    click.echo(f"{run.name}: {options.accuracies(run)}")


@click.command()
@click.argument("experiments", nargs=-1, required=True)
@click.option("--name", default="ensemble", help="Of the new record.")
@options.task_option
@options.report_option
@options.results_option
def ensemble(experiments, name, task, report, results):
    """Put together what all recorded runs of several EXPERIMENTS say; weighted on PublicTest."""
    members = []
    for experiment in experiments:
        if not (found := runs.find(experiment, results, task)):
            raise DataError(f"no recorded run of {experiment}: `fer results` lists what there is")
        members += found
    run = geometric_ensemble(members, name, results, report)
    made = run.config["made"]
    for member, weight in zip(made["from"], made["weights"], strict=True):
        click.echo(f"{member}: weight {weight:.2f}")
    click.echo(f"{run.name}: {options.accuracies(run)}")
