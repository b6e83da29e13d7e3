"""How sure a model may be of itself. In: ``y_true`` and ``y_prob``. Out: errors, a temperature."""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:  # recognition applies a temperature, without tables
    import pandas as pd


def expected_calibration_error(y_true: np.ndarray, y_prob: np.ndarray, bins: int = 15) -> float:
    """Give the expected calibration error: how far confidence is from accuracy, on average.

    Examples
    --------
    >>> y_prob = np.array([[0.8, 0.2], [0.8, 0.2]])
    >>> round(expected_calibration_error(np.array([0, 1]), y_prob), 2)
    0.3
    """
    table = reliability_table(y_true, y_prob, bins)
    return float((table["share"] * (table["accuracy"] - table["confidence"]).abs()).sum())


def reliability_table(y_true: np.ndarray, y_prob: np.ndarray, bins: int = 15) -> "pd.DataFrame":
    """Compare how sure a model is with how often it is right.

    A row for each bin of confidence that has faces: their mean `confidence` and `accuracy`, and their `share` of all.

    Examples
    --------
    >>> sure = np.array([[0.9, 0.1], [0.7, 0.3], [0.7, 0.3]])
    >>> reliability_table(np.array([0, 0, 1]), sure).round(2).to_numpy().tolist()
    [[0.7, 0.5, 0.67], [0.9, 1.0, 0.33]]
    """
    import pandas as pd

    confidence = y_prob.max(axis=1)
    faces = pd.DataFrame({"confidence": confidence, "accuracy": (y_prob.argmax(axis=1) == y_true).astype(float)})
    by_bin = faces.groupby(np.minimum((confidence * bins).astype(int), bins - 1))
    return by_bin.mean().assign(share=by_bin.size() / len(faces))


def apply_temperature(y_prob: np.ndarray, temperature: float) -> np.ndarray:
    """Divide the logarithms of probabilities by a temperature: above 1 a model is less sure.

    Examples
    --------
    >>> apply_temperature(np.array([[0.8, 0.2]]), 2.0).round(2).tolist()
    [[0.67, 0.33]]
    """
    powers = np.maximum(y_prob, 1e-12) ** (1 / temperature)
    return powers / powers.sum(axis=1, keepdims=True)


def fit_temperature(y_true: np.ndarray, y_prob: np.ndarray) -> float:
    """Find the temperature at which labels are likeliest (Guo et al. 2017)."""
    from scipy.optimize import minimize_scalar

    def loss(temperature: float) -> float:
        return cross_entropy(y_true, apply_temperature(y_prob, temperature))

    return float(minimize_scalar(loss, bounds=(0.1, 20), method="bounded").x)


def cross_entropy(y_true: np.ndarray, y_prob: np.ndarray, least: float = 0.0) -> float:
    """Average the negative logarithm of what each label gets, which counts as `least` or more."""
    of_label = y_prob[np.arange(len(y_true)), y_true]
    return float(-np.log(np.maximum(of_label, least)).mean())
