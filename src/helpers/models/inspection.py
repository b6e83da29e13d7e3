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


def augmented_examples(picture: np.ndarray, count: int = 8, seed: int = 0, **amounts) -> np.ndarray:
    """Give a picture `count` times, each changed at random by `amounts` of augmentation."""
    batch = np.repeat(picture[None, ..., None], count, axis=0)
    changed = Augment(seed=seed, **amounts)(batch, training=True)
    return keras.ops.convert_to_numpy(keras.ops.cast(changed, "float32"))[..., 0]


def activation_statistics(model: keras.Model, pictures: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
    """Measure what each layer hands on while some faces pass; the model stays as it is.

    Parameters
    ----------
    model : keras.Model
        With a ReLU layer after each layer that has a kernel, but for the last, as `vgg19_layout`.
    pictures, labels : array
        Raw grey pictures, n x 48 x 48 x 1; what they show.

    Returns
    -------
    DataFrame
        A row for each `layer`: ``rms`` (root mean square of what leaves its ReLU), ``std_over_inputs`` (standard
        deviation over faces, mean over units and places), ``dead_fraction`` (of units, those that are positive nowhere
        in any face), ``gradient`` (its norm, of the kernel).
    """
    ends = [layer for layer in model.layers if isinstance(layer, keras.layers.ReLU)]
    inside = keras.Model(model.inputs[0], [layer.output for layer in ends])
    gradients = _gradients(model, pictures[:64], labels[:64])
    rows = []
    for layer, values in zip(_with_kernel(model)[:-1], outputs(inside, pictures), strict=True):
        values = values.astype(np.float32).reshape(len(values), -1, values.shape[-1])
        rows.append(
            {
                "layer": layer.name,
                "rms": float(np.sqrt(np.square(values).mean())),
                # Minus the first face: equal faces then give zero, not what rounding leaves.
                "std_over_inputs": float((values - values[0]).std(axis=0).mean()),
                "dead_fraction": float((values.max(axis=(0, 1)) <= 0).mean()),
                "gradient": gradients[layer.name],
            }
        )
    return pd.DataFrame(rows)


def outputs(model: keras.Model, pictures: np.ndarray, batch: int = 64):
    """Give what a model makes of pictures, as arrays, without compiling anything for it."""
    parts = [
        keras.tree.map_structure(keras.ops.convert_to_numpy, model(pictures[start : start + batch], training=False))
        for start in range(0, len(pictures), batch)
    ]
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def _with_kernel(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def _gradients(model: keras.Model, pictures, labels, learning_rate: float = 1e4) -> dict[str, float]:
    """Take one plain step, see how far each kernel went, and undo it: so any backend can do it."""
    # As it is undone, the step may be long: then single precision resolves faint gradients too.
    before = model.get_weights()
    twin = keras.Model(model.inputs[0], model.outputs)  # the model keeps its own optimiser
    twin.compile(keras.optimizers.SGD(learning_rate), "sparse_categorical_crossentropy", run_eagerly=True)
    kernels = _with_kernel(model)
    was = [layer.get_weights()[0] for layer in kernels]
    twin.train_on_batch(pictures, labels)
    went = [layer.get_weights()[0] - old for layer, old in zip(kernels, was, strict=True)]
    model.set_weights(before)
    norms = [float(np.linalg.norm(change.ravel())) / learning_rate for change in went]
    return dict(zip([layer.name for layer in kernels], norms, strict=True))
