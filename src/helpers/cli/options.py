"""What several verbs share: options, a training with a bar, how a run is told in a line."""

from pathlib import Path

import click
from tqdm import tqdm

from helpers.config import QUICK, RESULTS, TEST, TRAINING
from helpers.evaluation import runs
from helpers.faces import EXPRESSIONS, TASKS, DataError, Faces, find_task

FOLDER = click.Path(file_okay=False, resolve_path=True, path_type=Path)


def _results(ctx: click.Context, parameter: click.Parameter, folder: Path | None) -> Path:
    """Record where the user says; a quick training goes apart from the others by default."""
    return folder or (QUICK if ctx.params.get("preset") == "quick" else RESULTS)


task_option = click.option(
    "--task", type=click.Choice(list(TASKS)), default=EXPRESSIONS.name, help="What the faces are asked."
)
seed_option = click.option("--seed", default=0, help="Which of its runs.")
source_option = click.option("--source", help="Data: a file, a folder, or `rendered`; as `fer data status` finds it.")
results_option = click.option(
    "--results", type=FOLDER, callback=_results, help="Another folder for the record; the weights go to a folder in it."
)
precision_option = click.option("--precision", default="float32", help="Or mixed_bfloat16.")
report_option = click.option("--report", is_flag=True, help="Predict the test set too; the record keeps the day.")


def recorded_run(command):
    """Give a verb the argument and the options that name a recorded run and its data."""
    for option in (results_option, source_option, seed_option, task_option, click.argument("experiment")):
        command = option(command)
    return command


def check_recordable(faces: Faces, place: Path, recorded: Path = RESULTS, what: str = "a recorded run") -> None:
    """Refuse to record what came of rendered faces among what came of photographs."""
    if faces.name == "rendered" and place == recorded:
        raise DataError(f"{what} needs FER-2013: `fer data status` says what to do")


def train_with_bar(experiment, faces: Faces, seed: int, task: str, precision: str, **options):
    """Train with a progress bar; options as for `helpers.training.loop.train`."""
    import keras

    from helpers.training import callbacks, loop

    keras.config.set_dtype_policy(precision)
    asked = find_task(task)
    samples = experiment.samples_per_epoch(len(asked.apply(faces.in_split(TRAINING))))
    with tqdm(total=experiment.epochs * samples, unit="face", unit_scale=True) as bar:
        moves = callbacks.ProgressBar(bar, samples, experiment.batch_size)
        return loop.train(experiment, faces, seed, task=asked, callbacks=[moves], **options)


def summary(run: runs.Run) -> str:
    """Say in a line what came out of a training."""
    best = run.history["val_accuracy"].idxmax()
    how = f"{run.history['seconds'].sum() / 60:.1f} minutes; best epoch {run.history.loc[best, 'epoch']:.0f}"
    return f"{run.experiment}, seed {run.seed}: {how}: {accuracies(run)}"


def accuracies(run: runs.Run) -> str:
    """Tell the accuracy on each split that was predicted."""
    told = ", ".join(f"{split} {run.metrics(split)['accuracy']:.1%}" for split in run.splits)
    if TEST in run.splits and len(run.reported) > 1:
        told += f" (predicted {len(run.reported)} times: {', '.join(run.reported)})"
    return told
