"""The first face-localization model: one box. In: a grey picture. Out: what `helpers.faces.one_box` says."""

import keras
from keras import layers

from helpers.faces.scenes import KINDS


def face_localizer(size: int = 128, filters=(16, 32, 64, 96, 128), units: int = 128) -> keras.Model:
    """A small convolutional network with two answers: no face, one or many; and where the largest is.

    Parameters
    ----------
    size : int
        Of the picture's sides: this network knows one size only.
    filters : tuple of int
        Maps of each convolution, after which the picture is half as large.
    units : int
        Of the dense layer before the answers.
    """
    pictures = keras.Input((size, size, 1), name="pictures")
    x = layers.Rescaling(1 / 127.5, offset=-1)(pictures)
    for width in filters:
        x = layers.Conv2D(width, 3, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.3)(layers.Flatten()(x))
    x = layers.Dense(units, activation="relu")(x)
    kind = layers.Dense(len(KINDS), activation="softmax", name="kind")(x)
    box = layers.Dense(4, activation="sigmoid", name="box")(x)
    return keras.Model(pictures, layers.Concatenate(name="answer")([kind, box]), name="face_localizer")
