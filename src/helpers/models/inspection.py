"""Looking into models. In: a model and pictures. Out: tables, and pictures of what it makes."""

import keras
import numpy as np
import pandas as pd

from helpers.models.augmentation import Augment


def layer_table(model: keras.Model) -> pd.DataFrame:
    """List the layers that change a picture's shape or hold parameters."""
    rows, shape = [], None
    for layer in model.layers:
        parameters, before = layer.count_params(), shape
        shape = layer.output.shape[1:]
        if parameters or shape != before:
            size = " x ".join(str(n) for n in shape)
            rows.append((layer.name, type(layer).__name__, size, parameters))
    return pd.DataFrame(rows, columns=["layer", "kind", "output", "parameters"]).set_index("layer")


def feature_maps(model: keras.Model, picture: np.ndarray, each: int = 8) -> dict[str, np.ndarray]:
    """Give what a model's convolutions make of a picture: those maps that vary most.

    Parameters
    ----------
    model : keras.Model
        With convolutions among its layers.
    picture : ndarray
        48 x 48, 0 to 255.
    each : int
        How many maps of each convolution.

    Returns
    -------
    dict
        Maps (`each` x height x width) of each convolution, stretched to 0 to 255.
    """
    layers = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    inside = keras.Model(model.inputs, [layer.output for layer in layers])
    made = inside.predict(picture[None, ..., None], verbose=0)
    found = {}
    for number, maps in enumerate(made if len(layers) > 1 else [made], start=1):
        maps = np.maximum(maps[0].astype(np.float32), 0).transpose(2, 0, 1)
        maps = maps[np.argsort(-maps.std(axis=(1, 2)))[:each]]
        highest = np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-6)
        found[f"convolution {number}"] = 255 * maps / highest
    return found


def examples(picture: np.ndarray, count: int = 8, seed: int = 0, **amounts) -> np.ndarray:
    """Give a picture `count` times, each changed at random by `amounts` of augmentation."""
    batch = np.repeat(picture[None, ..., None], count, axis=0)
    changed = Augment(seed=seed, **amounts)(batch, training=True)
    return keras.ops.convert_to_numpy(keras.ops.cast(changed, "float32"))[..., 0]
