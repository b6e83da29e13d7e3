"""The way in. In: a source, or none. Out: its Faces, whatever its layout."""

import logging
from functools import partial
from pathlib import Path

from helpers.datasets.arrays import read_arrays
from helpers.datasets.cache import cached
from helpers.datasets.check import count_differences, looks_like_fer2013
from helpers.datasets.fer2013_csv import read_csv
from helpers.datasets.ferplus import join_votes
from helpers.datasets.folders import read_folders
from helpers.datasets.labelled import read_labelled
from helpers.datasets.parquet import read_parquet
from helpers.datasets.sources import LAYOUTS, RENDERED, Source, find_sources, resolve_source
from helpers.datasets.trees import open_tree
from helpers.datasets.utkface import read_utkface
from helpers.faces import DataError, Faces

#: Layouts of many files -> what reads them.
_TREES = {"folders": read_folders, "utkface": read_utkface, "labels": read_labelled}

log = logging.getLogger(__name__)


def load_faces(source: str | Path | None = None, *, cache: bool = True, progress: bool = True) -> Faces:
    """Load a data set, whatever its layout; without any, the built-in rendered faces.

    Parameters
    ----------
    source : str or path, optional
        A file, a folder, or ``"rendered"``. Without it, the first of these that is there: what the environment variable
        ``FER_DATA`` names, what lies under ``data/raw/``, the rendered faces. Of several data sets, the first of these
        layouts is taken: a table of pixels (``fer2013.csv``), a Parquet file, a NumPy file, class-named folders,
        UTKFace. What is named explicitly may also be pictures with a list of labels, as CK+, JAFFE, KDEF, RAF-DB,
        AffectNet, ExpW or a CSV table have them.
    cache : bool
        Keep what was read under ``data/processed/`` and open it from there next time.
    progress : bool
        Show a progress bar while reading.

    Returns
    -------
    Faces
        Its name says where the faces come from.

    Raises
    ------
    DataError
        If the source does not exist, holds no data, or holds bad data; names file and row.
    """
    place = resolve_source(source)
    sources = [] if place == RENDERED else find_sources(place)
    if not sources:
        if place not in (None, RENDERED):
            raise nothing_in(place)
        from helpers.rendering import rendered_faces  # only where it is needed

        return rendered_faces(cache=cache, progress=progress)
    if len(sources) > 1:
        log.warning("Loading %s; there is also %s.", sources[0], ", ".join(map(str, sources[1:])))
    return load_source(sources[0], cache=cache, progress=progress)


def load_source(source: Source, *, cache: bool = True, progress: bool = True, warn: bool = True) -> Faces:
    """Load one of the data sets that were found; the parameters are those of `load_faces`.

    With `warn` false, nothing is said about what is missing or doubtful.
    """
    read = partial(_read, progress=progress)
    faces = cached(source, read) if cache else read(source)
    for remark in data_warnings(faces, source.layout == "csv") if warn else []:
        log.warning(remark)
    return faces


def nothing_in(place: str | Path) -> DataError:
    """Make the error for a place that someone named and that holds no data."""
    kinds = ", ".join(LAYOUTS.values())
    return DataError(f"no data in {place}: looked for {kinds} (votes without their table of pixels do not count)")


def data_warnings(faces: Faces, table: bool = False) -> list[str]:
    """Return what a user of these faces, perhaps from a table of pixels, should know."""
    found = []
    if "Test" in faces.split:
        found.append(
            f"{faces.name}: nothing tells PublicTest from PrivateTest, so this split is called "
            '"Test". Do not choose a model on the same pictures that you report.'
        )
    if looks_like_fer2013(faces, table) and (different := count_differences(faces)):
        more = f", and {len(different) - 5} more" if len(different) > 5 else ""
        found.append(f"{faces.name} has not the counts of FER-2013: {', '.join(different[:5])}{more}.")
    return found


def _read(source: Source, progress: bool) -> Faces:
    path = source.path
    if source.layout == "parquet":
        return read_parquet(path, progress)
    if source.layout == "npz":
        return read_arrays(path)
    if source.layout in _TREES:
        with open_tree(path) as tree:
            return _TREES[source.layout](tree, progress)
    if source.member:
        with open_tree(path) as tree, tree.open(source.member) as file:
            faces = read_csv(file, path.name, tree.sizes[source.member], progress)
    else:
        with path.open("rb") as file:
            faces = read_csv(file, path.name, path.stat().st_size, progress)
    return join_votes(faces, source.votes) if source.votes else faces
