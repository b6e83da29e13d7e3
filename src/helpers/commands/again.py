"""``fer views``, ``fer ferplus``, ``fer ensemble``: read both tests again with what is trained."""

from pathlib import Path

import click

from helpers import runs
from helpers.commands.train import accuracies, folder_of_results
from helpers.config import RESULTS
from helpers.faces import DataError
from helpers.quiet import quiet

_seed = click.option("--seed", default=0, show_default=True, help="Which of its runs.")
_source = click.option(
    "--source", help="The data it was trained on; FER-2013 as `fer data status` finds it."
)


@click.command()
@click.argument("experiment")
@_seed
@_source
@folder_of_results
def views(experiment, seed, source, results):
    """Read both tests in ten views of each face with the model of a recorded EXPERIMENT.

    Recorded as EXPERIMENT_tta. Needs the weights that the training kept in checkpoints/.
    """
    _again("in_views", experiment, seed, source, results or RESULTS)


@click.command()
@click.argument("experiment")
@_seed
@_source
@folder_of_results
def ferplus(experiment, seed, source, results):
    """Name FER+'s eight classes with the model of a recorded EXPERIMENT that learnt its votes.

    Recorded as EXPERIMENT_ferplus. Needs the weights that the training kept in checkpoints/.
    """
    _again("in_ferplus", experiment, seed, source, results or RESULTS)


@click.command()
@click.argument("experiments", nargs=-1, required=True)
@click.option("--name", default="ensemble", show_default=True, help="Of the new record.")
@folder_of_results
def ensemble(experiments, name, results):
    """Put together what all recorded runs of several EXPERIMENTS say; weighted on PublicTest."""
    from helpers.ensemble import together

    results = results or RESULTS
    try:
        members = [run for experiment in experiments for run in _found(experiment, results)]
        run = together(members, name, results)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    made = run.config["made"]
    for member, weight in zip(made["from"], made["weights"], strict=True):
        click.echo(f"{member}: weight {weight:.2f}")
    click.echo(f"{run.name}: {accuracies(run)}")


def _found(experiment: str, results: Path) -> list[runs.Run]:
    if found := runs.find(experiment, results):
        return found
    raise DataError(f"no recorded run of {experiment}: `fer results` lists what there is")


def _again(way: str, experiment: str, seed: int, source: str | None, results: Path) -> None:
    with quiet():
        from helpers import again
    from helpers.datasets import load_faces

    try:
        recorded = runs.load(experiment, seed, results)
        run = getattr(again, way)(recorded, load_faces(source), results)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{run.name}: {accuracies(run)}")
