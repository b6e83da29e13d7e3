"""What a run was made of, and where. In: an experiment, faces. Out: what ``config.json`` says."""

import hashlib
import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path

import keras
import numpy as np

from helpers.config import HOME, TRAINING, VALIDATION
from helpers.faces import DataError, Faces, Task
from helpers.models.pretrained import describe_weights
from helpers.system import read_json
from helpers.training.experiments import Experiment
from helpers.training.targets import TARGETS


def config(experiment: Experiment, faces: Faces, task: Task, seed: int, model: keras.Model) -> dict:
    """Everything that it takes to repeat the run."""
    return {
        "task": task.name,
        "experiment": experiment.as_dict(),
        "seed": seed,
        "data": _data(experiment, faces, task),
        "weights": _weights(experiment),
        "parameters": int(model.count_params()),
        "precision": keras.config.dtype_policy().name,
    } | environment_info()


def _weights(experiment: Experiment) -> str:
    options = experiment.options
    if "body" in options:
        return f"body of {options['body']}"
    return describe_weights(experiment.model, options.get("weights", "random"))


def fingerprint(faces: Faces) -> str:
    """Name what a training may see of a data set, as it labels itself: the test set has no part."""
    return faces.in_split(TRAINING, VALIDATION).fingerprint


def environment_info() -> dict:
    """Say what code runs where: backend, class of hardware, commit, versions."""
    device, backend = "accelerator" if _accelerators() else "processor", keras.backend.backend()
    packages = ("facial-expressions", "keras", "numpy", backend)
    return {
        "backend": backend,
        "hardware": f"{device}, {platform.machine()}, {os.cpu_count()} cores",
        "code": _code(HOME),
        "versions": {package: metadata.version(package) for package in packages},
    }


def _code(home: Path) -> str | None:
    """Name the commit that is checked out, with a ``+`` if ``src/`` differs; None without git."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=home, capture_output=True, text=True, check=True).stdout.strip()

    try:
        if not git("ls-files", "src"):  # somebody else's checkout around ours
            return None
        changed = git("status", "--porcelain", "--", "src")
        return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _accelerators() -> list:
    """Devices of the backend that are no plain processor."""
    try:
        return [name for name in keras.distribution.list_devices() if not name.startswith("cpu")]
    except (NotImplementedError, ImportError, AttributeError):
        return []


def check_resumable(experiment: Experiment, faces: Faces, task: Task, record: Path) -> None:
    """A training goes on with the settings and faces that it began with, or not at all."""
    try:
        began = read_json(record / "config.json")
    except FileNotFoundError:
        return
    now = json.loads(json.dumps(experiment.as_dict()))
    other = [name for name, value in began["experiment"].items() if now.get(name) != value]
    data = _data(experiment, faces, task)
    other += [key for key in ("fingerprint", "targets") if began["data"].get(key) != data.get(key)]
    if other:
        raise DataError(
            f"{record} was begun with another {' and another '.join(other)}: "
            "give the same options and data again, or train anew"
        )


def _data(experiment: Experiment, faces: Faces, task: Task) -> dict:
    """Say which faces these are, and what else than their labels is learnt."""
    asked = task.apply(faces.in_split(TRAINING, VALIDATION))
    said = {
        "name": faces.name,
        "fingerprint": fingerprint(faces),
        "faces": {split: int((asked.split == split).sum()) for split in np.unique(asked.split)},
    }
    learning = asked.in_split(TRAINING)
    soft = {
        head.name: hashlib.blake2b(
            TARGETS[head.targets](learning, experiment).y_true.astype("<f4").tobytes(), digest_size=8
        ).hexdigest()
        for head in experiment.heads
        if head.targets != "labels"
    }
    return said | ({"targets": soft} if soft else {})
