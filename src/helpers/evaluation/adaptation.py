"""A model on other people's faces. In: what it says there. Out: what it would say, with other priors or a few labels.

Labels of the other set are used only by `fit_few_shot` and `few_shot_curve`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

#: Probabilities count as this or more before their logarithms are taken.
LEAST = 1e-6


def correct_priors(y_prob: np.ndarray, old: np.ndarray, new: np.ndarray) -> np.ndarray:
    """Give the probabilities that follow when classes are as frequent as `new` says, instead of `old`.

    `y_prob` is float, n x k; `old` and `new` are k shares that sum to 1.

    Examples
    --------
    >>> correct_priors(np.array([[0.5, 0.5]]), np.array([0.5, 0.5]), np.array([0.2, 0.8])).round(2).tolist()
    [[0.2, 0.8]]
    """
    weighted = y_prob * (np.asarray(new) / np.maximum(old, LEAST))
    return weighted / weighted.sum(axis=1, keepdims=True)


def estimate_priors(y_prob: np.ndarray, old: np.ndarray, steps: int = 1000, tolerance: float = 1e-6) -> np.ndarray:
    """Estimate how frequent classes are in a set without its labels (Saerens and others, 2002).

    Expectation maximisation: shares are the mean of the probabilities, which are corrected by the shares. It holds if
    the sets differ in nothing but how frequent classes are.

    Parameters
    ----------
    y_prob : array of float, n x k
        Calibrated on a set whose classes are as frequent as `old` says.
    old : array of float, k
        Those shares.
    steps, tolerance
        It ends after so many steps, or when no share moves by more.
    """
    shares = np.asarray(old, float)
    for _ in range(steps):
        last, shares = shares, correct_priors(y_prob, old, shares).mean(axis=0)
        if np.abs(shares - last).max() < tolerance:
            break
    return shares


def mix_heads(one: np.ndarray, other: np.ndarray, weight: float) -> np.ndarray:
    """Average what two heads say of the same classes; the other one counts `weight`, from 0 to 1."""
    return (1 - weight) * one + weight * other


def fit_few_shot(y_prob: np.ndarray, y_true: np.ndarray, strength: float = 1.0):
    """Learn from a few labels how to read a model's probabilities: logistic regression on their logarithms.

    Returns
    -------
    function
        From probabilities (n x k) to corrected ones (n x k); classes without a label keep none.
    """
    from sklearn.linear_model import LogisticRegression

    classes = y_prob.shape[1]
    if len(np.unique(y_true)) < 2:
        raise ValueError("labels of two classes at least are needed to learn from")
    model = LogisticRegression(C=strength, max_iter=2000).fit(_logarithms(y_prob), y_true)

    def corrected(other: np.ndarray) -> np.ndarray:
        made = np.zeros((len(other), classes))
        made[:, model.classes_] = model.predict_proba(_logarithms(other))
        return made

    return corrected


def few_shot_curve(
    y_prob: np.ndarray,
    y_true: np.ndarray,
    groups: np.ndarray,
    counts: Sequence[int] = (10, 50, 200, 1000),
    repeats: int = 10,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure what so many labelled faces bring on people of whom none was labelled.

    Each time half of the groups lend their labels and the others are measured; `groups` says who is on each picture.

    Returns
    -------
    DataFrame
        A row for each count, 0 labels first: mean and standard deviation of accuracy and of balanced accuracy.
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import GroupShuffleSplit

    rows = []
    halves = GroupShuffleSplit(repeats, test_size=0.5, random_state=seed)
    for repeat, (lent, kept) in enumerate(halves.split(y_prob, y_true, groups)):
        order = np.random.default_rng([seed, repeat]).permutation(lent)
        for count in (0, *counts):
            some = order[:count]
            if count > len(lent) or 0 < len(np.unique(y_true[some])) < 2:
                continue
            corrected = fit_few_shot(y_prob[some], y_true[some])(y_prob[kept]) if count else y_prob[kept]
            y_pred = corrected.argmax(axis=1)
            balanced = balanced_accuracy_score(y_true[kept], y_pred)
            rows.append((count, (y_pred == y_true[kept]).mean(), balanced))
    table = pd.DataFrame(rows, columns=["labels", "accuracy", "balanced accuracy"]).groupby("labels")
    return table.mean().join(table.std(), rsuffix=", ±")


def _logarithms(y_prob: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(y_prob, LEAST))
