"""What a wrong answer costs. In: what there is to learn, what a network said. Out: a number."""

import keras
from keras import ops

#: Cells whose peak is higher learn where the sides are, and the turn; each as much as its peak is high.
NEAR = 0.2
#: How much sides and turn cost beside the score.
SIDES, TURN = 2.0, 0.5
#: How much the localizer's edges, in shares of the picture, cost beside its count.
EDGES = 10.0
_TINY = 1e-6


@keras.saving.register_keras_serializable("helpers")
def detection_loss(y_true, y_pred):
    """Focal loss of the score, 1 - GIoU of the box, squared distance of the turn; of the targets' `TARGETS`."""
    y_true, y_pred = ops.cast(y_true, "float32"), ops.cast(y_pred, "float32")
    peak, counts = y_true[..., 0], y_true[..., 1]
    faces = ops.maximum(ops.sum(ops.cast(peak > 0.999, "float32")), 1.0)
    near = ops.where(peak > NEAR, peak, 0.0) * counts
    total = ops.maximum(ops.sum(near), 1.0)
    score = ops.sum(focal(peak, y_pred[..., 0]) * counts) / faces
    sides = ops.sum((1 - giou(y_true[..., 2:6], y_pred[..., 1:5])) * near) / total
    turn = ops.sum(ops.sum(ops.square(y_true[..., 6:] - y_pred[..., 5:]), axis=-1) * near) / total
    return score + SIDES * sides + TURN * turn


@keras.saving.register_keras_serializable("helpers")
def localization_loss(y_true, y_pred):
    """Cross-entropy of none, one or many, and how far the box of the largest face is off, where there is one."""
    kind = -ops.sum(y_true[:, :3] * ops.log(ops.clip(y_pred[:, :3], 1e-7, 1.0)), axis=-1)
    off = ops.mean(ops.abs(y_true[:, 3:] - y_pred[:, 3:]), axis=-1)
    return kind + EDGES * off * (1 - y_true[:, 0])


def focal(peak, logit):
    """Cross-entropy, less where the score is right already, and near a peak; as CenterNet has it."""
    told = ops.sigmoid(logit)
    log_told, log_not = -ops.softplus(-logit), -ops.softplus(logit)
    top = ops.cast(peak > 0.999, "float32")
    return -top * (1 - told) ** 2 * log_told - (1 - top) * (1 - peak) ** 4 * told**2 * log_not


def giou(one, other):
    """Overlap of boxes around the same cell, given as distances to left, top, right and bottom; -1 to 1.

    Examples
    --------
    >>> round(float(giou(ops.array([1.0, 1, 1, 1]), ops.array([1.0, 1, 1, 1]))), 3)
    1.0
    """
    area = (one[..., 0] + one[..., 2]) * (one[..., 1] + one[..., 3])
    other_area = (other[..., 0] + other[..., 2]) * (other[..., 1] + other[..., 3])
    low, high = ops.minimum(one, other), ops.maximum(one, other)
    # Where a side is on the other side of the cell, nothing is shared.
    shared = ops.relu(low[..., 0] + low[..., 2]) * ops.relu(low[..., 1] + low[..., 3])
    around = (high[..., 0] + high[..., 2]) * (high[..., 1] + high[..., 3])
    union = area + other_area - shared
    return shared / (union + _TINY) - (around - union) / (around + _TINY)
