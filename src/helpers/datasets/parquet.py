"""Faces in one Parquet file. In: a file with picture bytes and labels. Out: Faces.

Columns: ``image`` (a picture file's bytes, or a record with ``bytes``), ``emotion`` or ``label`` (0 to 6, or names),
``usage`` or ``split`` if there are splits, and FER+ votes as ``ferplus_neutral`` and so on if there are any. Other
plain columns become attributes.
"""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from helpers.datasets import columns
from helpers.datasets.columns import IMAGES, LABELS, USAGES, faces_of, pick, read_pictures
from helpers.faces import DataError, Faces

_VOTES = "ferplus_"


def has_faces(path: Path) -> bool:
    """Return whether a Parquet file has a column of pictures and one of labels (or should)."""
    try:
        return columns.has_faces(pq.read_schema(path).names)
    except (pa.ArrowException, OSError):
        return "fer" in path.name.lower()  # damaged: worth an error message, not silence


def read_parquet(path: Path, progress: bool = False) -> Faces:
    """Read faces from a Parquet file, in the order of its rows."""
    name = path.name
    try:
        with pq.ParquetFile(path) as file:
            return _read(file, name, progress)
    except (pa.ArrowException, OSError) as error:
        raise DataError(f"{name} is no complete Parquet file, download it again: {error}") from error


def _read(file: pq.ParquetFile, name: str, progress: bool) -> Faces:
    schema = file.schema_arrow
    image, label = pick(schema.names, IMAGES, name), pick(schema.names, LABELS, name)
    usage = pick(schema.names, USAGES, name, required=False)
    votes = [column for column in schema.names if column.startswith(_VOTES)]
    if not (count := file.metadata.num_rows):
        raise DataError(f"{name} has no rows: download it again")
    images = read_pictures(_pictures(file, image, name), count, name, progress)
    table = file.read(columns=[column for column in schema.names if column != image]).to_pandas()
    plain = [c for c in table if c not in (label, usage, *votes) and _is_plain(schema.field(c).type)]
    return faces_of(
        images,
        table[label].to_numpy(),
        None if usage is None else table[usage].to_numpy(),
        name,
        votes=table[votes].to_numpy() if votes else None,
        vote_names=[column.removeprefix(_VOTES) for column in votes] or None,
        attributes=table[plain] if plain else None,
    )


def _pictures(file: pq.ParquetFile, image: str, name: str) -> Iterator[tuple[str, bytes]]:
    batches = file.iter_batches(1024, columns=[image])
    for row, value in enumerate((one for batch in batches for one in batch.column(0).to_pylist()), 1):
        data = value.get("bytes") if isinstance(value, dict) else value
        if not isinstance(data, bytes):
            raise DataError(f"{name}, row {row}: the image is no picture file's bytes")
        yield f"{name}, row {row}: the picture", data


def _is_plain(kind: pa.DataType) -> bool:
    types = pa.types
    return types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_string(kind)
