"""Training that is watched in a notebook. In: an experiment, faces. Out: a run, and a live plot."""

from IPython.display import clear_output
from livelossplot import PlotLosses
from livelossplot.outputs import ExtremaPrinter, MatplotlibPlot
from tqdm import tqdm

from helpers import runs
from helpers.config import QUICK
from helpers.experiments import Experiment
from helpers.faces import Faces
from helpers.quiet import quiet

with quiet():
    from helpers import training

_GROUPS = {"Loss": ["loss", "val_loss"], "Accuracy": ["accuracy", "val_accuracy"]}
_NAMES = {
    column: name
    for columns in _GROUPS.values()
    for column, name in zip(columns, ("Training", "PublicTest"), strict=True)
}

_EXTREMES = "    {metric_name:10}   min {min:.3f}   max {max:.3f}   last {current:.3f}"


def watch(experiment: Experiment, faces: Faces, seed: int = 0) -> runs.Run:
    """Train; draw loss and accuracy anew after each epoch, and print their extremes.

    The run is kept in ``build/quick/``, away from the recorded ones.
    """
    plot = PlotLosses(
        groups=_GROUPS,
        metric_to_name=dict(_NAMES),
        outputs=[
            MatplotlibPlot(figsize=(10, 3.2), after_subplot=_decorate),
            ExtremaPrinter(_EXTREMES),
        ],
    )

    def after_epoch(row: dict) -> None:
        plot.update({column: row[column] for column in _NAMES}, row["epoch"])
        plot.send()

    return _train(experiment, faces, seed, each_epoch=after_epoch)


def compare(experiments: dict[str, Experiment], faces: Faces, seed: int = 0) -> dict[str, runs.Run]:
    """Train several experiments in a row; a bar shows how far it is, and is gone at the end."""
    learning = int((faces.split == "Training").sum())
    total = sum(each.epochs * each.seen(learning) for each in experiments.values())
    done = {}
    with tqdm(total=total, unit="face") as bar:
        for name, experiment in experiments.items():
            bar.set_description(name)
            done[name] = _train(experiment, faces, seed, each_batch=bar.update)
    clear_output()
    return done


def model_of(run: runs.Run):
    """Load the model that a watched training chose."""
    return training.best_model(run.experiment, run.seed, QUICK)


def _train(experiment: Experiment, faces: Faces, seed: int, **calls) -> runs.Run:
    return training.train(experiment, faces, seed, results=QUICK, **calls)


def _decorate(axes, group: str, unit: str) -> None:
    """Give a panel its title, and dots that show a curve of one point too."""
    for line in axes.lines:
        line.set_marker("o")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(title=group, xlabel=unit)
    axes.grid(axis="y")
    axes.legend()
