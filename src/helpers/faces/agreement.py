"""How far people agree with each other and with the label. In: faces with votes. Out: tables."""

import numpy as np
import pandas as pd

from helpers.faces.faces import DataError, Faces
from helpers.faces.tasks import FERPLUS_NAMES
from helpers.faces.votes import NO_EXPRESSION, NO_VOTES, entropy, observed_agreement, plurality, vote_shares


def label_distribution(faces: Faces) -> np.ndarray:
    """Give how each face's votes are spread over expressions: float32, n x k, rows sum to 1.

    Votes for "unknown" and "not a face" are left out. A face that nobody voted on gets its label, where that is one of
    the votes' names, or else what observers saw in its class on average.
    """
    if faces.votes is None:
        raise DataError(NO_VOTES.format(faces.name))
    kept = [column for column, name in enumerate(faces.vote_names) if name not in NO_EXPRESSION]
    names = [_plain(faces.vote_names[column]) for column in kept]
    votes = faces.votes[:, kept].astype(float)
    silent = votes.sum(axis=1) == 0
    spread = vote_shares(votes)
    for label, name in enumerate(faces.classes):
        of_class = faces.labels == label
        if _plain(name) in names:
            spread[silent & of_class] = np.eye(len(names))[names.index(_plain(name))]
        elif (silent & of_class).any():
            voted = spread[of_class & ~silent]
            spread[silent & of_class] = voted.mean(axis=0) if len(voted) else 1 / len(names)
    return spread.astype(np.float32)


def _plain(name: str) -> str:
    """Spell FER+'s names for expressions as FER-2013 does."""
    return FERPLUS_NAMES.get(name, name)


def label_by_votes(faces: Faces) -> pd.DataFrame:
    """Count the faces by label (rows) and by what most observers saw (columns, with "level")."""
    classes, named = list(faces.classes), map(_plain, faces.vote_names)
    columns = [*classes, *(name for name in named if name not in classes), "level"]
    label, seen = _label_and_seen(faces)
    table = pd.crosstab(pd.Series(label, name="label"), pd.Series(seen, name="most observers"))
    return table.reindex(index=classes, columns=columns, fill_value=0)


def _label_and_seen(faces: Faces) -> tuple[np.ndarray, np.ndarray]:
    """Name each face's label, and what most observers saw: "level" where no answer leads."""
    names = np.array([*map(_plain, faces.vote_names), "level"])
    return np.array(faces.classes)[faces.labels], names[plurality(faces.votes)]  # -1 is the last


def by_class(faces: Faces) -> pd.DataFrame:
    """Say how far observers agree with each other and with the label.

    A row for each class and one for ``all``; shares from 0 to 1, the entropy in bits. Faces that nobody voted on are
    left out.
    """
    faces = faces.take(faces.votes.sum(axis=1) > 0)
    label, seen = _label_and_seen(faces)
    share = vote_shares(faces.votes).max(axis=1)
    table = pd.DataFrame(
        {
            "all observers agree": share == 1,
            "more than half agree": share > 0.5,
            "two observers agree": observed_agreement(faces.votes),
            "share of the most common answer": share,
            "most see one of the seven": np.isin(seen, faces.classes),
            "most see the label": seen == label,
            "entropy in bits": entropy(faces.votes),
        }
    ).astype(float)
    rows = table.groupby(label).mean().reindex(faces.classes)
    return pd.concat([rows, table.mean().to_frame("all").T])
