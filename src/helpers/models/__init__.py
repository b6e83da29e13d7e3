"""Models by name. In: a name and a number of classes. Out: a Keras model, ready to compile.

Every model takes raw grey pictures (n x 48 x 48 x 1, 0 to 255) and holds its own preprocessing, so that what is saved
is what is served. Each returns probabilities.
"""

from collections.abc import Callable

from helpers.system import suppress_stderr

with suppress_stderr():  # TensorFlow tells what it found on the machine
    import keras

    from helpers.models.augmentation import Augment
    from helpers.models.inspection import activation_statistics, augmented_examples, feature_maps, layer_table
    from helpers.models.layers import add_head, only_head
    from helpers.models.pretrained import PRETRAINED, NoWeights, find_weights
    from helpers.models.residual import se_resnet
    from helpers.models.small import alexnet, baseline_cnn, deeper_cnn, dense_blocks
    from helpers.models.transferred import split_at_features, transferred
    from helpers.models.vgg import vgg19_layout

#: Name -> builder. A builder takes the number of classes, an augmentation or None, and options.
MODELS: dict[str, Callable[..., keras.Model]] = {
    builder.__name__: builder
    for builder in (baseline_cnn, deeper_cnn, alexnet, dense_blocks, vgg19_layout, se_resnet, transferred)
} | PRETRAINED


def build(name: str, classes: int, augmentation: Augment | None = None, **options) -> keras.Model:
    """Build a model.

    Parameters
    ----------
    name : str
        One of `MODELS`.
    classes : int
        How many probabilities it gives.
    augmentation : Augment, optional
        Changes the pictures while training, never at inference.
    **options
        The builder's own.
    """
    if name not in MODELS:
        raise ValueError(f"no model {name!r}: there are {', '.join(MODELS)}")
    return MODELS[name](classes, augmentation, **options)


__all__ = [
    "MODELS",
    "Augment",
    "NoWeights",
    "activation_statistics",
    "add_head",
    "augmented_examples",
    "build",
    "feature_maps",
    "find_weights",
    "layer_table",
    "only_head",
    "split_at_features",
]
