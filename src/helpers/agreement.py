"""How far people agree on an expression. In: votes, a row a face. Out: shares, entropies, counts.

Ten observers looked at each face of FER-2013 for FER+; so did ten simulated ones at each rendered
face. The votes say what labels alone cannot: which faces people themselves find ambiguous.
"""

import numpy as np
import pandas as pd

from helpers.config import EXPRESSIONS
from helpers.faces import DataError, Faces

#: FER+'s names for the seven expressions; contempt, unknown and NF (not a face) have no twin.
FERPLUS_NAMES = {
    "neutral": "neutral",
    "happiness": "happy",
    "surprise": "surprise",
    "sadness": "sad",
    "anger": "angry",
    "disgust": "disgust",
    "fear": "fear",
}
NO_EXPRESSION = ("unknown", "NF")
NO_VOTES = "{} has no votes: put FER+'s fer2013new.csv beside it"


def shares(votes: np.ndarray) -> np.ndarray:
    """Turn votes into shares that sum to 1; a face without votes gives zeros.

    Examples
    --------
    >>> shares(np.array([[3, 1], [0, 0]]))
    array([[0.75, 0.25],
           [0.  , 0.  ]])
    """
    votes = np.asarray(votes, float)
    return votes / np.maximum(votes.sum(axis=1, keepdims=True), 1)


def spread(faces: Faces) -> np.ndarray:
    """Give how each face's votes are spread over expressions; without votes, its label has all.

    Votes for "unknown" and "not a face" are left out.
    """
    if faces.votes is None:
        raise DataError(NO_VOTES.format(faces.name))
    names = [FERPLUS_NAMES.get(name, name) for name in faces.vote_names]
    kept = [column for column, name in enumerate(names) if name not in NO_EXPRESSION]
    votes = faces.votes[:, kept].astype(float)
    silent = votes.sum(axis=1) == 0
    columns = np.array([[names[column] for column in kept].index(name) for name in faces.classes])
    votes[silent, columns[faces.labels[silent]]] = 1
    return shares(votes).astype(np.float32)


def entropy(votes: np.ndarray) -> np.ndarray:
    """Give the entropy of each face's votes in bits: 0 where all agree.

    Examples
    --------
    >>> entropy(np.array([[10, 0], [5, 5]]))
    array([0., 1.])
    """
    p = shares(votes)
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


def majority(faces: Faces) -> Faces:
    """Label faces by what most observers saw, in FER+'s eight classes, by its authors' rule.

    What a single observer saw does not count; the rest must agree by more than half. Faces that
    most take for unknown or for no face are left out.
    """
    if faces.votes is None:
        raise DataError(NO_VOTES.format(faces.name))
    votes = np.where(faces.votes > 1, faces.votes, 0).astype(int)
    classes = tuple(name for name in faces.vote_names if name not in NO_EXPRESSION)
    number = [classes.index(name) if name in classes else -1 for name in faces.vote_names]
    labels = np.array(number)[votes.argmax(axis=1)]
    kept = (2 * votes.max(axis=1) > votes.sum(axis=1)) & (labels >= 0)
    return faces.take(kept).replace(labels=labels[kept], classes=classes)


def pair_agreement(votes: np.ndarray) -> np.ndarray:
    """Give the chance that two observers of the same face, drawn at random, agree.

    Examples
    --------
    >>> pair_agreement(np.array([[10, 0], [5, 5]])).round(2)
    array([1.  , 0.44])
    """
    votes = np.asarray(votes, float)
    total = votes.sum(axis=1)
    pairs = np.maximum(total * (total - 1), 1)
    return (votes * (votes - 1)).sum(axis=1) / pairs


def label_by_votes(faces: Faces) -> pd.DataFrame:
    """Count the faces by label (rows) and by what most observers saw (columns, with "level")."""
    names = [FERPLUS_NAMES.get(name, name) for name in faces.vote_names]
    columns = [*EXPRESSIONS, *(name for name in names if name not in EXPRESSIONS), "level"]
    seen = np.array([*names, "level"])[plurality(faces.votes)]  # -1 is the last: "level"
    label = np.array(faces.classes)[faces.labels]
    table = pd.crosstab(pd.Series(label, name="label"), pd.Series(seen, name="most observers"))
    return table.reindex(index=list(faces.classes), columns=columns, fill_value=0)


def by_class(faces: Faces) -> pd.DataFrame:
    """Say how far observers agree with each other and with the label.

    Returns
    -------
    DataFrame
        A row for each class and one for ``all``; shares from 0 to 1, the entropy in bits. Faces
        that nobody voted on are left out.
    """
    faces = faces.take(faces.votes.sum(axis=1) > 0)
    label = np.array(faces.classes)[faces.labels]
    names = np.array([*(FERPLUS_NAMES.get(name, name) for name in faces.vote_names), "level"])
    seen = names[plurality(faces.votes)]
    share = shares(faces.votes).max(axis=1)
    table = pd.DataFrame(
        {
            "all observers agree": share == 1,
            "more than half agree": share > 0.5,
            "two observers agree": pair_agreement(faces.votes),
            "share of the most common answer": share,
            "most see one of the seven": np.isin(seen, EXPRESSIONS),
            "most see the label": seen == label,
            "entropy in bits": entropy(faces.votes),
        }
    ).astype(float)
    rows = table.groupby(label).mean().reindex(faces.classes)
    return pd.concat([rows, table.mean().to_frame("all").T])
