"""A model on other people's faces. In: what it says there. Out: what it would say, with other priors or a few labels.

Labels of the other set are used only by `fit_few_shot` and `few_shot_curve`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax

#: Probabilities count as this or more before their logarithms are taken.
LEAST = 1e-6
#: How strongly a head's weight and a class's shift are held where they begin.
_PULL = (3.0, 10.0)


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


def fit_few_shot(
    heads: Sequence[np.ndarray], y_true: np.ndarray, balance: float = 0.0
) -> Callable[[Sequence[np.ndarray]], np.ndarray]:
    """Learn from a few labels how to read what several heads say of the same classes.

    Multinomial regression on the logarithms of their probabilities with as few parameters as may be: a weight for each
    head and a shift for each class. Both are pulled towards the first head as it is, so that ten labels do no harm.

    Parameters
    ----------
    heads : sequence of array of float, n x k
        What each head says; the first is where it begins.
    y_true : array of int, n
        The labels.
    balance : float
        From 0, most faces right, to 1, all classes alike however rare: so much of the labels' shares is taken out.

    Returns
    -------
    function
        From what the heads say of other faces to probabilities, n x k.
    """
    if len(np.unique(y_true)) < 2:
        raise ValueError("labels of two classes at least are needed to learn from")
    logs, classes = np.array([_logarithms(y_prob) for y_prob in heads]), heads[0].shape[1]
    one_hot, begin = np.eye(classes)[y_true], np.eye(1, len(heads))[0]

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, shifts = np.split(parameters, [len(heads)])
        scores = np.tensordot(weights, logs, 1) + shifts
        wrong = softmax(scores, axis=1) - one_hot
        off = weights - begin
        cost = -log_softmax(scores, axis=1)[one_hot > 0].sum() + (_PULL[0] * off @ off + _PULL[1] * shifts @ shifts) / 2
        return cost, np.r_[(wrong * logs).sum(axis=(1, 2)) + _PULL[0] * off, wrong.sum(axis=0) + _PULL[1] * shifts]

    found = minimize(loss, np.r_[begin, np.zeros(classes)], jac=True, method="L-BFGS-B").x
    weights, shifts = np.split(found, [len(heads)])
    shares = (np.bincount(y_true, minlength=classes) + 1) / (len(y_true) + classes)
    shifts = shifts - balance * np.log(shares)
    return lambda others: softmax(np.tensordot(weights, [_logarithms(one) for one in others], 1) + shifts, axis=1)


def few_shot_curve(
    heads: Sequence[np.ndarray],
    y_true: np.ndarray,
    groups: np.ndarray,
    counts: Sequence[int] = (10, 50, 200, 1000),
    repeats: int = 10,
    balance: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Measure what so many labelled faces bring on people of whom none was labelled.

    Each time half of the groups lend their labels and the others are measured; `groups` says who is on each picture,
    `heads` and `balance` are as for `fit_few_shot`.

    Returns
    -------
    DataFrame
        A row for each count, 0 labels first: mean and standard deviation of accuracy and of balanced accuracy.
    """
    from sklearn.metrics import balanced_accuracy_score
    from sklearn.model_selection import GroupShuffleSplit

    rows = []
    halves = GroupShuffleSplit(repeats, test_size=0.5, random_state=seed)
    for repeat, (lent, kept) in enumerate(halves.split(y_true, y_true, groups)):
        order = np.random.default_rng([seed, repeat]).permutation(lent)
        for count in (0, *counts):
            some = order[:count]
            if count > len(lent) or 0 < len(np.unique(y_true[some])) < 2:
                continue
            left = [y_prob[kept] for y_prob in heads]
            read = fit_few_shot([y_prob[some] for y_prob in heads], y_true[some], balance) if count else _first
            y_pred = read(left).argmax(axis=1)
            balanced = balanced_accuracy_score(y_true[kept], y_pred)
            rows.append((count, (y_pred == y_true[kept]).mean(), balanced))
    table = pd.DataFrame(rows, columns=["labels", "accuracy", "balanced accuracy"]).groupby("labels")
    return table.mean().join(table.std(), rsuffix=", ±")


def _first(heads: Sequence[np.ndarray]) -> np.ndarray:
    return heads[0]


def _logarithms(y_prob: np.ndarray) -> np.ndarray:
    return np.log(np.maximum(y_prob, LEAST))
