"""What a data set looks like, as numbers. In: ``Faces``. Out: a ``Description``, and its files.

A description shows no one: it holds counts, averages and histograms only. FER-2013's lies recorded under ``results/``,
so that everyone can look at the data set without owning it; ``fer data describe`` repeats it.
"""

import io
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.config import EVAL_SPLITS, IMAGE_SIZE, RESULTS
from helpers.faces import agreement, duplicates
from helpers.faces.faces import DataError, Faces
from helpers.system import read_json, write_json, write_text

RECORDED = RESULTS / "fer2013"

#: Edges of the histograms: brightness and contrast in grey levels, agreement as the share of observers who gave the
#: most common answer (of ten: at most 4, 5-6, 7-8, 9, 10).
BINS = {
    "brightness": np.linspace(0, 255, 27),
    "contrast": np.linspace(0, 127.5, 27),
    "agreement": np.array([0, 0.45, 0.65, 0.85, 0.95, 1.0]),
}


@dataclass(frozen=True)
class Description:
    """Counts, averages and histograms of a data set.

    Attributes
    ----------
    name, fingerprint : str
        Which data it was.
    counts : DataFrame
        Faces of each class (rows) in each split (columns).
    mean, deviation : array of float, shape (classes, 48, 48)
        The average face of each class, and how far each pixel varies around it.
    histograms : DataFrame
        A row for each `measure`, `group` (a class) and bin: `left`, `right`, `faces`.
    identical, near : dict
        Counts of identical and nearly identical pictures.
    leaked : DataFrame
        Faces of both tests whose picture is in Training too: `split` and original `row`.
    agreement : DataFrame
        How far observers agree on the faces of each class and of all; empty without votes.
    label_by_votes : DataFrame
        Label against what most observers saw; empty without votes.
    """

    name: str
    fingerprint: str
    counts: pd.DataFrame
    mean: np.ndarray
    deviation: np.ndarray
    histograms: pd.DataFrame
    identical: dict
    near: dict
    leaked: pd.DataFrame
    agreement: pd.DataFrame
    label_by_votes: pd.DataFrame

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names."""
        return tuple(self.counts.index)


def describe(faces: Faces, progress: bool = True) -> Description:
    """Describe a data set; a quarter of a minute for FER-2013."""
    groups = [faces.images[faces.labels == label] for label in range(len(faces.classes))]
    if empty := [name for name, group in zip(faces.classes, groups, strict=True) if not len(group)]:
        raise DataError(f"no faces of class {', '.join(empty)}: leave it out with select()")
    voted = faces.votes is not None
    return Description(
        name=faces.name,
        fingerprint=faces.fingerprint,
        counts=faces.counts(),
        mean=np.stack([group.mean(axis=0, dtype=np.float64) for group in groups]),
        deviation=np.stack([group.std(axis=0, dtype=np.float64) for group in groups]),
        histograms=_histograms(faces),
        identical=duplicates.identical_summary(faces),
        near=_near_summary(faces, progress),
        leaked=duplicates.leaked_rows(faces),
        agreement=agreement.by_class(faces) if voted else pd.DataFrame(),
        label_by_votes=agreement.label_by_votes(faces) if voted else pd.DataFrame(),
    )


def save(description: Description, folder: Path = RECORDED) -> Path:
    """Write a description: ``description.json``, a CSV file for each table, ``averages.npz``."""
    folder.mkdir(parents=True, exist_ok=True)
    plain, averages = {}, {}
    for field in fields(description):
        value = getattr(description, field.name)
        if isinstance(value, pd.DataFrame):
            write_text(folder / f"{field.name}.csv", value.to_csv(lineterminator="\n"))
        elif isinstance(value, np.ndarray):
            averages[field.name] = value.astype(np.float32)
        else:
            plain[field.name] = value
    np.savez_compressed(folder / "averages.npz", **averages)
    write_json(folder / "description.json", plain)
    return folder


def load(folder: Path = RECORDED) -> Description:
    """Read a description that `save` wrote; FER-2013's recorded one by default."""
    try:
        parts = read_json(folder / "description.json")
        with np.load(folder / "averages.npz") as averages:
            parts |= {what: averages[what].astype(float) for what in averages.files}
        for field in fields(Description):
            if field.type is pd.DataFrame:
                text = (folder / f"{field.name}.csv").read_text(encoding="utf-8")
                empty = not text.strip(',"\n ')  # a table without columns
                how = {"index_col": 0, "float_precision": "round_trip"}
                parts[field.name] = pd.DataFrame() if empty else pd.read_csv(io.StringIO(text), **how)
    except FileNotFoundError as error:
        raise DataError(f"no description in {folder}: `fer data describe` records one") from error
    return Description(**parts)


def mean_face_difference(description: Description, base: str = "neutral") -> np.ndarray:
    """Give each class's mean face minus that of `base`, after evening out brightness."""
    level = description.mean - description.mean.mean(axis=(1, 2), keepdims=True)
    return level - level[description.classes.index(base)]


def description_differences(one: Description, other: Description) -> list[str]:
    """Name the parts in which two descriptions differ (averages: by more than float32 keeps)."""

    def same(value, twin) -> bool:
        if isinstance(value, pd.DataFrame):
            return value.equals(twin)
        if isinstance(value, np.ndarray):
            return value.shape == twin.shape and np.allclose(value, twin, rtol=1e-5)
        return value == twin

    return [field.name for field in fields(one) if not same(getattr(one, field.name), getattr(other, field.name))]


def _histograms(faces: Faces) -> pd.DataFrame:
    flat = faces.images.reshape(-1, IMAGE_SIZE * IMAGE_SIZE)
    values = {"brightness": flat.mean(axis=1), "contrast": flat.std(axis=1)}
    if faces.votes is not None:
        values["agreement"] = agreement.vote_shares(faces.votes).max(axis=1)
    tables = []
    for measured, value in values.items():
        edges = BINS[measured]
        for label, name in enumerate(faces.classes):
            inside = np.clip(value[faces.labels == label], edges[0], edges[-1])
            columns = {"left": edges[:-1], "right": edges[1:], "faces": np.histogram(inside, edges)[0]}
            tables.append(pd.DataFrame({"measure": measured, "group": name} | columns))
    return pd.concat(tables, ignore_index=True)


def _near_summary(faces: Faces, progress: bool) -> dict:
    pairs = duplicates.near_duplicates(faces, progress)
    first, second = pairs["first"].to_numpy(), pairs["second"].to_numpy()
    summary = {
        "bits at most": duplicates.BITS,
        "correlation at least": duplicates.CORRELATION,
        "pairs": len(pairs),
        "pairs mirrored": int(pairs["mirrored"].sum()),
        "pairs with conflicting labels": int((faces.labels[first] != faces.labels[second]).sum()),
        "images": len(np.union1d(first, second)),
    }
    training, groups = faces.split == "Training", duplicates.identical_groups(faces)
    known = np.union1d(first[training[second]], second[training[first]])
    known = known[~np.isin(groups[known], groups[training])]
    return summary | {
        f"{split} near one in Training, identical to none": int((faces.split[known] == split).sum())
        for split in EVAL_SPLITS
        if split in faces.split
    }
