"""A detector of faces without anchors. In: a grey picture of any size. Out: a map of what lies where.

`helpers.faces.detection_maps` says what the map means.
"""

import keras
import numpy as np
from keras import layers, ops

from helpers.faces.detection_maps import CHANNELS, STRIDE

#: Share of cells that hold a face's middle before anything is learnt: so many the first scores say.
PRIOR = 0.01


def face_detector(widths=(8, 24, 48, 112, 144), blocks=(0, 3, 5, 6), top=48, size=None) -> keras.Model:
    """Depthwise-separable residual blocks down to 1/32 of the size, and back up to 1/8.

    Parameters
    ----------
    widths : tuple of int
        Maps at 1/2, 1/4, 1/8, 1/16 and 1/32 of the picture's size.
    blocks : tuple of int
        Residual blocks at 1/4, 1/8, 1/16 and 1/32.
    top : int
        Maps on the way up.
    size : int, optional
        Of the picture's sides, for programs that need to know it; any multiple of MULTIPLE otherwise.
    """
    pictures = keras.Input((size, size, 1), name="pictures")
    # No rescaling: the first normalisation does it, and on a large picture it would take as long as all the rest.
    x = _convolved(pictures, widths[0], strides=2)
    maps = []
    for width, count in zip(widths[1:], blocks, strict=True):
        x = _separable(x, width, strides=2)
        for _ in range(count):
            x = _residual(x)
        maps.append(x)
    _, eighth, sixteenth, last = maps
    x = layers.Conv2D(top, 1, use_bias=False)(last)
    for finer in (sixteenth, eighth):
        x = layers.UpSampling2D(2, interpolation="nearest")(x)
        x = layers.Add()([x, layers.Conv2D(top, 1, use_bias=False)(finer)])
        x = _residual(layers.ReLU()(layers.BatchNormalization()(x)), kernel=5)
    x = _residual(x, kernel=5)
    first = keras.initializers.Constant([_logit(PRIOR), *[1.0] * 4, 1.0, 0.0])
    x = layers.Conv2D(len(CHANNELS), 1, bias_initializer=first, dtype="float32", name="raw")(x)
    # Scores and turns stay as they are; distances become positive, in pixels.
    distances = STRIDE * ops.exp(ops.clip(x[..., 1:5], -4.0, 5.0))
    cells = layers.Concatenate(name="cells", dtype="float32")([x[..., :1], distances, x[..., 5:]])
    return keras.Model(pictures, cells, name="face_detector")


def recalibrated(model: keras.Model, slope: float, offset: float, turn: float = 0.0) -> keras.Model:
    """Make a detector's scores before the sigmoid `slope` times as large, plus `offset`; in place.

    Its turns become larger by `turn` degrees.
    """
    kernel, bias = model.get_layer("raw").get_weights()
    kernel[..., 0] *= slope
    bias[0] = slope * bias[0] + offset
    cos, sin = np.cos(np.deg2rad(turn)), np.sin(np.deg2rad(turn))
    for weights in (kernel, bias):
        weights[..., 5:] = weights[..., 5:] @ [[cos, sin], [-sin, cos]]
    model.get_layer("raw").set_weights([kernel, bias])
    return model


def _logit(probability: float) -> float:
    return float(ops.log(probability / (1 - probability)))


def _convolved(x, width: int, kernel: int = 3, strides: int = 1):
    x = layers.Conv2D(width, kernel, strides, padding="same", use_bias=False, kernel_initializer="he_normal")(x)
    return layers.ReLU()(layers.BatchNormalization()(x))


def _separable(x, width: int, strides: int = 1, kernel: int = 3, activate: bool = True):
    """Each map on its own, then all maps at each place."""
    x = layers.DepthwiseConv2D(kernel, strides, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.Conv2D(width, 1, use_bias=False, kernel_initializer="he_normal")(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU()(x) if activate else x


def _residual(x, kernel: int = 3):
    inner = _separable(x, x.shape[-1], kernel=kernel, activate=False)
    return layers.ReLU()(layers.Add()([x, inner]))
