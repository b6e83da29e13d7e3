"""Faces and scenes on disk, ready to open. In: a set and a folder. Out: the same set.

A folder is written beside its place and moved there when it is complete, so that an interruption never leaves half a
set. Opening takes no time: faces are read when they are looked at.
"""

import contextlib
import hashlib
import json
import secrets
import shutil
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.faces.faces import DataError, Faces
from helpers.faces.scenes import Scenes
from helpers.system import read_json

#: Raise it when the files below change their meaning: older folders are then made again.
VERSION = 2

ABOUT = "about.json"
#: NumPy reads a file's header as Python, which Python 3.11 cannot do in several threads at a time.
_HEADERS = threading.Lock()
_ATTRIBUTES, _PICTURES, _BOXES = "attributes.parquet", "pictures.parquet", "boxes.parquet"


def save(faces: Faces | Scenes, folder: str | Path) -> Path:
    """Write `faces` or scenes to `folder`, all or nothing; what was there is replaced.

    The folder holds nothing else; those above it are made.
    """
    folder = Path(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    temporary = _beside(folder)
    temporary.mkdir()
    try:
        (_write_scenes if isinstance(faces, Scenes) else _write_faces)(faces, temporary)
        about = {
            "version": VERSION,
            "kind": type(faces).__name__,
            "name": faces.name,
            "count": len(faces),
            "classes": list(getattr(faces, "classes", ())),
            "vote_names": list(getattr(faces, "vote_names", None) or ()),
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
    return _opened(Path(folder), "Faces")


def load_scenes(folder: str | Path) -> Scenes:
    """Open the scenes that `save` wrote to `folder`."""
    return _opened(Path(folder), "Scenes")


def _write_faces(faces: Faces, folder: Path) -> None:
    for what in ("images", "labels", "split", "row_ids", "votes"):
        if getattr(faces, what) is not None:
            np.save(folder / f"{what}.npy", getattr(faces, what), allow_pickle=False)
    if faces.attributes is not None:
        faces.attributes.to_parquet(folder / _ATTRIBUTES)


def _read_faces(folder: Path, about: dict) -> Faces:
    arrays = {
        what: _array(folder / f"{what}.npy", "r" if what == "images" else None)
        for what in ("images", "labels", "split", "row_ids")
    }
    return Faces(
        **arrays,
        classes=about["classes"],
        votes=_array(folder / "votes.npy") if about["vote_names"] else None,
        vote_names=about["vote_names"] or None,
        attributes=pd.read_parquet(folder / _ATTRIBUTES) if (folder / _ATTRIBUTES).exists() else None,
        name=about["name"],
    )


def _array(path: Path, mmap_mode: str | None = None) -> np.ndarray:
    with _HEADERS:
        return np.load(path, mmap_mode=mmap_mode)


def _write_scenes(scenes: Scenes, folder: Path) -> None:
    pictures = {"picture": scenes.pictures, "split": scenes.split, "name": scenes.names}
    pd.DataFrame(pictures).to_parquet(folder / _PICTURES)
    boxes = pd.DataFrame(scenes.boxes, columns=["left", "top", "width", "height"])
    boxes.insert(0, "picture", scenes.picture_of)
    boxes.to_parquet(folder / _BOXES)
    if scenes.attributes is not None:
        scenes.attributes.to_parquet(folder / _ATTRIBUTES)


def _read_scenes(folder: Path, about: dict) -> Scenes:
    pictures, boxes = (pd.read_parquet(folder / name) for name in (_PICTURES, _BOXES))
    ends = np.cumsum(np.bincount(boxes["picture"], minlength=len(pictures)))
    return Scenes(
        pictures["picture"].tolist(),
        np.split(boxes.iloc[:, 1:].to_numpy(), ends)[:-1],
        pictures["split"].tolist(),
        names=pictures["name"].tolist(),
        attributes=pd.read_parquet(folder / _ATTRIBUTES) if (folder / _ATTRIBUTES).exists() else None,
        name=about["name"],
    )


_READERS = {"Faces": _read_faces, "Scenes": _read_scenes}


def _opened(folder: Path, kind: str):
    """Read a folder of a kind of set; whatever is wrong with it is told in one way."""
    _wait_for(folder)
    try:
        about = read_json(folder / ABOUT)
        if about["version"] != VERSION:
            raise DataError(f"{folder} has version {about['version']}, not {VERSION}: delete it")
        if about["kind"] != kind:
            raise DataError(f"{folder} holds {about['kind']}, not {kind}")
        found = _READERS[kind](folder, about)
        if len(found) != about["count"]:
            raise DataError(f"{folder} should hold {about['count']} pictures: delete it")
        return found
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
            hashlib.file_digest(file, lambda: digest)
    return digest.hexdigest()


def _holds(folder: Path, about: dict) -> bool:
    """Return whether the folder holds these very faces, undamaged."""
    try:
        _opened(folder, about["kind"])
        return read_json(folder / ABOUT) == about
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
