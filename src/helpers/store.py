"""Faces on disk, ready to open. In: ``Faces`` and a folder. Out: the same faces, memory-mapped.

A folder is written beside its place and moved there when it is complete, so that an interruption
never leaves half a set. Opening takes no time: pictures are read when they are looked at.
"""

import contextlib
import hashlib
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
        for what in ("images", "labels", "split", "rows", "votes"):
            if getattr(faces, what) is not None:
                np.save(temporary / f"{what}.npy", getattr(faces, what), allow_pickle=False)
        if faces.truth is not None:
            faces.truth.to_parquet(temporary / _TRUTH)
        about = {
            "version": VERSION,
            "name": faces.name,
            "count": len(faces),
            "classes": list(faces.classes),
            "vote_names": faces.vote_names and list(faces.vote_names),
            "truth": faces.truth is not None,
            "content": _content(temporary),
        }
        (temporary / ABOUT).write_text(json.dumps(about, indent=1), encoding="utf-8")
        if not _holds(folder, about):  # else someone was faster
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
    _wait_for(folder)
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
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{folder} is damaged, delete it: {error}") from error


def _beside(folder: Path) -> Path:
    """Return a new name next to `folder` that nobody takes for data."""
    return folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.part")


def _sweep(folder: Path) -> None:
    """Delete what an interrupted writer has left; a younger one may still be at work."""
    for left in folder.parent.glob(f".{folder.name}-*.part"):
        with contextlib.suppress(FileNotFoundError):  # just moved into place
            if time.time() - left.stat().st_mtime > 3600:
                shutil.rmtree(left, ignore_errors=True)


def _wait_for(folder: Path) -> None:
    """Give another process, which is just replacing the folder, a moment to finish."""
    for _ in range(20):
        if folder.exists() or not any(folder.parent.glob(f".{folder.name}-*.part/{ABOUT}")):
            return
        time.sleep(0.01)


def _content(folder: Path) -> str:
    """Return a hash of all files in a folder."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode())
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _holds(folder: Path, about: dict) -> bool:
    """Return whether the folder holds these very faces, undamaged."""
    try:
        load(folder)
        return json.loads((folder / ABOUT).read_text(encoding="utf-8")) == about
    except (DataError, OSError):
        return False


def _move(temporary: Path, folder: Path) -> None:
    """Put the complete folder in its place, even where one is already."""
    for last in (False, False, False, True):
        try:
            temporary.rename(folder)
            return
        except OSError:
            if last:
                raise
        old = _beside(folder)
        with contextlib.suppress(FileNotFoundError):  # another process has moved it away
            folder.rename(old)
            shutil.rmtree(old, ignore_errors=True)
