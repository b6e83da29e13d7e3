"""A residual network that weighs its maps, and a second head for what observers said."""

import keras
from keras import layers

from helpers.models.parts import convolution, way_in, way_out


def se_resnet(
    classes: int,
    augmentation=None,
    widths: tuple[int, ...] = (32, 64, 128, 256),
    depth: int = 2,
    dropout: float = 0.4,
    decay: float = 2.5e-4,
    squeeze: bool = True,
) -> keras.Model:
    """Residual blocks with squeeze and excitation: 2.8 M parameters.

    Parameters
    ----------
    classes : int
        How many probabilities it gives.
    augmentation : Augment, optional
        Changes the pictures while training.
    widths : tuple of int
        Of the stages; each but the first halves the picture.
    depth : int
        Blocks in a stage.
    dropout : float
        Before the probabilities.
    decay : float
        L2 penalty on the kernels.
    squeeze : bool
        Weigh each block's maps; without it, a plain residual network.
    """
    pictures, x = way_in(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = convolution(x, widths[0], strides=2, decay=decay)
    for stage, width in enumerate(widths):
        for block in range(depth):
            x = _block(x, width, 2 if stage and not block else 1, decay, squeeze)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(pictures, way_out(x, classes), name="se_resnet")


def _block(x, width: int, strides: int, decay: float, squeeze: bool):
    """Two convolutions, their maps weighed by what all of the picture says, and a way around."""
    inner = convolution(x, width, strides=strides, decay=decay)
    inner = convolution(inner, width, decay=decay, activate=False)
    if squeeze:
        weights = layers.GlobalAveragePooling2D(keepdims=True)(inner)
        weights = layers.Conv2D(max(8, width // 8), 1, activation="relu")(weights)
        inner = layers.Multiply()([inner, layers.Conv2D(width, 1, activation="sigmoid")(weights)])
    if strides > 1 or x.shape[-1] != width:
        x = convolution(x, width, 1, strides=strides, decay=decay, activate=False)
    return layers.ReLU()(layers.Add()([inner, x]))


def with_votes(model: keras.Model, count: int) -> keras.Model:
    """Add a second head that tells how observers' votes are spread."""
    inside = model.get_layer("probabilities").input
    votes = layers.Dense(count, activation="softmax", dtype="float32", name="votes")(inside)
    return keras.Model(model.inputs, [model.output, votes], name=model.name)


def without_votes(model: keras.Model) -> keras.Model:
    """Take the second head off again."""
    return keras.Model(model.inputs, model.get_layer("probabilities").output, name=model.name)
