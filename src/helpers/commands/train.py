"""``fer train``: repeat an experiment, or try it quickly."""

from dataclasses import replace
from pathlib import Path

import click
from tqdm import tqdm

from helpers.config import CHECKPOINTS, QUICK, RESULTS
from helpers.experiments import AUGMENTATIONS, EXPERIMENTS, PRETRAINED
from helpers.faces import DataError
from helpers.quiet import quiet


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
@click.option("--epochs", type=click.IntRange(1), help="Another number of epochs in all.")
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
@click.option("--results", type=click.Path(path_type=Path), help="Another folder for the record.")
def train(name, profile, seeds, resume, epochs, start, augmentation, source, precision, results):
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
        experiment = experiment.quick(epochs or 5)
    if augmentation:
        experiment = replace(experiment, augmentation=AUGMENTATIONS[augmentation])
    results = results or (QUICK if quick else RESULTS)
    try:
        faces = load_faces(source or ("rendered" if quick else None))
        if not quick and faces.name == "rendered" and results == RESULTS:
            raise DataError("a recorded run needs FER-2013: `fer data status` says what to do")
        click.echo(repr(faces))
        checkpoints = CHECKPOINTS if results == RESULTS else results.parent / "checkpoints"
        for seed in range(seeds):
            click.echo(f"{name}, seed {seed}: {experiment.epochs} epochs")
            run = with_bar(
                experiment,
                faces,
                seed,
                precision,
                results=results,
                checkpoints=checkpoints,
                resume=resume,
            )
            click.echo(summary(run))
    except (DataError, NoWeights, training.TrainingFailed) as error:
        raise click.ClickException(str(error)) from error


def with_bar(experiment, faces, seed: int, precision: str, **options):
    """Train with a progress bar; options as for `helpers.training.train`."""
    import keras

    from helpers import training

    keras.mixed_precision.set_global_policy(precision)
    learning = int((faces.split == "Training").sum())
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
    public, private = (run.metrics(split)["accuracy"] for split in ("PublicTest", "PrivateTest"))
    return (
        f"{run.experiment}, seed {run.seed}: {minutes:.1f} minutes; best epoch "
        f"{run.history.loc[best, 'epoch']:.0f}: PublicTest {public:.1%}, PrivateTest {private:.1%}"
    )
