"""``fer ablate``: trainings that differ in one thing, side by side."""

from itertools import product

import click

from helpers.cli import options
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces import EXPRESSIONS
from helpers.system import suppress_stderr
from helpers.training.experiments import STUDIES


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option(
    "--study",
    type=click.Choice(list(STUDIES)),
    default="recipe",
    help="What an ingredient of the flagship's recipe brings, or how many labels it takes from each start.",
)
@click.option("--seeds", default=1, help="How many runs of each, from seed 0.")
@options.source_option
@options.precision_option
@options.results_option
def ablate(names, study, seeds, source, precision, results):
    """Train one thing changed at a time: the flagship's recipe, narrower and shorter, or where a network starts.

    All variants of the study, or those of the NAMEs only; measured on PublicTest alone. What is recorded already is
    left as it is, and what was interrupted goes on, so the same command again finishes what is missing.
    """
    with suppress_stderr():
        from helpers.training import provenance

    variants = STUDIES[study]
    for name in names:
        if name not in variants:
            raise click.BadParameter(f"there is no {name!r}: choose from {', '.join(variants)}", param_hint="NAME")
    faces = load_faces(source)
    options.check_recordable(faces, results)
    for seed, name in product(range(seeds), names or variants):
        experiment = variants[name]
        folder = runs.run_dir(experiment.name, seed, results)
        if (folder / "metrics.json").exists():
            provenance.check_resumable(experiment, faces, EXPRESSIONS, folder)
            run = runs.load(experiment.name, seed, results)
        else:
            click.echo(f"{name}, seed {seed}")
            asked = EXPRESSIONS.name, precision
            run = options.train_with_bar(experiment, faces, seed, *asked, results=results, resume=True)
        click.echo(options.summary(run))
