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

from helpers import agreement
from helpers.config import HOME
from helpers.experiments import Experiment
from helpers.faces import DataError, Faces


def config(experiment: Experiment, faces: Faces, seed: int, model: keras.Model) -> dict:
    """Everything that it takes to repeat the run."""
    return {
        "experiment": experiment.as_dict(),
        "seed": seed,
        "data": _data(experiment, faces),
        "start": experiment.options.get("start", "random"),
        "parameters": int(model.count_params()),
        "precision": keras.config.dtype_policy().name,
    } | surroundings()


def surroundings() -> dict:
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
        command = ["git", *words]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=True)
        return done.stdout.strip()

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


def check_same(experiment: Experiment, faces: Faces, folder: Path) -> None:
    """A training goes on with the settings and faces that it began with, or not at all."""
    try:
        began = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    now = json.loads(json.dumps(experiment.as_dict()))
    other = [name for name, value in began["experiment"].items() if now.get(name) != value]
    data = _data(experiment, faces)
    other += [key for key in ("fingerprint", "votes") if began["data"].get(key) != data.get(key)]
    if other:
        raise DataError(
            f"{folder} was begun with another {' and another '.join(other)}: "
            "give the same options and data again, or train anew"
        )


def _data(experiment: Experiment, faces: Faces) -> dict:
    """Say which faces these are, and which votes, where votes are learnt from."""
    said = {
        "name": faces.name,
        "fingerprint": faces.fingerprint,
        "faces": {split: int((faces.split == split).sum()) for split in np.unique(faces.split)},
    }
    if experiment.votes:
        spread = agreement.spread(faces.part("Training")).astype("<f4")
        said["votes"] = hashlib.blake2b(spread.tobytes(), digest_size=8).hexdigest()
    return said
