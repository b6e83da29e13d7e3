"""``fer export`` and ``fer verify``: trained models as files to use elsewhere."""

from pathlib import Path

import click

from helpers.cli import options
from helpers.config import RESULTS, SHIPPED
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces import DataError, description
from helpers.system import suppress_stderr

_models = click.option(
    "--models",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    default=SHIPPED,
    show_default="with the package",
    help="Where models lie.",
)


@click.command()
@click.argument("experiment")
@options.task_option
@options.seed_option
@click.option("--name", help="Of the new folder; the experiment's by default.")
@click.option("--only", multiple=True, help="Keep this file only, as model.onnx; repeatable.")
@options.source_option
@options.results_option
@_models
def export(experiment, task, seed, name, only, source, results, models):
    """Write the model of a recorded EXPERIMENT in formats for elsewhere, with its card.

    Keras, ONNX and LiteRT files of the same weights, and a temperature that makes its probabilities as sure as they may
    be. Needs the weights that the training kept in checkpoints/. `fer predict --model` takes the folder.
    """
    with suppress_stderr():
        from helpers.export import export_model
        from helpers.models import NoWeights

    results = results or RESULTS
    try:
        run, leaked = runs.load(experiment, seed, results, task), description.load().leaked
        folder = export_model(run, load_faces(source), leaked, name, only, models, results)
    except (DataError, NoWeights) as error:
        raise click.ClickException(str(error)) from error
    click.echo((folder / "README.md").read_text(encoding="utf-8"))


@click.command()
@click.argument("names", nargs=-1)
@options.source_option
@_models
def verify(names, source, models):
    """Measure each file of exported models on PublicTest again, beside what was recorded."""
    with suppress_stderr():
        from helpers.export import verify_export

    names = names or sorted(path.parent.name for path in models.glob("*/model.json"))
    try:
        faces = load_faces(source)
        if faces.name == "rendered" and models == SHIPPED:
            raise DataError("this needs FER-2013: `fer data status` says what to do")
        for name in names:
            table = verify_export(name, faces, models)
            click.echo(f"{name}\n{table.round(2).to_string()}\n")
    except DataError as error:
        raise click.ClickException(str(error)) from error
