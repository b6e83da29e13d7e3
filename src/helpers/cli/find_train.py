"""``fer find train``, ``report`` and ``export``: detectors of faces of one's own."""

from dataclasses import replace
from pathlib import Path

import click
from tqdm import tqdm

from helpers.cli import options
from helpers.config import RESULTS, SHIPPED
from helpers.evaluation import found_faces, runs
from helpers.faces import DataError
from helpers.system import suppress_stderr

_PATH = click.Path(path_type=Path)
NAMES = ("detector", "localizer")
#: A quick training: fewer and faster steps, and for the detector a small network and upright faces.
QUICK = {"epochs": 4, "steps_per_epoch": 160, "batch_size": 8, "warmup_steps": 30, "ema_momentum": 0.9}
QUICK_OPTIONS = {"widths": (8, 16, 32, 48, 48), "blocks": (0, 2, 2, 1), "top": 32}
QUICK_RECIPE = {"size": 96, "kinds": (0.15, 0.25, 0.0, 0.6), "widths": (12, 70), "turns": ((1.0, 14),)}
QUICK_RECIPE |= {"photograph_from": 24, "groups": 0.0}


def _pictures(command):
    """Give a verb the options that name pictures."""
    for option in (
        click.option("--without", multiple=True, type=_PATH, help="Pictures without a face: a folder, tar or zip."),
        click.option("--annotated", multiple=True, type=_PATH, help="Pictures with boxes, of any layout."),
    ):
        command = option(command)
    return command


def _scenes(annotated, without):
    """Put all pictures together; rendered scenes where none are named."""
    from helpers.datasets.scenes import load_backgrounds, load_scenes
    from helpers.faces.scenes import joined

    if bool(annotated) != bool(without):
        raise DataError("a detector learns from pictures with faces and from some without: --annotated and --without")
    return joined([*map(load_scenes, annotated), *map(load_backgrounds, without)]) if annotated else load_scenes()


@click.command()
@click.argument("name", type=click.Choice(NAMES), default=NAMES[0])
@_pictures
@click.option("--crops", multiple=True, type=_PATH, help="Pictures filled by one face, as UTKFace's: a folder or tar.")
@click.option("--preset", type=click.Choice(["quick", "full"]), default="quick", help="Three minutes, or as recorded.")
@click.option("--seeds", default=1, help="How many runs.")
@click.option("--first-seed", default=0, help="The seed of the first of them.")
@click.option("--epochs", type=click.IntRange(1), help="Another number.")
@click.option("--resume", is_flag=True, help="Go on where a training was interrupted.")
@click.option("--overwrite", is_flag=True, help="Replace what is recorded, and its weights.")
@options.report_option
@options.results_option
def train(name, annotated, without, crops, preset, seeds, first_seed, epochs, resume, overwrite, report, results):
    """Train a detector of faces, and record the run.

    It learns from canvases that are composed of the pictures of Training, is calibrated on PublicTest, and looks at
    PrivateTest with --report, or later by `fer find report`. Without pictures of yours, rendered scenes are learnt.
    """
    wanted = range(first_seed, first_seed + seeds)
    for seed in wanted if not (preset == "quick" or resume or overwrite) else ():
        if (folder := runs.run_dir(name, seed, results, found_faces.TASK)).joinpath("history.csv").exists():
            raise DataError(f"{folder} is recorded already: --resume goes on where it ended, --overwrite replaces it")
    if preset == "full" and not annotated and results == RESULTS:
        raise DataError("a recorded run needs photographs: --annotated and --without")
    with suppress_stderr():
        from helpers.training import finding
        from helpers.training.canvases import material_of
        from helpers.training.composing import Recipe
        from helpers.training.report import report_detector
    from helpers.datasets.crops import load_crops

    experiment = finding.DETECTORS[name]
    if preset == "quick":
        experiment = replace(experiment, **QUICK)
        if name == "detector":
            recipe = Recipe(**QUICK_RECIPE)
            experiment = replace(experiment, options=QUICK_OPTIONS, recipe=recipe, learning_rate=1e-2)
    experiment = replace(experiment, epochs=epochs) if epochs else experiment
    scenes = _scenes(annotated, without)
    click.echo(repr(scenes))
    material = material_of(scenes, [crop for source in crops for crop in load_crops(source)])
    for seed in wanted:
        with tqdm(total=experiment.epochs * experiment.steps_per_epoch, unit="step") as bar:
            moves = finding.Progress(bar)
            run = finding.train_detector(
                experiment, material, scenes, seed, results=results, resume=resume, callbacks=[moves]
            )
        run = report_detector(run, scenes, results) if report else run
        click.echo(summary(run))


@click.command()
@click.argument("name", type=click.Choice(NAMES), default=NAMES[0])
@_pictures
@options.seed_option
@options.results_option
def report(name, annotated, without, seed, results):
    """Look for the faces of PrivateTest with a recorded detector: once."""
    with suppress_stderr():
        from helpers.training.report import report_detector

    run = found_faces.load(name, seed, results)
    click.echo(summary(report_detector(run, _scenes(annotated, without), results)))


@click.command()
@click.argument("name", type=click.Choice(NAMES[:1]), default=NAMES[0])
@options.seed_option
@click.option("--models", type=options.FOLDER, default=SHIPPED, show_default="with the package", help="Where it goes.")
@options.results_option
def export(name, seed, models, results):
    """Write a recorded detector as Keras, ONNX and LiteRT files, with its card."""
    with suppress_stderr():
        from helpers.export.detector import export_detector

    folder = export_detector(found_faces.load(name, seed, results), models=models, results=results)
    click.echo((folder / "README.md").read_text(encoding="utf-8"))


def summary(run: found_faces.FindingRun) -> str:
    """Say in a line what came out of a training."""
    told = []
    for split in run.metrics["pictures"]:
        one = run.result(split)
        told.append(f"{split} F1 {one.f1:.3f} (precision {one.precision:.3f}, recall {one.recall:.3f})")
    minutes = run.history["seconds"].sum() / 60
    return f"{run.experiment}, seed {run.seed}: {minutes:.1f} minutes; {'; '.join(told)}"
