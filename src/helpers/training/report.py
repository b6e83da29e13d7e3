"""The one step that predicts the test set. In: a recorded run, faces. Out: the record, whole."""

from pathlib import Path

from helpers.config import TEST
from helpers.evaluation import runs
from helpers.faces import DataError, Faces
from helpers.faces.tasks import TASKS
from helpers.training.loop import load_recorded_model, predictions_of


def report(run: runs.Run, faces: Faces, results: Path = runs.RESULTS) -> runs.Run:
    """Predict the test set with a recorded model; the record keeps when, and how often.

    Parameters
    ----------
    run : Run
        Chosen on PublicTest; nothing may be chosen any more after this.
    faces : Faces
        What it was trained on, with PrivateTest.
    results : Path
        Where the run is recorded.
    """
    if TEST not in faces.split:
        raise DataError(f"{faces.name} has no {TEST} to report")
    model = load_recorded_model(run, faces, results)
    task, experiment = TASKS[run.task], run.config["experiment"]
    tables = predictions_of(model, experiment, task, faces.in_split(TEST))
    first, *others = tables
    for head in others:
        answered = next(h["task"] for h in experiment["heads"] if h["name"] == head)
        derived = runs.load(f"{run.experiment}_{head}", run.seed, results, answered)
        runs.save_report(derived, tables[head], results)
    return runs.save_report(run, tables[first], results)
