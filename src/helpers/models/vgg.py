"""VGG19's layout at any width, to take it apart. In: a width, weights. Out: a model.

At a width of 64 it is VGG19 on 48 x 48 pictures. At 8 each layer is an eighth as wide, so a step of training costs some
fifty times less, and a notebook can watch hundreds of them.
"""

import keras
from keras import layers

from helpers.models.layers import classifier_head, image_input
from helpers.models.pretrained import IMAGENET_CAFFE, STANDARDISE, pretrained

#: How wide the first block of VGG19 is.
FULL_WIDTH = 64
#: Convolutions in each block, and how often the first block's width each of them is wide.
BLOCKS = ((2, 1), (2, 2), (4, 4), (4, 8), (4, 8))
WEIGHTS = {"Glorot": "glorot_uniform", "He": "he_normal", "ImageNet": "zeros"}
#: How grey levels are handed on: factor, offset.
PICTURES = {"ImageNet": IMAGENET_CAFFE, "0 to 1": (1 / 255, 0.0), "even": STANDARDISE}


def vgg19_layout(
    classes, augmentation=None, width=FULL_WIDTH, weights="Glorot", pictures="ImageNet", batch_norm=False
) -> keras.Model:
    """Build VGG19's sixteen convolutions with a small head.

    Parameters
    ----------
    classes, augmentation
        As for `build`.
    width : int
        Of the first block; the others and the head follow.
    weights : str
        ``Glorot`` (as Keras draws weights), ``He``, or ``ImageNet``, which needs the full width.
    pictures : str
        One of `PICTURES`.
    batch_norm : bool
        Batch normalisation after each convolution.
    """
    if weights not in WEIGHTS or pictures not in PICTURES:
        raise ValueError(f"weights is one of {[*WEIGHTS]}, pictures one of {[*PICTURES]}")
    if weights == "ImageNet" and (width != FULL_WIDTH or batch_norm):
        raise ValueError(f"ImageNet's weights are {FULL_WIDTH} wide and know no batch normalisation")
    grey, x = image_input(augmentation)
    x = layers.Rescaling(*PICTURES[pictures])(layers.Concatenate()([x, x, x]))
    for block, (depth, times) in enumerate(BLOCKS, 1):
        for number in range(1, depth + 1):
            options = {"kernel_initializer": WEIGHTS[weights], "use_bias": not batch_norm}
            x = layers.Conv2D(times * width, 3, padding="same", name=f"block{block}_conv{number}", **options)(x)
            if batch_norm:
                x = layers.BatchNormalization(momentum=0.9, name=f"block{block}_norm{number}")(x)
            x = layers.ReLU(name=f"block{block}_relu{number}")(x)
        x = layers.MaxPooling2D(name=f"block{block}_pool")(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.ReLU(name="head_relu")(layers.Dense(4 * width, kernel_initializer="he_normal", name="head")(x))
    model = keras.Model(grey, classifier_head(x, classes), name="vgg19_layout")
    if weights == "ImageNet":
        seen = pretrained("vgg19", classes, image_size=grey.shape[1], units=0).get_layer("body")
        body = [layer for layer in model.layers if layer.name.startswith("block") and layer.weights]
        for layer, twin in zip(body, (twin for twin in seen.layers if twin.weights), strict=True):
            layer.set_weights(twin.get_weights())
    return model
