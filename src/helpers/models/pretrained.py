"""Networks that have seen ImageNet: VGG16, VGG19, DenseNet121, AlexNet. In: which weights. Out: a model.

Their weights come from a path in the variable ``FER_IMAGENET`` (a file, or a folder of files named as Keras names
them), from Keras' own cache, from what `fer starts get` fetched, or from Keras' download. Where they cannot be had, the
builder says so and stops; it never goes on from random weights unless it was asked to.
"""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import keras
from keras import layers

from helpers.models.layers import FEATURES, classifier_head, image_input
from helpers.models.starts import STARTS, load_start, start_path

WEIGHTS = ("imagenet", "random")

#: What VGG was given of ImageNet ("caffe" mode): colours less their means, not scaled.
IMAGENET_CAFFE = (1.0, (-103.939, -116.779, -123.68))
#: For random weights: FER-2013's grey levels then have mean 0 and standard deviation 1, roughly.
STANDARDISE = (1 / 64, -2.0)

_MEAN, _STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
#: What DenseNet was given of ImageNet ("torch" mode): colours less their means, divided by their deviations.
IMAGENET_TORCH = (tuple(1 / (255 * s) for s in _STD), tuple(-m / s for m, s in zip(_MEAN, _STD, strict=True)))


def _alexnet_body(input_shape, name, **_) -> keras.Model:
    """AlexNet's five convolutions, with the widths that torchvision gives them."""
    pictures = keras.Input(input_shape)
    x = layers.ZeroPadding2D(2)(pictures)
    x = layers.Conv2D(64, 11, 4, activation="relu", name="conv1")(x)
    x = layers.MaxPooling2D(3, 2)(x)
    x = layers.Conv2D(192, 5, padding="same", activation="relu", name="conv2")(x)
    x = layers.MaxPooling2D(3, 2)(x)
    for number, width in enumerate((384, 256, 256), 3):
        x = layers.Conv2D(width, 3, padding="same", activation="relu", name=f"conv{number}")(x)
    return keras.Model(pictures, x, name=name)


#: Name -> (builder, Keras' file without the top, how pictures are prepared: scale, offset).
_NETWORKS = {
    name: (builder, f"{name}_weights_tf_dim_ordering_tf_kernels_notop.h5", prepared)
    for name, builder, prepared in (
        ("vgg16", keras.applications.VGG16, IMAGENET_CAFFE),
        ("vgg19", keras.applications.VGG19, IMAGENET_CAFFE),
        ("densenet121", keras.applications.DenseNet121, IMAGENET_TORCH),
        ("alexnet_imagenet", _alexnet_body, IMAGENET_TORCH),
    )
}
#: Name -> the start that has its convolutions too.
_STARTS = {"vgg16": "vgg16", "alexnet_imagenet": "alexnet"}


class NoWeights(RuntimeError):
    """ImageNet weights cannot be had; the message says what to do."""


def find_weights(name: str) -> Path | None:
    """Find a network's ImageNet weights on this machine: FER_IMAGENET first, then Keras' cache."""
    builder, file_name, _ = _NETWORKS[name]
    if builder is _alexnet_body:  # Keras has none
        return None
    if said := os.environ.get("FER_IMAGENET"):
        place = Path(said).expanduser()
        place = place / file_name if place.is_dir() else place
        if not place.is_file():
            raise NoWeights(f"FER_IMAGENET says {said}, but there is no file {place}")
        return place
    cached = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models" / file_name
    return cached if cached.is_file() else None


def pretrained(
    name, classes, augmentation=None, weights="imagenet", image_size=96, dropout=0.5, units=256, load=True
) -> keras.Model:
    """Put a new head on a known network.

    Parameters
    ----------
    name : str
        ``vgg16``, ``vgg19``, ``densenet121`` or ``alexnet_imagenet``.
    classes, augmentation
        As for `build`.
    weights : str
        ``imagenet`` or ``random``; pictures are prepared as these weights expect.
    image_size : int
        Pictures are enlarged to this many pixels along a side.
    dropout : float
        In the head.
    units : int
        Of the head's dense layer; 0 leaves it out.
    load : bool
        False leaves ImageNet's weights out, for a model whose own will be put in.
    """
    if weights not in WEIGHTS:
        raise ValueError(f"no weights {weights!r}: there are {', '.join(WEIGHTS)}")
    builder, _, (scale, offset) = _NETWORKS[name]
    body = builder(include_top=False, weights=None, input_shape=(image_size, image_size, 3), name="body")
    if weights == "random":
        scale, offset = STANDARDISE
        _redraw(body)
    elif _has_start(name):
        scale, offset = IMAGENET_TORCH
        if load:
            _load_convolutions(body, _STARTS[name])
    elif load:
        _load(body, _fetched(name))
    pictures, x = image_input(augmentation)
    x = layers.Resizing(image_size, image_size)(x)
    x = layers.Rescaling(scale, offset)(layers.Concatenate()([x, x, x]))
    x = layers.GlobalAveragePooling2D(name=FEATURES)(body(x))
    if units:
        x = layers.Dropout(dropout)(x)
        x = layers.Dense(units, activation="relu", kernel_initializer="he_normal")(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(pictures, classifier_head(x, classes), name=name)


def describe_weights(name: str, weights: str) -> str:
    """Say for a record where a network's weights come from on this machine."""
    start = STARTS[_STARTS[name]] if weights == "imagenet" and _has_start(name) else None
    return f"{weights}, {start.package}" if start else weights


def _has_start(name: str) -> bool:
    return name in _STARTS and find_weights(name) is None and start_path(_STARTS[name]).is_file()


def _load_convolutions(body: keras.Model, name: str) -> None:
    """Put the weights of a start into the convolutions of a body, in their order."""
    convolutions = [layer for layer in body.layers if isinstance(layer, layers.Conv2D)]
    body_weights = [weight for layer in convolutions for weight in (layer.kernel, layer.bias)]
    arrays = load_start(name)
    if [weight.shape for weight in body_weights] != [array.shape for array in arrays]:
        raise NoWeights(f"the weights {name} in {start_path(name)} do not fit the network: fetch them again")
    for weight, array in zip(body_weights, arrays, strict=True):
        weight.assign(array)


def _fetched(name: str) -> Path:
    if found := find_weights(name):
        return found
    if _NETWORKS[name][0] is _alexnet_body:  # Keras has none
        raise NoWeights(f"AlexNet's weights are not on this machine: `fer starts get {_STARTS[name]}` fetches them")
    try:
        _NETWORKS[name][0](include_top=False, weights="imagenet")  # downloads into the cache
    except Exception as error:  # no network: Keras raises whatever its download raised
        raise NoWeights(
            f"The ImageNet weights of {name} are not on this machine and could not be downloaded "
            f"({error}). Name the file {_NETWORKS[name][1]} in FER_IMAGENET, try `fer starts list`, or choose "
            "weights='random' (`fer train NAME --weights random`)."
        ) from error
    if not (found := find_weights(name)):
        raise NoWeights(f"Keras put the weights of {name} elsewhere; name the file in FER_IMAGENET")
    return found


def _redraw(body: keras.Model) -> None:
    """Draw all kernels as He and others advise: what Keras draws fades out in VGG's 16 layers."""
    for layer in body.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))


def _load(body: keras.Model, path: Path) -> None:
    try:
        body.load_weights(path)
    except (ValueError, OSError) as error:
        raise NoWeights(f"{path} holds no weights that fit: {error}") from error


#: Name -> builder of one of these networks with a new head, whose options are those of `pretrained`.
PRETRAINED: dict[str, Callable[..., keras.Model]] = {name: partial(pretrained, name) for name in _NETWORKS}
