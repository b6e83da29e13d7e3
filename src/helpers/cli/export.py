"""``fer export`` and ``fer verify``: trained models as files to use elsewhere."""

import click

from helpers.cli import options
from helpers.config import SHIPPED
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces import description
from helpers.system import read_json, suppress_stderr

_models = click.option(
    "--models", type=options.FOLDER, default=SHIPPED, show_default="with the package", help="Where models lie."
)


@click.command()
@options.recorded_run
@click.option("--name", help="Of the new folder; the experiment's by default.")
@click.option("--only", multiple=True, help="Keep this file only, as model.onnx; repeatable.")
@click.option("--into", help="An exported model on whose body EXPERIMENT is a head: it is added as a second one.")
@_models
def export(experiment, task, seed, source, results, name, only, into, models):
    """Write the model of a recorded EXPERIMENT in formats for elsewhere, with its card.

    Keras, ONNX and LiteRT files of the same weights, and a temperature that makes its probabilities as sure as they may
    be. Needs the weights that the training kept in checkpoints/. `fer predict --model` takes the folder.
    """
    with suppress_stderr():
        from helpers.export import add_second_head, export_model

    run, leaked = runs.load(experiment, seed, results, task), description.load().leaked
    if into:
        click.echo(add_second_head(run, models / into, results=results))
        return
    before = models / (name or experiment) / "model.json"
    second = read_json(before).get("second") if before.exists() else None
    folder = export_model(run, load_faces(source), leaked, name, only, models, results)
    click.echo((folder / "README.md").read_text(encoding="utf-8"))
    if second:  # it was on the body that is replaced
        asked = f"{second['experiment']} --task {second['task']} --into {folder.name}"
        click.echo(
            f"{folder.name} had a second head, which is gone: `fer export {asked}` puts one on the new body.", err=True
        )


@click.command()
@click.argument("names", nargs=-1)
@options.source_option
@_models
def verify(names, source, models):
    """Measure each file of exported models on PublicTest again, beside what was recorded.

    By default all models that answer a task of faces; `fer find evaluate` measures detectors.
    """
    with suppress_stderr():
        from helpers.export import verify_export

    faces = load_faces(source)
    options.check_recordable(faces, models, SHIPPED, "this")
    known = {path.parent.name: read_json(path) for path in sorted(models.glob("*/model.json"))}
    for name in names or [name for name, about in known.items() if "classes" in about]:
        click.echo(f"{name}\n{verify_export(name, faces, models).round(2).to_string()}\n")
