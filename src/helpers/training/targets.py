"""What a head learns. In: faces, an experiment. Out: a probability of each answer, a row a face.

A function here is a seam: an experiment's head names it, and the fit loop asks no further.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from helpers.faces import DataError, Faces
from helpers.faces.agreement import label_distribution
from helpers.faces.votes import NO_EXPRESSION
from helpers.training.experiments import Experiment


class Targets(NamedTuple):
    """Probabilities (float32, n x k), what their columns mean, and how a head tells them.

    ``softmax`` tells answers of which one is right, rows sum to 1; ``sigmoid`` answers that are independent.
    """

    y_true: np.ndarray
    names: tuple[str, ...]
    activation: str = "softmax"


def labels(faces: Faces, experiment: Experiment) -> Targets:
    """One-hot labels, smoothed as the experiment says."""
    count, smoothing = len(faces.classes), experiment.label_smoothing
    one_hot = np.eye(count, dtype=np.float32)[faces.labels]
    return Targets(one_hot * (1 - smoothing) + smoothing / count, faces.classes)


def votes(faces: Faces, experiment: Experiment) -> Targets:
    """How observers' votes are spread over expressions."""
    spread = label_distribution(faces)
    return Targets(spread, tuple(n for n in faces.vote_names if n not in NO_EXPRESSION))


def teacher(faces: Faces, experiment: Experiment) -> Targets:
    """A teacher's probabilities, from the columns ``teacher_<class>`` of the attributes."""
    columns = [f"teacher_{name}" for name in faces.classes]
    known = faces.attributes
    if known is None or not set(columns) <= set(known):
        raise DataError(f"{faces.name} has no teacher's answers: columns {', '.join(columns)}")
    soft = known[columns].to_numpy(np.float32)
    return Targets(soft / soft.sum(axis=1, keepdims=True), faces.classes)


def action_units(faces: Faces, experiment: Experiment) -> Targets:
    """How strongly each action unit is there, 0 to 1, from the columns ``au<number>`` of the attributes."""
    known = [] if faces.attributes is None else list(faces.attributes.filter(regex=r"^au\d+$"))
    if not known:
        raise DataError(f"{faces.name} does not say which action units are there: columns au1, au2 ...")
    return Targets(faces.attributes[known].to_numpy(np.float32), tuple(known), "sigmoid")


#: Name -> function, as heads name them.
TARGETS: dict[str, Callable[[Faces, Experiment], Targets]] = {
    function.__name__: function for function in (labels, votes, teacher, action_units)
}


def head_targets(experiment: Experiment, faces: Faces) -> dict[str, Targets]:
    """Give the targets of each head of an experiment, by the head's name."""
    return {head.name: TARGETS[head.targets](faces, experiment) for head in experiment.heads}
