"""A model on a set of other people's faces. In: labels, probabilities, what is known of the faces. Out: numbers."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import precision_recall_fscore_support, roc_auc_score

from helpers.evaluation.adaptation import correct_priors, estimate_priors
from helpers.evaluation.metrics import classification_metrics, confusion_matrix
from helpers.faces import EXPRESSIONS, DataError, Faces, Task
from helpers.faces.tasks import FERPLUS_NAMES

RESAMPLES = 1000
#: An attribute with more different values than these groups nobody; ages are cut into fifths.
GROUPS = 12


def ask(task: Task, faces: Faces) -> tuple[Faces, dict[str, int]]:
    """Give the faces that answer a task, whether they are labelled in its words or in finer ones.

    Returns
    -------
    Faces, dict
        The faces under the task's classes; how many faces of each class it has no answer for, which are left out.

    Raises
    ------
    DataError
        If there is a class that nobody knows; names it.
    """
    known = {*task.classes, *task.relabel, *EXPRESSIONS.classes, *FERPLUS_NAMES}
    used = [name for number, name in enumerate(faces.classes) if (faces.labels == number).any()]
    if task.source in ("label", "votes") and (unknown := [name for name in used if name not in known]):
        raise DataError(
            f"{faces.name} has classes that are not known: {', '.join(unknown)}{_first(faces, unknown[0])}. "
            f"Known: {', '.join(sorted(known))}, and synonyms such as anger or happiness"
        )
    words = {name: name for name in task.classes} | dict(task.relabel)
    asked = Task(task.name, task.question, task.classes, words, task.source if task.source != "votes" else "label")
    left = {name: int((faces.labels == faces.classes.index(name)).sum()) for name in used if not words.get(name)}
    return asked.apply(faces), left if asked.source == "label" else {}


def _first(faces: Faces, word: str) -> str:
    if faces.attributes is None or "file" not in faces.attributes:
        return ""
    place = int((faces.labels == faces.classes.index(word)).argmax())
    return f" ({faces.attributes['file'].iloc[place]} is the first)"


@dataclass(frozen=True)
class SetReport:
    """What came out on a set of faces.

    Attributes
    ----------
    metrics : dict
        As `classification_metrics` has them, with ``accuracy_interval`` and ``balanced_accuracy_interval`` (95 %, by
        resampling persons where the set names them, else faces), ``mean_confidence``, how likely it finds its own
        answers, and ``smile_auc`` where happy is a class.
    classes : DataFrame
        A row a class: faces, precision, recall, F1, the class's share among labels, among predictions, in the set that
        the model learnt from, and as estimated here without labels.
    confusion : DataFrame
        Faces, labels by predictions.
    priors : DataFrame
        Accuracy and balanced accuracy as it is, with priors estimated without labels, and with the true ones.
    groups : DataFrame
        Accuracy for each value of an attribute with few values: attribute, value, faces, accuracy.
    faces : DataFrame
        A row a face: what is known of it, label, prediction, probability of the label, of each class.
    """

    metrics: dict
    classes: pd.DataFrame
    confusion: pd.DataFrame
    priors: pd.DataFrame
    groups: pd.DataFrame
    faces: pd.DataFrame

    def worst(self, count: int = 20) -> pd.DataFrame:
        """Give the faces whose label the model finds least likely, the worst first."""
        wrong = self.faces[self.faces["label"] != self.faces["predicted"]]
        return wrong.nsmallest(count, "probability of label")


def measure_set(faces: Faces, y_prob: np.ndarray, learnt: np.ndarray) -> SetReport:
    """Sum up a model's answers on other people's faces.

    Parameters
    ----------
    faces : Faces
        From `ask`.
    y_prob : array of float, n x k
        Of the faces' classes.
    learnt : array of float, k
        How frequent the classes were where the model learnt.
    """
    y_true, y_pred = faces.labels, y_prob.argmax(axis=1)
    names = faces.classes
    known = pd.DataFrame({"row": faces.row_ids}) if faces.attributes is None else faces.attributes
    said = pd.DataFrame(y_prob, columns=[f"p {name}" for name in names])
    said.insert(0, "probability of label", y_prob[np.arange(len(faces)), y_true])
    said.insert(0, "predicted", np.take(names, y_pred))
    said.insert(0, "label", np.take(names, y_true))
    table = known.drop(columns=said.columns, errors="ignore").join(said)
    metrics = classification_metrics(y_true, y_prob, names)
    people = known["person"].to_numpy() if "person" in known else np.arange(len(faces))
    metrics |= _intervals(y_true, y_pred, len(names), people)
    metrics["mean_confidence"] = float(y_prob.max(axis=1).mean())
    estimated = estimate_priors(y_prob, learnt)
    if "happy" in names and 0 < (y_true == names.index("happy")).sum() < len(faces):
        happy = names.index("happy")
        metrics["smile_auc"] = float(roc_auc_score(y_true == happy, y_prob[:, happy]))
    return SetReport(
        metrics,
        _by_class(y_true, y_pred, names, learnt, estimated),
        confusion_matrix(y_true, y_pred, names),
        _with_priors(y_true, y_prob, learnt, estimated),
        _by_group(known, y_pred == y_true),
        table,
    )


def _intervals(y_true: np.ndarray, y_pred: np.ndarray, classes: int, people: np.ndarray) -> dict:
    """Resample persons; what a set of as many other persons would give."""
    whose, groups = pd.factorize(people)
    counts = np.zeros((len(groups), classes * classes), np.float32)
    np.add.at(counts, (whose, y_true * classes + y_pred), 1)
    drawn = np.random.default_rng(0).multinomial(len(groups), np.full(len(groups), 1 / len(groups)), RESAMPLES)
    drawn = (drawn.astype(np.float32) @ counts).reshape(-1, classes, classes)
    right, there = np.diagonal(drawn, axis1=1, axis2=2), drawn.sum(axis=2)
    recall = np.where(there > 0, right / np.maximum(there, 1), np.nan)
    shares = {"accuracy": right.sum(axis=1) / there.sum(axis=1), "balanced_accuracy": np.nanmean(recall, axis=1)}
    return {f"{name}_interval": np.percentile(share, [2.5, 97.5]).tolist() for name, share in shares.items()}


def _by_class(y_true, y_pred, names, learnt, estimated) -> pd.DataFrame:
    numbers = np.arange(len(names))
    precision, recall, f1, support = precision_recall_fscore_support(y_true, y_pred, labels=numbers, zero_division=0)
    return pd.DataFrame(
        {
            "faces": support,
            "precision": precision,
            "recall": np.where(support, recall, np.nan),
            "F1": f1,
            "share of labels": support / len(y_true),
            "share of predictions": np.bincount(y_pred, minlength=len(names)) / len(y_true),
            "share where it learnt": learnt,
            "share estimated": estimated,
        },
        list(names),
    )


def _with_priors(y_true: np.ndarray, y_prob: np.ndarray, learnt: np.ndarray, estimated: np.ndarray) -> pd.DataFrame:
    true = np.bincount(y_true, minlength=len(learnt)) / len(y_true)
    corrected = {
        "as it is": y_prob,
        "priors estimated without labels": correct_priors(y_prob, learnt, estimated),
        "true priors (needs labels)": correct_priors(y_prob, learnt, true),
    }
    rows = {}
    for name, changed in corrected.items():
        y_pred = changed.argmax(axis=1)
        recall = [(y_pred[y_true == label] == label).mean() for label in np.unique(y_true)]
        rows[name] = {"accuracy": (y_pred == y_true).mean(), "balanced accuracy": np.mean(recall)}
    return pd.DataFrame(rows).T


def _by_group(known: pd.DataFrame, correct: np.ndarray) -> pd.DataFrame:
    rows = []
    for name in known:
        values = known[name]
        if name == "age" and values.nunique() > GROUPS:
            values = pd.qcut(values, 5, duplicates="drop").astype(str)
        if 2 <= values.nunique() <= GROUPS:
            of_value = pd.Series(correct).groupby(values.to_numpy())
            rows += [(name, str(value), len(right), right.mean()) for value, right in of_value]
    return pd.DataFrame(rows, columns=["attribute", "value", "faces", "accuracy"])
