"""A residual network that weighs its maps (squeeze and excitation)."""

import keras
from keras import layers

from helpers.models.layers import classifier_head, conv_bn_relu, image_input


def se_resnet(
    classes, augmentation=None, filters=(32, 64, 128, 256), blocks_per_stage=2, dropout=0.4, l2=2.5e-4, use_se=True
) -> keras.Model:
    """Residual blocks with squeeze and excitation: 2.8 M parameters.

    Parameters
    ----------
    classes, augmentation
        As for `build`.
    filters : tuple of int
        Of the stages; each but the first halves the picture.
    blocks_per_stage : int
        Residual blocks in a stage.
    dropout : float
        Before the probabilities.
    l2 : float
        L2 penalty on the kernels.
    use_se : bool
        Squeeze and excitation: weigh each block's maps; without it, a plain residual network.
    """
    pictures, x = image_input(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = conv_bn_relu(x, filters[0], strides=2, l2=l2)
    for stage, width in enumerate(filters):
        for block in range(blocks_per_stage):
            x = _block(x, width, 2 if stage and not block else 1, l2, use_se)
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(pictures, classifier_head(x, classes), name="se_resnet")


def _block(x, width: int, strides: int, l2: float, use_se: bool):
    """Two convolutions, their maps weighed by what all of the picture says, and a way around."""
    inner = conv_bn_relu(x, width, strides=strides, l2=l2)
    inner = conv_bn_relu(inner, width, l2=l2, activate=False)
    if use_se:
        weights = layers.GlobalAveragePooling2D(keepdims=True)(inner)
        weights = layers.Conv2D(max(8, width // 8), 1, activation="relu")(weights)
        inner = layers.Multiply()([inner, layers.Conv2D(width, 1, activation="sigmoid")(weights)])
    if strides > 1 or x.shape[-1] != width:
        x = conv_bn_relu(x, width, 1, strides=strides, l2=l2, activate=False)
    return layers.ReLU()(layers.Add()([inner, x]))
