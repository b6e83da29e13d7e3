"""Shared modules behind the notebooks: faces, models, recorded runs, figures, ``fer``."""

import os

# TensorFlow takes oneDNN's kernels by itself only on some processors; on others, too, a step of training is twice as
# fast with them.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
