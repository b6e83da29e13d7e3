"""Networks that start from nothing: a baseline, a deeper one, and AlexNet fitted to 48 x 48."""

import keras
from keras import layers

from helpers.models.parts import convolution, way_in, way_out


def baseline_cnn(classes: int, augmentation=None, dropout: float = 0.5) -> keras.Model:
    """Three convolutions, each followed by pooling, and two dense layers: 0.7 M parameters."""
    pictures, x = way_in(augmentation)
    x = layers.Rescaling(1 / 255)(x)
    for width in (32, 64, 128):
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    x = layers.Dense(128, activation="relu")(x)
    return keras.Model(pictures, way_out(x, classes), name="baseline_cnn")


def deeper_cnn(
    classes: int,
    augmentation=None,
    widths: tuple[int, ...] = (64, 128, 256, 256),
    dropout: float = 0.4,
    decay: float = 1e-4,
) -> keras.Model:
    """Pairs of convolutions with batch normalisation, as deep as there are `widths`."""
    pictures, x = way_in(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    for number, width in enumerate(widths):
        x = convolution(x, width, decay=decay)
        x = convolution(x, width, decay=decay)
        x = layers.MaxPooling2D()(x)
        x = layers.SpatialDropout2D(0.05 * (1 + number))(x) if dropout else x
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(256, activation="relu", kernel_initializer="he_normal")(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(pictures, way_out(x, classes), name="deeper_cnn")


def alexnet(classes: int, augmentation=None, dropout: float = 0.5) -> keras.Model:
    """AlexNet's five convolutions and three dense layers, with smaller kernels and strides."""
    pictures, x = way_in(augmentation)
    x = layers.Rescaling(1 / 127.5, offset=-1)(x)
    x = layers.MaxPooling2D(3, 2, padding="same")(convolution(x, 64, 5))
    x = layers.MaxPooling2D(3, 2, padding="same")(convolution(x, 192, 5))
    x = convolution(x, 384)
    x = convolution(x, 256)
    x = layers.MaxPooling2D(3, 2, padding="same")(convolution(x, 256))
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dropout(dropout)(x)
        x = layers.Dense(1024, activation="relu", kernel_initializer="he_normal")(x)
    return keras.Model(pictures, way_out(x, classes), name="alexnet")
