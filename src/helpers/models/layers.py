"""What models are made of: input, heads, and a convolution with its usual company."""

import keras
from keras import layers

from helpers.config import IMAGE_SIZE

#: Name of the output that every model has.
FIRST_HEAD = "probabilities"
#: Name of the layer where a body that was learnt elsewhere ends, and the new head begins.
FEATURES = "features"


def image_input(augmentation=None):
    """Make the input of raw grey pictures, and what follows the augmentation, 0 to 255."""
    pictures = keras.Input((IMAGE_SIZE, IMAGE_SIZE, 1), name="pictures")
    return pictures, pictures if augmentation is None else augmentation(pictures)


def classifier_head(x, classes: int, name: str = FIRST_HEAD, activation: str = "softmax"):
    """Make the probabilities; in full precision whatever the rest uses."""
    return layers.Dense(classes, activation=activation, dtype="float32", name=name)(x)


def add_head(model: keras.Model, name: str, units: int, activation: str = "softmax") -> keras.Model:
    """Give a model another output, which branches off where the first one does."""
    head = classifier_head(model.get_layer(FIRST_HEAD).input, units, name, activation)
    return keras.Model(model.inputs, [*model.outputs, head], name=model.name)


def only_head(model: keras.Model, name: str = FIRST_HEAD) -> keras.Model:
    """Take all outputs off but one."""
    return keras.Model(model.inputs, model.get_layer(name).output, name=model.name)


def conv_bn_relu(x, width, kernel=3, strides=1, l2=0.0, batch_norm=True, momentum=0.99, activate=True):
    """Convolve, normalise the batch, keep what is positive."""
    options = {"kernel_initializer": "he_normal", "kernel_regularizer": keras.regularizers.L2(l2) if l2 else None}
    x = layers.Conv2D(width, kernel, strides, padding="same", use_bias=not batch_norm, **options)(x)
    if batch_norm:
        x = layers.BatchNormalization(momentum=momentum)(x)
    return layers.ReLU()(x) if activate else x
