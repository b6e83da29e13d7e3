"""Two models on the same faces. In: whether each classified each face correctly. Out: tests."""

import numpy as np
from scipy.stats import binomtest


def mcnemar_test(one: np.ndarray, other: np.ndarray) -> dict:
    """Compare two models by which faces only one of them classifies correctly (McNemar, exact).

    Parameters
    ----------
    one, other : ndarray of bool, shape (n,)
        Of each face, whether it was classified correctly.

    Returns
    -------
    dict
        ``only_first``, ``only_second``: numbers of faces. ``p_value``: how often a difference as large or larger would
        come about if both models were equally good.

    Examples
    --------
    >>> right, wrong = np.ones(8, bool), np.zeros(8, bool)
    >>> mcnemar_test(np.append(right, wrong), np.append(wrong, wrong))
    {'only_first': 8, 'only_second': 0, 'p_value': 0.0078}
    """
    first, second = int((one & ~other).sum()), int((other & ~one).sum())
    p_value = float(binomtest(first, first + second).pvalue) if first + second else 1.0
    return {"only_first": first, "only_second": second, "p_value": round(p_value, 4)}


def paired_accuracy_difference(one: np.ndarray, other: np.ndarray) -> tuple[float, float]:
    """Give how much more accurate the first of two models is, and its standard error.

    Parameters
    ----------
    one, other : ndarray of bool, or of shares from 0 to 1
        Of each face, whether (or how often, over seeds) it was classified correctly.

    Examples
    --------
    >>> right, wrong = np.ones(50, bool), np.zeros(50, bool)
    >>> pair = paired_accuracy_difference(np.append(right, right), np.append(right, wrong))
    >>> [round(number, 3) for number in pair]
    [0.5, 0.05]
    """
    difference = one.astype(float) - other.astype(float)
    return float(difference.mean()), float(difference.std(ddof=1) / np.sqrt(len(difference)))
