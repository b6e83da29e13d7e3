"""Training that is watched in a notebook. In: an experiment, faces. Out: a run, and a live plot."""

import logging

from IPython.display import clear_output
from livelossplot import PlotLosses
from livelossplot.outputs import ExtremaPrinter, MatplotlibPlot
from tqdm import tqdm

from helpers.config import QUICK, TRAINING
from helpers.evaluation import runs
from helpers.faces import EXPRESSIONS, Faces, Task
from helpers.system import suppress_stderr
from helpers.training.experiments import Experiment

with suppress_stderr():
    import keras

    from helpers.training import callbacks, loop

# A notebook traces one model after another, on purpose; TensorFlow would warn of it.
logging.getLogger("tensorflow").setLevel(logging.ERROR)

_GROUPS = {"Loss": ["loss", "val_loss"], "Accuracy": ["accuracy", "val_accuracy"]}
_NAMES = {name: "PublicTest" if name.startswith("val_") else "Training" for pair in _GROUPS.values() for name in pair}
_EXTREMES = "    {metric_name:10}   min {min:.3f}   max {max:.3f}   last {current:.3f}"


class LivePlot(keras.callbacks.Callback):
    """Draw loss and accuracy anew after each epoch, and print their extremes (livelossplot)."""

    def __init__(self):
        super().__init__()
        plot = MatplotlibPlot(figsize=(10, 3.2), after_subplot=_decorate)
        outputs = [plot, ExtremaPrinter(_EXTREMES)]
        self.plot = PlotLosses(groups=_GROUPS, metric_to_name=dict(_NAMES), outputs=outputs)

    def on_epoch_end(self, epoch, logs=None):
        """Add the epoch's four numbers."""
        logs = {"accuracy": logs.get("probabilities_accuracy")} | logs
        self.plot.update({column: float(logs[column]) for column in _NAMES}, epoch + 1)
        self.plot.send()


def train_with_live_plot(experiment: Experiment, faces: Faces, seed: int = 0, task: Task = EXPRESSIONS) -> runs.Run:
    """Train and watch; the run is kept in ``build/quick/``, away from the recorded ones."""
    return loop.train(experiment, faces, seed, task=task, results=QUICK, callbacks=[LivePlot()])


def train_all(
    experiments: dict[str, Experiment], faces: Faces, seed: int = 0, task: Task = EXPRESSIONS
) -> dict[str, runs.Run]:
    """Train several experiments in a row; a bar shows how far it is, and is gone at the end."""
    learning = len(task.apply(faces.in_split(TRAINING)))
    samples = {name: one.samples_per_epoch(learning) for name, one in experiments.items()}
    total = sum(one.epochs * samples[name] for name, one in experiments.items())
    done = {}
    with tqdm(total=total, unit="face") as bar:
        for name, experiment in experiments.items():
            bar.set_description(name)
            moves = callbacks.ProgressBar(bar, samples[name], experiment.batch_size)
            done[name] = loop.train(experiment, faces, seed, task=task, results=QUICK, callbacks=[moves])
    clear_output()
    return done


def load_best_model(run: runs.Run) -> keras.Model:
    """Load the model that a watched training chose."""
    return loop.best_model(run.experiment, run.seed, QUICK, run.task)


def _decorate(axes, group: str, unit: str) -> None:
    """Give a panel its title, and dots that show a curve of one point too."""
    for line in axes.lines:
        line.set_marker("o")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set(title=group, xlabel=unit)
    axes.grid(axis="y")
    axes.legend()
