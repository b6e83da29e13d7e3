"""Numbers about predictions. In: labels and probabilities. Out: shares, tables. No Keras here."""

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from sklearn import metrics


def summary(labels: np.ndarray, probabilities: np.ndarray, classes: tuple[str, ...]) -> dict:
    """Sum up how good predictions are, in shares from 0 to 1.

    Returns
    -------
    dict
        ``accuracy``, ``balanced_accuracy`` (mean recall), ``macro_f1``, ``log_loss``,
        ``calibration_error`` and ``recall``, a dict of each class that occurs.
    """
    named = probabilities.argmax(axis=1)
    there = np.unique(labels)
    recall = metrics.recall_score(labels, named, labels=there, average=None, zero_division=0)
    f1 = metrics.f1_score(labels, named, labels=there, average="macro", zero_division=0)
    everything = np.arange(len(classes))
    return {
        "faces": len(labels),
        "accuracy": float((named == labels).mean()),
        "balanced_accuracy": float(recall.mean()),
        "macro_f1": float(f1),
        "log_loss": float(metrics.log_loss(labels, probabilities, labels=everything)),
        "calibration_error": calibration_error(labels, probabilities),
        "recall": {classes[c]: float(r) for c, r in zip(there, recall, strict=True)},
    }


def calibration_error(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> float:
    """Give the expected calibration error: how far confidence is from accuracy, on average.

    Examples
    --------
    >>> calibration_error(np.array([0, 1]), np.array([[0.8, 0.2], [0.8, 0.2]])).__round__(2)
    0.3
    """
    table = reliability(labels, probabilities, bins)
    return float((table["share"] * (table["accuracy"] - table["confidence"]).abs()).sum())


def reliability(labels: np.ndarray, probabilities: np.ndarray, bins: int = 15) -> pd.DataFrame:
    """Compare how sure a model is with how often it is right.

    Returns
    -------
    DataFrame
        A row for each bin of confidence that has faces: their mean `confidence` and `accuracy`,
        and their `share` of all faces.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.7, 0.3], [0.7, 0.3]])
    >>> reliability(np.array([0, 0, 1]), sure).round(2).to_numpy().tolist()
    [[0.7, 0.5, 0.67], [0.9, 1.0, 0.33]]
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    faces = pd.DataFrame({"confidence": confidence, "accuracy": right.astype(float)})
    grouped_by_bin = faces.groupby(bin_of)
    table = grouped_by_bin.mean()
    table["share"] = grouped_by_bin.size() / len(faces)
    return table


def confusion(labels: np.ndarray, named: np.ndarray, classes: tuple[str, ...]) -> pd.DataFrame:
    """Count labels (rows) against what they were taken for (columns)."""
    counts = metrics.confusion_matrix(labels, named, labels=np.arange(len(classes)))
    return pd.DataFrame(counts, index=list(classes), columns=list(classes))


def compare(one: np.ndarray, other: np.ndarray) -> dict:
    """Compare two models by which faces each names rightly: McNemar's exact test.

    Examples
    --------
    >>> right, wrong = np.ones(8, bool), np.zeros(8, bool)
    >>> compare(np.append(right, wrong), np.append(wrong, wrong))
    {'only the first': 8, 'only the second': 0, 'chance': 0.0078}
    """
    first, second = int((one & ~other).sum()), int((other & ~one).sum())
    chance = float(binomtest(first, first + second).pvalue) if first + second else 1.0
    return {"only the first": first, "only the second": second, "chance": round(chance, 4)}


def ahead(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Say how far the first of two models is ahead on the same faces, and its standard error.

    Parameters
    ----------
    one, other : ndarray of bool
        Of each face, whether it was named rightly.

    Examples
    --------
    >>> right, wrong = np.ones(50, bool), np.zeros(50, bool)
    >>> difference, error = ahead(np.append(right, right), np.append(right, wrong))
    >>> round(difference, 3), round(error, 3)
    (0.5, 0.05)
    """
    difference = one.astype(float) - other.astype(float)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))


def grouped(predictions: pd.DataFrame, classes: tuple[str, ...], groups: dict) -> float:
    """Give the accuracy when classes that belong together count as one.

    Parameters
    ----------
    predictions : DataFrame
        `label`, and a probability for each class.
    classes : tuple of str
        In the order of the labels.
    groups : dict
        Name -> classes. Faces of a class that is in no group are left out.

    Examples
    --------
    >>> faces = pd.DataFrame({"label": [0, 1, 2], "a": 0.3, "b": 0.3, "c": 0.4})
    >>> grouped(faces, ("a", "b", "c"), {"one": ["a", "b"], "other": ["c"]}).__round__(2)
    0.67
    >>> grouped(faces, ("a", "b", "c"), {"one": ["a"], "other": ["c"]})
    0.5
    """
    group_of = {name: group for group, names in groups.items() for name in names}
    truth = predictions["label"].map(lambda label: group_of.get(classes[label]))
    added = pd.DataFrame({group: predictions[names].sum(axis=1) for group, names in groups.items()})
    counted = truth.notna()
    return float((added[counted].idxmax(axis=1) == truth[counted]).mean())
