"""The one step that predicts the test set. In: a recorded run, faces. Out: the record, whole."""

from pathlib import Path

from helpers.config import TEST, TRAINING, VALIDATION
from helpers.evaluation import found_faces, runs
from helpers.faces import DataError, Faces, Scenes
from helpers.faces.tasks import TASKS
from helpers.training import finding
from helpers.training.loop import load_recorded_model, predictions_of


def report(run: runs.Run, faces: Faces, results: Path = runs.RESULTS) -> runs.Run:
    """Predict the test set with a recorded model; the record keeps when, and how often.

    The run was chosen on PublicTest, and nothing may be chosen any more after this; `faces` are those that it was
    trained on, with its test set.
    """
    if TEST not in faces.split:
        raise DataError(f"{faces.name} has no {TEST} to report")
    model = load_recorded_model(run, faces, results)
    tables = predictions_of(model, run.config["experiment"], TASKS[run.task], faces.in_split(TEST))
    (*_, table), *others = tables
    for head, answered, more in others:
        runs.save_report(runs.load(f"{run.experiment}_{head}", run.seed, results, answered), more, results)
    return runs.save_report(run, table, results)


def report_detector(run: found_faces.FindingRun, scenes: Scenes, results: Path = runs.RESULTS):
    """Look for the faces of the test set's pictures with a recorded detector; the record keeps when."""
    if TEST not in scenes.split:
        raise DataError(f"{scenes.name} has no {TEST} to report")
    if run.config["data"]["fingerprint"] != scenes.in_split(TRAINING, VALIDATION).fingerprint:
        raise DataError(f"{run.name} was trained on other pictures than {scenes.name}")
    asked = scenes.in_split(TEST)
    experiment = finding.experiment_of(run)
    found = finding.detect(finding.trained_detector(run, results), asked, experiment)
    return found_faces.save(run.experiment, run.seed, {TEST: (asked, found)}, {}, results)
