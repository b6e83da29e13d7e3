"""Faces in one Parquet file. In: a file with picture bytes and labels. Out: Faces.

Columns: ``image`` (a picture file's bytes, or a record with ``bytes``), ``emotion`` or ``label`` (0 to 6, or names),
``usage`` or ``split`` if there are splits, and FER+ votes as ``ferplus_neutral`` and so on if there are any. Other
plain columns become attributes.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from helpers.config import IMAGE_SIZE
from helpers.datasets.columns import IMAGES, LABELS, USAGES, pick, read_labels, read_splits
from helpers.faces import DataError, Faces
from helpers.faces.pictures import to_face

_VOTES = "ferplus_"


def has_faces(path: Path) -> bool:
    """Return whether a Parquet file has a column of pictures and one of labels (or should)."""
    try:
        names = pq.read_schema(path).names
    except (pa.ArrowException, OSError):
        return "fer" in path.name.lower()  # damaged: worth an error message, not silence
    return bool(pick(names, IMAGES, "", False) and pick(names, LABELS, "", False))


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
    vote_columns = [column for column in schema.names if column.startswith(_VOTES)]
    count = file.metadata.num_rows
    if not count:
        raise DataError(f"{name} has no rows: download it again")
    images = np.empty((count, IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    bar = tqdm(total=count, desc=f"Reading {name}", disable=not progress, leave=False, unit=" faces")
    row = 0
    with bar:
        for batch in file.iter_batches(1024, columns=[image]):
            for value in batch.column(0).to_pylist():
                row += 1
                data = value.get("bytes") if isinstance(value, dict) else value
                if not isinstance(data, bytes):
                    raise DataError(f"{name}, row {row}: the image is no picture file's bytes")
                images[row - 1] = to_face(data, f"{name}, row {row}: the picture")
            bar.update(len(batch))
    images.flags.writeable = False
    others = [column for column in schema.names if column not in (image, *vote_columns)]
    table = file.read(columns=[*others, *vote_columns]).to_pandas()
    labels, classes = read_labels(table[label].to_numpy(), name)
    split = ["Training"] * count if usage is None else read_splits(table[usage].to_numpy(), name)
    votes = table[vote_columns].to_numpy() if vote_columns else None
    plain = [c for c in others if c not in (label, usage) and _is_plain(schema.field(c).type)]
    return Faces(
        images,
        labels,
        classes,
        split,
        votes=votes,
        vote_names=[column.removeprefix(_VOTES) for column in vote_columns] or None,
        attributes=table[plain] if plain else None,
        name=name,
    )


def _is_plain(kind: pa.DataType) -> bool:
    types = pa.types
    return types.is_boolean(kind) or types.is_integer(kind) or types.is_floating(kind) or types.is_string(kind)
