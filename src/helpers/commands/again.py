"""``fer views``, ``fer ferplus``, ``fer ensemble``: read both tests again with what is trained."""

import click

from helpers import runs
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
def views(experiment, seed, source):
    """Read both tests in ten views of each face with the model of a recorded EXPERIMENT.

    Recorded as EXPERIMENT_tta. Needs the weights that the training kept in checkpoints/.
    """
    _again("in_views", experiment, seed, source)


@click.command()
@click.argument("experiment")
@_seed
@_source
def ferplus(experiment, seed, source):
    """Name FER+'s eight classes with the model of a recorded EXPERIMENT that learnt its votes.

    Recorded as EXPERIMENT_ferplus. Needs the weights that the training kept in checkpoints/.
    """
    _again("in_ferplus", experiment, seed, source)


@click.command()
@click.argument("experiments", nargs=-1, required=True)
@click.option("--name", default="ensemble", show_default=True, help="Of the new record.")
def ensemble(experiments, name):
    """Put together what all recorded runs of several EXPERIMENTS say; weighted on PublicTest."""
    from helpers.ensemble import together

    try:
        members = [run for experiment in experiments for run in _found(experiment)]
        run = together(members, name)
    except DataError as error:
        raise click.ClickException(str(error)) from error
    made = run.config["made"]
    for member, weight in zip(made["from"], made["weights"], strict=True):
        click.echo(f"{member}: weight {weight:.2f}")
    click.echo(_summary(run))


def _found(experiment: str) -> list[runs.Run]:
    if found := runs.find(experiment):
        return found
    raise DataError(f"no recorded run of {experiment}: `fer results` lists what there is")


def _again(way: str, experiment: str, seed: int, source: str | None) -> None:
    with quiet():
        from helpers import again
    from helpers.datasets import load_faces

    try:
        run = getattr(again, way)(runs.load(experiment, seed), load_faces(source))
    except DataError as error:
        raise click.ClickException(str(error)) from error
    click.echo(_summary(run))


def _summary(run: runs.Run) -> str:
    public, private = (run.metrics(split)["accuracy"] for split in runs.TESTS)
    return f"{run.experiment}, seed {run.seed}: PublicTest {public:.1%}, PrivateTest {private:.1%}"
