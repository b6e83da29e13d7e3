"""What a body that does not learn says of faces. In: a body, faces. Out: features, computed once and kept."""

import hashlib
from collections.abc import Sequence

import keras
import numpy as np
from tqdm import tqdm

from helpers.config import PROCESSED
from helpers.faces import Faces
from helpers.system import atomic_path
from helpers.training.callbacks import with_channel

BATCH = 128


def frozen_features(body: keras.Model, faces: Faces, parts: Sequence[Faces]) -> list[np.ndarray]:
    """Give the features (float32, n x d) of parts of a set of faces.

    They are computed for all of `faces`, and kept under ``data/processed/features/`` by the body's weights and the
    faces' fingerprint: the next question on the same faces finds them there.
    """
    path = PROCESSED / "features" / f"{_fingerprint(body, faces)}.npy"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic_path(path) as made, made.open("wb") as file:
            np.save(file, _computed(body, faces.images))
    features = np.load(path, mmap_mode="r")
    place = {key: number for number, key in enumerate(zip(faces.split, faces.row_ids, strict=True))}
    return [features[[place[key] for key in zip(part.split, part.row_ids, strict=True)]] for part in parts]


def _computed(body: keras.Model, images: np.ndarray) -> np.ndarray:
    starts = range(0, len(images), BATCH)
    batches = tqdm(starts, f"features of {len(images)} faces", unit="batch", leave=False)
    made = [body.predict_on_batch(with_channel(np.asarray(images[at : at + BATCH]))) for at in batches]
    return np.concatenate(made).astype(np.float32)


def _fingerprint(body: keras.Model, faces: Faces) -> str:
    said = hashlib.blake2b(faces.fingerprint.encode(), digest_size=12)
    for layer in body._flatten_layers():  # preparation of the pictures, too
        if isinstance(layer, keras.layers.Rescaling | keras.layers.Resizing):
            options = {key: value for key, value in layer.get_config().items() if key not in ("name", "dtype")}
            said.update(repr(sorted(options.items())).encode())
    for weight in body.weights:
        said.update(np.ascontiguousarray(keras.ops.convert_to_numpy(weight)).tobytes())
    return said.hexdigest()
