"""Fetching FER-2013 from Kaggle. In: where to put it. Out: data that has been checked, or nothing.

A download goes to a hidden folder beside its destination, which no loader looks at. It is moved into place only after
it has been read through and its counts are those of FER-2013.
"""

import secrets
import shutil
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from helpers.datasets.check import count_differences
from helpers.datasets.loading import load_source
from helpers.datasets.sources import find_sources
from helpers.faces import DataError

#: The copy as folders of pictures, free for everyone.
FOLDERS = "msambare/fer2013"
#: The original table; Kaggle gives it to those who have an account and accepted the rules.
TABLE = "challenges-in-representation-learning-facial-expression-recognition-challenge"

BY_HAND = f"""\
To fetch it by hand, on any machine with a browser:
  pictures  https://www.kaggle.com/datasets/{FOLDERS}
  table     https://www.kaggle.com/competitions/{TABLE}/data (needs an account)
Put what you get (archive.zip, the folders train/ and test/, icml_face_data.csv or fer2013.csv) into
  {{folder}}
as it is, or let the environment variable FER_DATA name it. Then run `fer data status`.
Without it everything runs on the built-in rendered faces."""


class DownloadError(DataError):
    """FER-2013 could not be fetched; the message says what to do instead."""


def fetch(destination: Path, layout: str = "folders") -> Path:
    """Download FER-2013 with kagglehub, check it, and put it under `destination`.

    Parameters
    ----------
    destination : Path
        The folder to put it in, ``data/raw/`` for instance.
    layout : str
        ``folders`` for the copy as pictures, ``csv`` for the original table (needs a Kaggle account).

    Returns
    -------
    Path
        What is new in `destination`.

    Raises
    ------
    DownloadError
        If it is there already, cannot be downloaded, or is not complete. Nothing is left behind.
    """
    final = destination / ("fer2013" if layout == "folders" else "icml_face_data.csv")
    if final.exists():
        raise DownloadError(f"{final} is there already: look at it with `fer data status`")
    destination.mkdir(parents=True, exist_ok=True)
    for left in destination.glob(".download-*"):  # by a process that was killed
        if time.time() - left.stat().st_mtime > 24 * 3600:
            shutil.rmtree(left, ignore_errors=True)
    temporary = destination / f".download-{secrets.token_hex(4)}"
    temporary.mkdir()
    try:
        fetched = _download(_folders if layout == "folders" else _table, temporary, destination)
        _check(fetched, destination)
        fetched.rename(final)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return final


def _download(download: Callable[[Path], Path], temporary: Path, destination: Path) -> Path:
    try:
        return download(temporary)
    except Exception as error:  # no network, no account, no space: kagglehub raises what it likes
        reason = str(error).strip().split("\n")[0] or type(error).__name__
        if isinstance(error, OSError) and "Connect" in type(error).__name__:
            reason = "it cannot be reached from here. Is there a network?"
        advice = BY_HAND.format(folder=destination)
        raise DownloadError(f"Kaggle did not give us FER-2013: {reason}\n\n{advice}") from error


def _folders(temporary: Path) -> Path:
    import kagglehub  # slow to import

    kagglehub.dataset_download(FOLDERS, output_dir=str(temporary / "fer2013"))
    return temporary / "fer2013"


def _table(temporary: Path) -> Path:
    import kagglehub

    kagglehub.competition_download(TABLE, output_dir=str(temporary / "table"))
    if tables := [*temporary.rglob("icml_face_data.csv"), *temporary.rglob("fer2013.csv")]:
        return tables[0]
    for path in sorted((temporary / "table").rglob("fer2013.tar.gz")):
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.endswith("fer2013.csv"):
                    archive.extract(member, temporary, filter="data")
                    return temporary / member.name
    raise DownloadError("there is no table of faces among the competition's files")


def _check(fetched: Path, destination: Path) -> None:
    """Read everything once, without leaving a cache behind."""
    sources = find_sources(fetched)
    if not sources:
        raise DownloadError(f"the download holds no data; {BY_HAND.format(folder=destination)}")
    faces = load_source(sources[0], cache=False)
    if different := count_differences(faces):
        raise DownloadError(f"the download is not complete ({', '.join(different[:3])}) and was deleted: try again")
