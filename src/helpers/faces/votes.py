"""Votes of observers. In: counts, a row a face, a column an answer. Out: shares, entropies, labels.

Ten observers looked at each face of FER-2013 for FER+; so did ten simulated ones at each rendered face. The votes say
what labels alone cannot: which faces people themselves find ambiguous.
"""

import numpy as np

from helpers.faces.faces import DataError, Faces

#: Answers that name no expression: "unknown", and "NF" for not a face.
NO_EXPRESSION = ("unknown", "NF")
NO_VOTES = "{} has no votes: put FER+'s fer2013new.csv beside it"


def vote_shares(votes: np.ndarray) -> np.ndarray:
    """Turn votes into shares that sum to 1; a face without votes gives zeros.

    Examples
    --------
    >>> vote_shares(np.array([[3, 1], [0, 0]]))
    array([[0.75, 0.25],
           [0.  , 0.  ]])
    """
    votes = np.asarray(votes, float)
    return votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)


def entropy(votes: np.ndarray) -> np.ndarray:
    """Give the entropy of each face's votes in bits: 0 where all agree.

    Examples
    --------
    >>> entropy(np.array([[10, 0], [5, 5]]))
    array([0., 1.])
    """
    p = vote_shares(votes)
    return np.abs((p * np.log2(np.where(p > 0, p, 1))).sum(axis=1))


def plurality(votes: np.ndarray) -> np.ndarray:
    """Give the column with the most votes; -1 where two are level or nobody voted.

    Examples
    --------
    >>> plurality(np.array([[6, 4], [5, 5]]))
    array([ 0, -1])
    """
    votes = np.asarray(votes)
    level = (votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1
    return np.where(level, -1, votes.argmax(axis=1))


def observed_agreement(votes: np.ndarray) -> np.ndarray:
    """Give the chance that two observers of the same face, drawn at random, agree.

    Examples
    --------
    >>> observed_agreement(np.array([[10, 0], [5, 5]])).round(2)
    array([1.  , 0.44])
    """
    votes = np.asarray(votes, float)
    total = votes.sum(axis=1)
    pairs = np.maximum(total * (total - 1), 1)
    return (votes * (votes - 1)).sum(axis=1) / pairs


def relabel_by_majority(faces: Faces) -> Faces:
    """Label faces by what most observers saw, by the rule of FER+'s authors.

    What a single observer saw does not count; the rest must agree by more than half. Faces that most take for unknown
    or for no face are left out. The classes are the votes' names.
    """
    if faces.votes is None:
        raise DataError(NO_VOTES.format(faces.name))
    votes = np.where(faces.votes > 1, faces.votes, 0).astype(int)
    classes = tuple(name for name in faces.vote_names if name not in NO_EXPRESSION)
    number = [classes.index(name) if name in classes else -1 for name in faces.vote_names]
    labels = np.array(number)[votes.argmax(axis=1)]
    kept = (2 * votes.max(axis=1) > votes.sum(axis=1)) & (labels >= 0)
    return faces.take(kept).replace(labels=labels[kept], classes=classes)
