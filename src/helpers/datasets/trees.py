"""Folders, tar and zip files, seen alike. In: a path. Out: names of files, a way to read each."""

import hashlib
import itertools
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from helpers.faces import DataError

ARCHIVES = (".zip", ".tar", ".tar.gz", ".tgz")

_PROBLEMS = (tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError)


@dataclass(frozen=True)
class FileTree:
    """Files under one roof.

    `names` are relative paths with slashes, sorted; `open` opens one of them for reading; `sizes` are their sizes in
    bytes.
    """

    name: str
    names: tuple[str, ...]
    open: Callable[[str], BinaryIO]
    sizes: dict[str, int]

    def read(self, name: str) -> bytes:
        """Return what a file holds."""
        with self.open(name) as file:
            return file.read()

    def read_all(self, names: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Give each of some files: what to call it in messages, and what it holds."""
        return ((f"{self.name}/{name}", self.read(name)) for name in names)


def is_archive(path: Path) -> bool:
    """Return whether `path` has the name of a tar or zip file."""
    return path.name.lower().endswith(ARCHIVES)


@contextmanager
def open_tree(path: Path) -> Iterator[FileTree]:
    """Open a folder, a tar or a zip file; names beginning with a dot are left out.

    Raises
    ------
    DataError
        If an archive is damaged or incomplete.
    """
    try:
        if path.is_dir():
            sizes = {name: entry.stat().st_size for name, entry in _walk(path)}
            yield _tree(path.name, sizes, lambda name: (path / name).open("rb"))
        elif path.name.lower().endswith(".zip"):
            with zipfile.ZipFile(path) as archive:
                sizes = {one.filename: one.file_size for one in archive.infolist() if not one.is_dir()}
                yield _tree(path.name, sizes, archive.open)
        else:
            with tarfile.open(path) as archive:
                members = {one.name: one for one in archive if one.isfile()}
                _check_end(archive)
                sizes = {name: one.size for name, one in members.items()}
                yield _tree(path.name, sizes, lambda name: archive.extractfile(members[name]))
    except _PROBLEMS as error:
        raise _unreadable(path, error) from error


def first_names(path: Path, count: int) -> tuple[str, ...]:
    """Return the names of an archive's first files; all of them take a second in a long tar."""
    if path.name.lower().endswith(".zip"):
        with open_tree(path) as tree:
            return tree.names[:count]
    try:
        with tarfile.open(path) as archive:
            members = itertools.islice((one for one in archive if one.isfile()), count)
            return tuple(one.name for one in members)
    except _PROBLEMS as error:
        raise _unreadable(path, error) from error


def folder_key(path: Path) -> str:
    """Return a key that changes with the names, sizes and times of change of a folder's files.

    The files are not read: tens of thousands of them would take longer than loading the cache.
    """
    digest = hashlib.blake2b(digest_size=16)
    for name, entry in sorted(_walk(path)):
        about = entry.stat()
        digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\n".encode(errors="replace"))
    return digest.hexdigest()


def _check_end(archive: tarfile.TarFile) -> None:
    """Complain about a tar file that ends too early, which Python passes over in silence."""
    archive.fileobj.seek(archive.offset)
    if archive.fileobj.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
        raise tarfile.ReadError(f"it is damaged or cut off at byte {archive.offset:,}")


def _unreadable(path: Path, error: Exception) -> DataError:
    return DataError(f"{path.name} cannot be read, download it again: {error}")


def _tree(name: str, sizes: dict[str, int], opener: Callable) -> FileTree:
    kept = sorted(one for one in sizes if not any(p.startswith((".", "__MACOSX")) for p in one.split("/")))
    return FileTree(name, tuple(kept), opener, sizes)


def _walk(path: Path, before: str = "", depth: int = 6) -> Iterator[tuple[str, os.DirEntry]]:
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():  # links are followed, but not for ever
                if depth:
                    yield from _walk(Path(entry.path), f"{before}{entry.name}/", depth - 1)
            elif entry.is_file():
                yield before + entry.name, entry
