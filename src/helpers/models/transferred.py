"""Bodies that we trained ourselves, with a new head. In: a shipped or recorded model. Out: one for another question."""

from pathlib import Path

import keras
from keras import layers

from helpers.config import CHECKPOINTS, QUICK, SHIPPED
from helpers.models.layers import FEATURES, classifier_head, image_input


def find_body(name: str) -> Path:
    """Find the file of a shipped model, or of a training, recorded or quick, that is named ``TASK/EXPERIMENT``."""
    run = Path(name, "seed0", "best.keras")
    places = [SHIPPED / name / "model.keras", CHECKPOINTS / run, QUICK / "weights" / run]
    for path in places:
        if path.is_file():
            return path
    raise FileNotFoundError(
        f"there is no body {name!r}: it is a shipped model ({', '.join(_shipped())}), or a training TASK/EXPERIMENT "
        f"of this machine, whose weights were looked for in {places[1]} and {places[2]}"
    )


def transferred(classes, augmentation=None, body="flagship", dropout=0.4) -> keras.Model:
    """Take the head off a model, and put a new one on.

    Parameters
    ----------
    classes, augmentation
        As for `build`.
    body : str
        What `find_body` finds.
    dropout : float
        Before the probabilities.
    """
    known = keras.models.load_model(find_body(body), compile=False)
    inside = keras.Model(_after_augmentation(known), known.get_layer(_pooling(known)).output, name="body")
    pictures, x = image_input(augmentation)
    x = layers.Identity(name=FEATURES)(inside(x))
    return keras.Model(pictures, classifier_head(layers.Dropout(dropout)(x), classes), name="transferred")


def split_at_features(model: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Cut a model in two that share its weights: pictures to features, features to probabilities."""
    cut = model.get_layer(FEATURES)
    features = x = keras.Input(cut.output.shape[1:], name=FEATURES)
    for layer in model.layers[model.layers.index(cut) + 1 :]:
        x = layer(x)
    return keras.Model(model.inputs, cut.output, name="body"), keras.Model(features, x, name="head")


def _shipped() -> list[str]:
    return sorted(path.parent.name for path in SHIPPED.glob("*/model.keras"))


def _pooling(model: keras.Model) -> str:
    """Name the last layer that pools over the whole picture: what it gives are the features."""
    *_, last = (layer.name for layer in model.layers if isinstance(layer, layers.GlobalAveragePooling2D))
    return last


def _after_augmentation(model: keras.Model):
    """Give the pictures as the layer after the augmentation takes them."""
    augmentation = [layer for layer in model.layers if type(layer).__name__ == "Augment"]
    return augmentation[-1].output if augmentation else model.inputs
