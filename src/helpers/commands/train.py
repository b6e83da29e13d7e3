"""``fer train``: repeat an experiment, or try it quickly."""

from dataclasses import replace
from pathlib import Path

import click
from tqdm import tqdm

from helpers import runs
from helpers.config import QUICK, RESULTS
from helpers.experiments import AUGMENTATIONS, EXPERIMENTS, PRETRAINED
from helpers.faces import DataError
from helpers.quiet import quiet

folder_of_results = click.option(
    "--results",
    type=click.Path(file_okay=False, resolve_path=True, path_type=Path),
    help="Another folder for the record; the weights go to a folder in it.",
)


@click.command()
@click.argument("name", type=click.Choice(list(EXPERIMENTS)))
@click.option(
    "--profile",
    type=click.Choice(["quick", "full"]),
    default="quick",
    show_default=True,
    help="A minute on the rendered faces, or as recorded, on your data.",
)
@click.option("--seeds", default=1, show_default=True, help="How many runs, from seed 0 on.")
@click.option("--resume", is_flag=True, help="Go on where a training was interrupted.")
@click.option("--anew", is_flag=True, help="Replace what is recorded already, and its weights.")
@click.option("--epochs", type=click.IntRange(1), help="Another number; a stage has at least one.")
@click.option(
    "--start",
    type=click.Choice(["imagenet", "random"]),
    default="imagenet",
    show_default=True,
    help="Where VGG16, VGG19 and DenseNet121 start from; the others always start at random.",
)
@click.option(
    "--augmentation",
    type=click.Choice(list(AUGMENTATIONS)),
    help="Another one than the experiment's; few epochs learn more with a gentle one.",
)
@click.option("--source", help="Data to train on: a file, a folder, or `rendered`.")
@click.option("--precision", default="float32", show_default=True, help="Or mixed_bfloat16.")
@folder_of_results
def train(
    name, profile, seeds, resume, anew, epochs, start, augmentation, source, precision, results
):
    """Train the model of experiment NAME and record the run.

    A full run goes to results/NAME/seed0 and needs FER-2013 (`fer data status`); a quick one goes
    to build/quick/ and takes the rendered faces.
    """
    with quiet():
        from helpers import training
        from helpers.models import NoWeights
    from helpers.datasets import load_faces

    quick = profile == "quick"
    experiment = EXPERIMENTS[name]
    if start == "random" and name in PRETRAINED:
        experiment = experiment.from_scratch()
    if quick or epochs:
        experiment = experiment.lasting(epochs or min(5, experiment.epochs))
    if augmentation:
        experiment = replace(experiment, augmentation=AUGMENTATIONS[augmentation])
    results = results or (QUICK if quick else RESULTS)
    try:
        if not (quick or resume or anew):
            _check_free(name, seeds, results)
        faces = load_faces(source or ("rendered" if quick else None))
        if not quick and faces.name == "rendered" and results == RESULTS:
            raise DataError("a recorded run needs FER-2013: `fer data status` says what to do")
        click.echo(repr(faces))
        for seed in range(seeds):
            click.echo(f"{name}, seed {seed}: {experiment.epochs} epochs")
            run = with_bar(experiment, faces, seed, precision, results=results, resume=resume)
            click.echo(summary(run))
    except (DataError, NoWeights, training.TrainingFailed) as error:
        raise click.ClickException(str(error)) from error


def _check_free(name: str, seeds: int, results: Path) -> None:
    for seed in range(seeds):
        folder = runs.folder_of(name, seed, results)
        if (folder / "history.csv").exists():
            raise DataError(
                f"{folder} is recorded already: --resume goes on where it ended, --anew replaces "
                "it, --results FOLDER leaves it as it is"
            )


def with_bar(experiment, faces, seed: int, precision: str, **options):
    """Train with a progress bar; options as for `helpers.training.train`."""
    import keras

    from helpers import training

    keras.mixed_precision.set_global_policy(precision)
    learning = experiment.seen(int((faces.split == "Training").sum()))
    with tqdm(total=experiment.epochs * learning, unit="face", unit_scale=True) as bar:

        def at_start(done):
            bar.initial = bar.n = done * learning  # so that the time left is told from what is left
            bar.refresh()

        def after_epoch(row):
            bar.set_postfix_str(f"PublicTest {row['val_accuracy']:.1%}")

        calls = {"each_batch": bar.update, "each_epoch": after_epoch, "at_start": at_start}
        return training.train(experiment, faces, seed, **calls, **options)


def summary(run) -> str:
    """Say in a line what came out."""
    best = run.history["val_accuracy"].idxmax()
    minutes = run.history["seconds"].sum() / 60
    how = f"{minutes:.1f} minutes; best epoch {run.history.loc[best, 'epoch']:.0f}: "
    return f"{run.experiment}, seed {run.seed}: {how}{accuracies(run)}"


def accuracies(run) -> str:
    """Tell both accuracies."""
    return ", ".join(f"{split} {run.metrics(split)['accuracy']:.1%}" for split in runs.TESTS)
