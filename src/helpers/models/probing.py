"""Look into a network's layers. In: a model and a few faces. Out: a table, a row a layer."""

import keras
import numpy as np
import pandas as pd


def probe(model: keras.Model, pictures: np.ndarray, labels: np.ndarray) -> pd.DataFrame:
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
        A row for each `layer`: ``strength`` (root mean square of what leaves its ReLU),
        ``difference`` (standard deviation over faces, mean over units and places), ``dead`` (share
        of units that are positive nowhere in any face), ``gradient`` (its norm, of the kernel).
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
                "strength": float(np.sqrt(np.square(values).mean())),
                # Minus the first face: equal faces then give zero, not what rounding leaves.
                "difference": float((values - values[0]).std(axis=0).mean()),
                "dead": float((values.max(axis=(0, 1)) <= 0).mean()),
                "gradient": gradients[layer.name],
            }
        )
    return pd.DataFrame(rows)


def outputs(model: keras.Model, pictures: np.ndarray, batch: int = 64):
    """Give what a model makes of pictures, as arrays, without compiling anything for it."""
    parts = [
        keras.tree.map_structure(
            keras.ops.convert_to_numpy, model(pictures[start : start + batch], training=False)
        )
        for start in range(0, len(pictures), batch)
    ]
    return keras.tree.map_structure(lambda *arrays: np.concatenate(arrays), *parts)


def _with_kernel(model: keras.Model) -> list[keras.layers.Layer]:
    return [layer for layer in model.layers if hasattr(layer, "kernel")]


def _gradients(model: keras.Model, pictures, labels, rate: float = 1e4) -> dict[str, float]:
    """Take one plain step, see how far each kernel went, and undo it: so any backend can do it."""
    # As it is undone, the step may be long: then single precision resolves faint gradients too.
    before = model.get_weights()
    twin = keras.Model(model.inputs[0], model.outputs)  # the model keeps its own optimiser
    twin.compile(keras.optimizers.SGD(rate), "sparse_categorical_crossentropy", run_eagerly=True)
    kernels = _with_kernel(model)
    was = [layer.get_weights()[0] for layer in kernels]
    twin.train_on_batch(pictures, labels)
    went = [layer.get_weights()[0] - old for layer, old in zip(kernels, was, strict=True)]
    model.set_weights(before)
    return {
        layer.name: float(np.linalg.norm(change.ravel())) / rate
        for layer, change in zip(kernels, went, strict=True)
    }
