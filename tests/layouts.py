"""The same few faces in every layout that people download, for the tests of the loaders."""

import io
import struct
import tarfile
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from helpers.datasets.ferplus import VOTE_NAMES
from helpers.faces import EXPRESSIONS, Faces

COUNT = 42


def few_faces(count: int = COUNT, seed: int = 0) -> Faces:
    """Noise with every class in every split, in FER-2013's order: Training first."""
    random = np.random.default_rng(seed)
    split = np.repeat(["Training", "PublicTest", "PrivateTest"], [count - 2 * (count // 3)] + [count // 3] * 2)
    return Faces(
        random.integers(0, 256, (count, 48, 48), dtype=np.uint8),
        np.arange(count) % 7,
        EXPRESSIONS.classes,
        split,
        votes=random.integers(0, 11, (count, 10), dtype=np.uint8),
        vote_names=VOTE_NAMES,
    )


def table(faces: Faces, header: str = "emotion,pixels,Usage", end: str = "\n") -> bytes:
    order = [column.strip().lower() for column in header.split(",")]
    lines = [header]
    for image, label, split in zip(faces.images, faces.labels, faces.split, strict=True):
        cells = {"emotion": label, "usage": split, "pixels": " ".join(map(str, image.ravel()))}
        lines.append(",".join(str(cells.get(column, "extra")) for column in order))
    return (end.join(lines) + end).encode()


def votes_table(faces: Faces) -> bytes:
    lines = [",".join(["Usage", "Image name", *VOTE_NAMES])]
    for row, (split, votes) in enumerate(zip(faces.split, faces.votes, strict=True)):
        lines.append(f"{split},fer{row:07d}.png," + ",".join(map(str, votes)))
    return "\r\n".join([*lines, ""]).encode()


def encoded(image: np.ndarray, kind: str = "png", **options) -> bytes:
    file = io.BytesIO()
    Image.fromarray(image).save(file, kind, **options)
    return file.getvalue()


def png(image: np.ndarray) -> bytes:
    return encoded(image)


def pictures(faces: Faces, telling: bool = True) -> dict[str, bytes]:
    """Files of the copy as folders: test/ mixes the two tests."""
    files = {}
    for row, (image, label, split) in enumerate(zip(faces.images, faces.labels, faces.split, strict=True)):
        folder = "train" if split == "Training" else "test"
        name = f"{split}_{row}" if telling else f"im{row:05d}"
        files[f"{folder}/{faces.classes[label]}/{name}.png"] = png(image)
    return files


def write(files: dict[str, bytes], folder: Path) -> Path:
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


def write_zip(files: dict[str, bytes], path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_tar(files: dict[str, bytes], path: Path) -> Path:
    with tarfile.open(path, "w") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


def write_parquet(faces: Faces, path: Path, **columns) -> Path:
    values = {
        "image": [png(image) for image in faces.images],
        "emotion": faces.labels.astype(np.int8),
        "usage": pa.array(faces.split.tolist()).dictionary_encode(),
        "exact": np.arange(len(faces)) % 2 == 0,
    }
    values |= {f"ferplus_{name}": faces.votes[:, n] for n, name in enumerate(faces.vote_names)}
    pq.write_table(pa.table({**values, **columns}), path)
    return path


def png_that_claims(side: int) -> bytes:
    """A PNG of a few bytes whose header promises side x side pixels."""
    content = bytearray(png(np.zeros((8, 8), np.uint8)))
    content[16:24] = struct.pack(">II", side, side)
    content[29:33] = struct.pack(">I", zlib.crc32(content[12:29]))  # PNG's own check of its header
    return bytes(content)
