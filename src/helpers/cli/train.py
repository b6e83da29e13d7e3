"""``fer train``: repeat an experiment, or try it quickly."""

from dataclasses import replace

import click

from helpers.cli import options
from helpers.datasets import load_faces
from helpers.evaluation import runs
from helpers.faces import DataError
from helpers.system import suppress_stderr
from helpers.training.experiments import AUGMENTATIONS, EXPERIMENTS, PRETRAINED, Experiment


@click.command()
@click.argument("name", type=click.Choice(list(EXPERIMENTS)))
@options.task_option
@click.option(
    "--preset",
    type=click.Choice(["quick", "full"]),
    default="quick",
    help="A minute on the rendered faces, or as recorded, on your data.",
)
@click.option("--seeds", default=1, help="How many runs.")
@click.option("--first-seed", default=0, help="The seed of the first of them.")
@click.option("--resume", is_flag=True, help="Go on where a training was interrupted.")
@click.option("--overwrite", is_flag=True, help="Replace what is recorded, and its weights.")
@options.report_option
@click.option("--epochs", type=click.IntRange(1), help="Another number; a stage has at least one.")
@click.option(
    "--weights",
    type=click.Choice(["imagenet", "random"]),
    default="imagenet",
    help="Initial weights of VGG16, VGG19 and DenseNet121; the others' are always random.",
)
@click.option(
    "--augmentation",
    type=click.Choice(list(AUGMENTATIONS)),
    help="Another one than the experiment's; few epochs learn more with a gentle one.",
)
@options.source_option
@options.precision_option
@options.results_option
def train(name, task, preset, seeds, first_seed, resume, overwrite, report, source, precision, results, **changes):
    """Train the model of experiment NAME and record the run.

    A full run goes to results/TASK/NAME/seed0 and needs FER-2013 (`fer data status`); a quick one goes to build/quick/
    and takes the rendered faces. It is chosen on PublicTest; PrivateTest is predicted by --report, or later by `fer
    report NAME`.
    """
    with suppress_stderr():
        from helpers.training.report import report as report_run

    quick = preset == "quick"
    experiment = _changed(EXPERIMENTS[name], quick, **changes)
    wanted = range(first_seed, first_seed + seeds)
    for seed in wanted if not (quick or resume or overwrite) else ():
        folder = runs.run_dir(name, seed, results, task)
        if (folder / "history.csv").exists():
            raise DataError(
                f"{folder} is recorded already: --resume goes on where it ended, --overwrite "
                "replaces it, --results FOLDER leaves it as it is"
            )
    faces = load_faces(source or ("rendered" if quick else None))
    if not quick:
        options.check_recordable(faces, results)
    click.echo(repr(faces))
    for seed in wanted:
        click.echo(f"{name}, task {task}, seed {seed}: {experiment.epochs} epochs")
        run = options.train_with_bar(experiment, faces, seed, task, precision, results=results, resume=resume)
        if report:
            run = report_run(run, faces, results)
        click.echo(options.summary(run))


def _changed(
    experiment: Experiment, quick: bool, epochs: int | None, weights: str, augmentation: str | None
) -> Experiment:
    if weights == "random" and experiment.name in PRETRAINED:
        experiment = experiment.from_scratch()
    if quick or epochs:
        experiment = experiment.with_epochs(epochs or min(5, experiment.epochs))
    if augmentation:
        experiment = replace(experiment, augmentation=AUGMENTATIONS[augmentation])
    return experiment
