"""How good predictions are. In: ``y_true`` (labels), ``y_prob`` (probabilities). Out: numbers."""

import numpy as np
import pandas as pd
from sklearn import metrics

from helpers.evaluation.calibration import expected_calibration_error


def classification_metrics(y_true: np.ndarray, y_prob: np.ndarray, classes: tuple[str, ...]) -> dict:
    """Sum up how good predictions are, in shares from 0 to 1.

    Parameters
    ----------
    y_true : ndarray of int, shape (n,)
        Labels, as positions in `classes`.
    y_prob : ndarray of float, shape (n, k)
        Probabilities; rows sum to 1.
    classes : tuple of str
        The names of the k classes.

    Returns
    -------
    dict
        ``accuracy``, ``balanced_accuracy`` (mean recall), ``macro_f1``, ``log_loss``, ``expected_calibration_error``
        and ``recall``, a dict of each class that occurs.
    """
    y_pred = y_prob.argmax(axis=1)
    there = np.unique(y_true)
    recall = metrics.recall_score(y_true, y_pred, labels=there, average=None, zero_division=0)
    f1 = metrics.f1_score(y_true, y_pred, labels=there, average="macro", zero_division=0)
    return {
        "faces": len(y_true),
        "accuracy": float((y_pred == y_true).mean()),
        "balanced_accuracy": float(recall.mean()),
        "macro_f1": float(f1),
        "log_loss": float(metrics.log_loss(y_true, y_prob, labels=np.arange(len(classes)))),
        "expected_calibration_error": expected_calibration_error(y_true, y_prob),
        "recall": {classes[c]: float(r) for c, r in zip(there, recall, strict=True)},
    }


def confusion_matrix(y_true: np.ndarray, y_pred: np.ndarray, classes: tuple[str, ...]) -> pd.DataFrame:
    """Count labels (rows) against predictions (columns)."""
    counts = metrics.confusion_matrix(y_true, y_pred, labels=np.arange(len(classes)))
    return pd.DataFrame(counts, index=list(classes), columns=list(classes))
