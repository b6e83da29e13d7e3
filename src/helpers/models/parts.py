"""What models are made of: the way in, the way out, and a convolution with its usual company."""

import keras
from keras import layers

from helpers.config import SIDE


def way_in(augmentation=None):
    """Make the input of raw grey pictures, and what follows the augmentation, 0 to 255."""
    pictures = keras.Input((SIDE, SIDE, 1), name="pictures")
    return pictures, pictures if augmentation is None else augmentation(pictures)


def way_out(x, classes: int):
    """Make the probabilities; in full precision whatever the rest uses."""
    return layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities")(x)


def convolution(
    x,
    width: int,
    kernel: int = 3,
    strides: int = 1,
    decay: float = 0.0,
    normalise: bool = True,
    momentum: float = 0.99,
    activate: bool = True,
):
    """Convolve, normalise the batch, keep what is positive."""
    x = layers.Conv2D(
        width,
        kernel,
        strides,
        padding="same",
        use_bias=not normalise,
        kernel_initializer="he_normal",
        kernel_regularizer=keras.regularizers.L2(decay) if decay else None,
    )(x)
    if normalise:
        x = layers.BatchNormalization(momentum=momentum)(x)
    return layers.ReLU()(x) if activate else x
