"""Parsed data sets, kept. In: a source and how to read it. Out: its Faces, memory-mapped.

A set is kept in ``data/processed/`` under a key made of its content, so that the same file is known wherever it lies,
and a changed one is read again. Hashing 300 MB at each opening would be slow: a note for its path remembers the key of
a file as long as its size and time of change stay the same. For folders, the names, sizes and times of all files take
the place of the content.
"""

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from helpers import config
from helpers.datasets.sources import Source
from helpers.datasets.trees import folder_key
from helpers.faces import DataError, Faces, store
from helpers.system import read_json, write_json

#: Raise it when a loader changes what it returns: everything is then read again.
VERSION = 2


def cached(source: Source, read: Callable[[Source], Faces]) -> Faces:
    """Return the faces of `source` from the cache; `read` them first where they are not in it."""
    folder = cache_folder(source)
    try:
        return store.load(folder)
    except DataError:  # nothing there, or nothing usable: made anew
        return store.load(store.save(read(source), folder))


def is_cached(source: Source) -> bool:
    """Return whether `source` has been read already."""
    return (cache_folder(source) / store.ABOUT).is_file()


def cache_folder(source: Source) -> Path:
    """Return where the faces of `source` are kept."""
    keys = [_key(path) for path in (source.path, source.votes) if path]
    about = [str(VERSION), str(store.VERSION), source.layout, source.member or "", *keys]
    key = hashlib.blake2b("\n".join(about).encode(), digest_size=8).hexdigest()
    name = re.sub(r"[^A-Za-z0-9-]+", "-", source.path.name).strip("-").lower() or "faces"
    return config.PROCESSED / f"{name}-{key}"


def _key(path: Path) -> str:
    if path.is_dir():
        return folder_key(path)
    about = path.stat()
    state = [about.st_size, about.st_mtime_ns]
    place = hashlib.blake2b(str(path.resolve()).encode(errors="replace"), digest_size=8).hexdigest()
    note = config.PROCESSED / "keys" / f"{place}.json"
    try:
        known = read_json(note)
        if known["state"] == state:
            return known["key"]
    except (OSError, ValueError, KeyError, TypeError):
        pass  # no note, or a damaged one
    with path.open("rb") as file:
        key = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    write_json(note, {"state": state, "key": key})
    return key
