"""Numbers about predictions. In: labels and probabilities. Out: shares, tables. No Keras here."""

import numpy as np
import pandas as pd
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
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == labels
    bin_of = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        (bin_of == b).mean() * abs(right[bin_of == b].mean() - confidence[bin_of == b].mean())
        for b in np.unique(bin_of)
    ]
    return float(sum(gaps))


def confusion(labels: np.ndarray, named: np.ndarray, classes: tuple[str, ...]) -> pd.DataFrame:
    """Count labels (rows) against what they were taken for (columns)."""
    counts = metrics.confusion_matrix(labels, named, labels=np.arange(len(classes)))
    return pd.DataFrame(counts, index=list(classes), columns=list(classes))
