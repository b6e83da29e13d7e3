"""Augmentation as one Keras layer. In: grey pictures. Out: the same, each changed at random.

Rotation, shear, zoom, shift and flip are one affine map, so that a picture is resampled once, by the backend and on its
accelerator. At inference the layer does nothing.
"""

import math

import keras
from keras import ops, random


@keras.saving.register_keras_serializable("fer")
class Augment(keras.layers.Layer):
    """Change each picture of a batch at random while training.

    Parameters
    ----------
    rotation, shear : float
        At most so many degrees either way.
    zoom, shift : float
        At most such a share of the picture's side.
    flip : bool
        Mirror every other picture.
    brightness : float
        At most such a share of the full range is added or taken away.
    contrast : float
        Contrast is multiplied by a factor between ``1 - contrast`` and ``1 + contrast``.
    erasing : float
        Share of the pictures in which a rectangle, up to 40 % of the side, is painted over.
    seed : int
        The same seed gives the same changes.
    """

    def __init__(
        self, rotation=0, shear=0, zoom=0, shift=0, flip=False, brightness=0, contrast=0, erasing=0, seed=0, **options
    ):
        super().__init__(**options)
        self.moves = {"rotation": rotation, "shear": shear, "zoom": zoom, "shift": shift, "flip": flip}
        self.amounts = self.moves | {"brightness": brightness, "contrast": contrast, "erasing": erasing}
        self.seed = seed
        # TensorFlow's resampling cannot be compiled by XLA, which it would choose on a GPU.
        self.supports_jit = keras.backend.backend() != "tensorflow"
        self.seed_generator = random.SeedGenerator(seed)

    def call(self, pictures, training=False):
        """Change `pictures` of shape (n, side, side, 1) if `training`."""
        if not training:
            return ops.cast(pictures, self.compute_dtype)
        pictures = ops.cast(pictures, "float32")  # faster than half precision for what follows
        if any(self.moves.values()):
            pictures = self._moved(pictures)
        if self.amounts["contrast"] or self.amounts["brightness"]:
            pictures = self._lit(pictures)
        if self.amounts["erasing"]:
            pictures = self._erased(pictures)
        return ops.cast(pictures, self.compute_dtype)

    def _moved(self, pictures):
        much, count, side = self.amounts, ops.shape(pictures)[0], pictures.shape[1]
        middle = (side - 1) / 2
        angle = self._draw(count, much["rotation"]) * (math.pi / 180)
        slant = ops.tan(self._draw(count, much["shear"]) * (math.pi / 180))
        scale = 1 / (1 + self._draw(count, much["zoom"]))
        mirror = ops.sign(self._draw(count, 1.0)) if much["flip"] else ops.ones((count,))
        cosine, sine = scale * ops.cos(angle), scale * ops.sin(angle)
        # Where each pixel of the new picture is taken from: x' = a x + b y + c, y' = d x + e y + f.
        a, b = cosine * mirror, cosine * slant - sine
        d, e = sine * mirror, sine * slant + cosine
        c = middle * (1 - a - b) + self._draw(count, much["shift"] * side)
        f = middle * (1 - d - e) + self._draw(count, much["shift"] * side)
        zero = ops.zeros_like(a)
        transform = ops.stack([a, b, c, d, e, f, zero, zero], axis=1)
        return ops.image.affine_transform(pictures, transform, fill_mode="nearest", data_format="channels_last")

    def _lit(self, pictures):
        count = ops.shape(pictures)[0]
        factor = 1 + self._column(self._draw(count, self.amounts["contrast"]))
        offset = 255 * self._column(self._draw(count, self.amounts["brightness"]))
        mean = ops.mean(pictures, axis=(1, 2, 3), keepdims=True)
        return ops.clip((pictures - mean) * factor + mean + offset, 0, 255)

    def _erased(self, pictures):
        count, side = ops.shape(pictures)[0], pictures.shape[1]
        along = ops.arange(side, dtype="float32")[None, :]

        def stretch():  # of pixels in a row or column
            width = self._uniform(count, 0.1 * side, 0.4 * side)[:, None]
            start = self._uniform(count, 0, side)[:, None] - width / 2
            return ops.logical_and(along >= start, along < start + width)

        chosen = self._uniform(count, 0, 1) < self.amounts["erasing"]
        inside = ops.logical_and(stretch()[:, :, None], stretch()[:, None, :])
        inside = ops.logical_and(inside, chosen[:, None, None])[..., None]
        return ops.where(inside, self._column(self._uniform(count, 0, 255)), pictures)

    def _uniform(self, count, low, high):
        return random.uniform((count,), low, high, dtype="float32", seed=self.seed_generator)

    def _draw(self, count, most):
        return self._uniform(count, -most, most) if most else ops.zeros((count,))

    @staticmethod
    def _column(values):
        return values[:, None, None, None]

    def compute_output_shape(self, shape):
        """Shapes stay."""
        return shape

    def get_config(self):
        """What it takes to make the same layer."""
        return super().get_config() | self.amounts | {"seed": self.seed}
