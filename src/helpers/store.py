"""Faces on disk, ready to open. In: ``Faces`` and a folder. Out: the same faces, memory-mapped.

A folder is written beside its place and moved there when it is complete, so that an interruption
never leaves half a set. Opening takes no time: pictures are read when they are looked at.
"""

import json
import secrets
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.faces import DataError, Faces

#: Raise it when the files below change their meaning: older folders are then made again.
VERSION = 1

ABOUT = "about.json"
_TRUTH = "truth.parquet"


def save(faces: Faces, folder: str | Path) -> Path:
    """Write `faces` to `folder`, all or nothing; what was there is replaced.

    Parameters
    ----------
    faces : Faces
        What to write.
    folder : path
        A folder of its own; the folders above it are made.

    Returns
    -------
    Path
        The folder.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    temporary = _beside(folder)
    temporary.mkdir()
    try:
        about = {
            "version": VERSION,
            "name": faces.name,
            "count": len(faces),
            "classes": faces.classes,
            "vote_names": faces.vote_names,
            "truth": faces.truth is not None,
        }
        for what in ("images", "labels", "split", "rows", "votes"):
            if getattr(faces, what) is not None:
                np.save(temporary / f"{what}.npy", getattr(faces, what), allow_pickle=False)
        if faces.truth is not None:
            faces.truth.to_parquet(temporary / _TRUTH)
        (temporary / ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
        _move(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return folder


def load(folder: str | Path) -> Faces:
    """Open the faces that `save` wrote to `folder`; the pictures stay on disk until looked at.

    Raises
    ------
    DataError
        If the folder holds no faces, is damaged, or is of another version.
    """
    folder = Path(folder)
    try:
        about = json.loads((folder / ABOUT).read_text(encoding="utf-8"))
        if about["version"] != VERSION:
            raise DataError(f"{folder} has version {about['version']}, not {VERSION}: delete it")
        arrays = {
            what: np.load(folder / f"{what}.npy", mmap_mode="r" if what == "images" else None)
            for what in ("images", "labels", "split", "rows")
        }
        if about["vote_names"]:
            arrays["votes"] = np.load(folder / "votes.npy")
        if len(arrays["images"]) != about["count"]:
            raise DataError(f"{folder} should hold {about['count']} faces: delete it")
        truth = pd.read_parquet(folder / _TRUTH) if about["truth"] else None
        return Faces(
            **arrays,
            classes=about["classes"],
            vote_names=about["vote_names"],
            truth=truth,
            name=about["name"],
        )
    except FileNotFoundError as error:
        raise DataError(f"{folder} holds no stored faces: {error.filename} is missing") from error
    except DataError:
        raise
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is damaged, delete it: {error}") from error


def _beside(folder: Path) -> Path:
    """Return a new name next to `folder` that nobody takes for data."""
    return folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.part")


def _sweep(folder: Path) -> None:
    """Delete what an interrupted writer has left; a younger one may still be at work."""
    for left in folder.parent.glob(f".{folder.name}-*.part"):
        if time.time() - left.stat().st_mtime > 3600:
            shutil.rmtree(left, ignore_errors=True)


def _move(temporary: Path, folder: Path) -> None:
    """Put the complete folder in its place, even where one is already."""
    try:
        temporary.rename(folder)
    except OSError:
        if not folder.exists():
            raise
        old = _beside(folder)
        folder.rename(old)
        temporary.rename(folder)
        shutil.rmtree(old, ignore_errors=True)
