"""``fer ship`` and ``fer models``: trained models as files to use elsewhere."""

import click

from helpers import config, profile, runs
from helpers.faces import DataError
from helpers.quiet import quiet


@click.command()
@click.argument("experiment")
@click.option("--seed", default=0, show_default=True, help="Which of its runs.")
@click.option("--name", help="Of the folder in models/; the experiment's by default.")
@click.option("--only", multiple=True, help="Keep this file only, as model.onnx; repeatable.")
@click.option(
    "--source", help="The data it was trained on; FER-2013 as `fer data status` finds it."
)
def ship(experiment, seed, name, only, source):
    """Write the model of a recorded EXPERIMENT to models/, in formats for elsewhere.

    Keras, ONNX and LiteRT files of the same weights, a temperature that makes its probabilities
    honest, and a card. Needs the weights that the training kept in checkpoints/.
    """
    with quiet():
        from helpers import shipping
        from helpers.models import NoWeights
    from helpers.datasets import load_faces

    try:
        run, leaked = runs.load(experiment, seed), profile.load().leaked
        folder = shipping.ship(run, load_faces(source), leaked, name, only)
    except (DataError, NoWeights) as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: pip install -e '.[dev]'") from error
    click.echo((folder / "README.md").read_text(encoding="utf-8"))


@click.command()
@click.argument("names", nargs=-1)
@click.option("--source", help="FER-2013; as `fer data status` finds it by default.")
def models(names, source):
    """Measure each file of the shipped models again, and print it beside what was recorded."""
    with quiet():
        from helpers import shipping
    from helpers.datasets import load_faces

    names = names or sorted(path.parent.name for path in config.MODELS.glob("*/model.json"))
    try:
        faces = load_faces(source)
        if faces.name == "rendered":
            raise DataError("this needs FER-2013: `fer data status` says what to do")
        for name in names:
            click.echo(f"{name}\n{shipping.check(name, faces).round(2).to_string()}\n")
    except DataError as error:
        raise click.ClickException(str(error)) from error
    except ModuleNotFoundError as error:
        raise click.ClickException(f"{error.name} is missing: pip install -e '.[dev]'") from error
