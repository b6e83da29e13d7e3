"""Networks that start from nothing: a baseline, a deeper one, and AlexNet fitted to 48 x 48."""

import keras
from keras import layers

from helpers.models.layers import classifier_head, conv_bn_relu, image_input


def baseline_cnn(classes: int, augmentation=None, dropout: float = 0.5, filters=(32, 64, 128)) -> keras.Model:
    """Three convolutions, or as many as `filters`, each followed by pooling, and two dense layers: 0.7 M parameters."""
    pictures, x = image_input(augmentation)
    x = layers.Rescaling(1 / 255)(x)
    for width in filters:
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    x = layers.Dense(128, activation="relu")(x)
    return keras.Model(pictures, classifier_head(x, classes), name="baseline_cnn")


def deeper_cnn(
    classes, augmentation=None, filters=(32, 64, 128, 256), convs_per_block=2, batch_norm=True, dropout=0.3, l2=1e-4
) -> keras.Model:
    """Stack blocks of convolutions with batch normalisation: 1.3 M parameters.

    Parameters
    ----------
    classes, augmentation
        As for `build`.
    filters : tuple of int
        Of the blocks; each halves the picture.
    convs_per_block : int
        Convolutions in a block. The first block has one: at full size they cost most.
    batch_norm : bool
        Batch normalisation after each convolution.
    dropout : float
        Before the dense layers; whole maps between the blocks are dropped at a sixth of it.
    l2 : float
        L2 penalty on the kernels.
    """
    pictures, x = image_input(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for number, width in enumerate(filters):
        for _ in range(convs_per_block if number else 1):
            x = conv_bn_relu(x, width, l2=l2, batch_norm=batch_norm)
        x = layers.SpatialDropout2D(dropout / 6)(layers.MaxPooling2D()(x))
    x = layers.GlobalAveragePooling2D()(x)
    for _ in range(2):
        x = layers.Dropout(dropout)(x)
        x = layers.Dense(256, activation="relu", kernel_initializer="he_normal")(x)
    return keras.Model(pictures, classifier_head(x, classes), name="deeper_cnn")


def alexnet(classes: int, augmentation=None, dropout: float = 0.3) -> keras.Model:
    """AlexNet's five convolutions and three dense layers, with smaller kernels and strides.

    Batch normalisation stands where AlexNet had a kind of its own, and in the dense layers too, where AlexNet dropped
    half of the units.
    """
    pictures, x = image_input(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(conv_bn_relu(x, 64, 6, strides=2))
    x = layers.MaxPooling2D(3, 2, padding="same")(conv_bn_relu(x, 192))
    x = conv_bn_relu(conv_bn_relu(x, 384), 256)
    x = layers.MaxPooling2D(3, 2, padding="same")(conv_bn_relu(x, 256))
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(dropout)(x)
        x = layers.Dense(1024, use_bias=False, kernel_initializer="he_normal")(x)
        x = layers.ReLU()(layers.BatchNormalization()(x))
    return keras.Model(pictures, classifier_head(x, classes), name="alexnet")


def dense_blocks(classes, augmentation=None, growth=12, blocks=(4, 4, 4), dropout=0.2) -> keras.Model:
    """DenseNet's idea at a size to watch: each layer sees all maps made before it.

    Parameters
    ----------
    classes, augmentation
        As for `build`.
    growth : int
        Maps that each layer adds.
    blocks : tuple of int
        Layers in each block; between two blocks the picture is halved.
    dropout : float
        Before the last layer.
    """
    fast = {"momentum": 0.9}  # few steps must do for the running averages
    pictures, x = image_input(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.MaxPooling2D()(conv_bn_relu(x, 2 * growth, **fast))
    for number, depth in enumerate(blocks):
        if number:
            x = layers.AveragePooling2D(2)(conv_bn_relu(x, x.shape[-1] // 2, 1, **fast))
        for _ in range(depth):
            x = layers.Concatenate()([x, conv_bn_relu(x, growth, **fast)])
    x = layers.Dropout(dropout)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(pictures, classifier_head(x, classes), name="dense_blocks")
