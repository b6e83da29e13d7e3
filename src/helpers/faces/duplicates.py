"""Pictures that occur more than once. In: ``Faces``. Out: groups, pairs and counts.

Two pictures are identical if every pixel is; they are near-duplicates if their perceptual hashes differ in few bits and
their pixels correlate, as they stand or mirrored.
"""

import imagehash
import numpy as np
import pandas as pd
from PIL import Image
from tqdm import tqdm

from helpers.config import EVAL_SPLITS, IMAGE_SIZE
from helpers.faces.faces import Faces

#: Near-duplicates differ in at most so many of 64 bits, and their pixels correlate so much or more.
BITS = 10
CORRELATION = 0.95


def identical_groups(faces: Faces) -> np.ndarray:
    """Number the distinct pictures: faces with the same number are identical pixel by pixel.

    Examples
    --------
    >>> pictures = np.zeros((3, 48, 48), np.uint8)
    >>> pictures[1] = 9
    >>> faces = Faces(pictures, [0, 0, 1], ["sad", "happy"], ["Training"] * 3)
    >>> identical_groups(faces)
    array([0, 1, 0])
    """
    flat = np.ascontiguousarray(faces.images).reshape(-1, IMAGE_SIZE * IMAGE_SIZE)
    return pd.factorize(pd.Series([row.tobytes() for row in flat]))[0]


def identical_summary(faces: Faces) -> dict[str, int]:
    """Count the identical pictures, those labelled differently, those that leak across splits."""
    groups = identical_groups(faces)
    labels = pd.Series(faces.labels).groupby(groups).agg(["size", "nunique"])
    repeated = labels[labels["size"] > 1]
    summary = {
        "groups": len(repeated),
        "images": int(repeated["size"].sum()),
        "groups with conflicting labels": int((repeated["nunique"] > 1).sum()),
    }
    return summary | {
        f"{split} also in Training": int(_leaked(groups, faces, split).sum())
        for split in EVAL_SPLITS
        if split in faces.split
    }


def leaked_rows(faces: Faces) -> pd.DataFrame:
    """List the faces of both tests whose picture is in Training too: `split` and original `row`."""
    groups = identical_groups(faces)
    found = np.logical_or.reduce([_leaked(groups, faces, split) for split in EVAL_SPLITS])
    return pd.DataFrame({"split": faces.split[found], "row": faces.row_ids[found]})


def _leaked(groups: np.ndarray, faces: Faces, split: str) -> np.ndarray:
    """Tell for each face whether it is in `split` and its picture is in Training too."""
    return (faces.split == split) & np.isin(groups, groups[faces.split == "Training"])


def perceptual_hashes(images: np.ndarray, progress: bool = True) -> np.ndarray:
    """Give the 64-bit perceptual hash of each picture, as whole numbers."""
    bits = [
        imagehash.phash(Image.fromarray(image)).hash.ravel()
        for image in tqdm(images, desc="perceptual hashes", unit="face", disable=not progress)
    ]
    return np.packbits(np.array(bits, bool), axis=1).view(np.uint64).ravel()


def near_duplicates(faces: Faces, progress: bool = True) -> pd.DataFrame:
    """List the pairs of pictures that are nearly, but not pixel by pixel, the same.

    A row a pair: positions `first` and `second`, `bits` that differ, `correlation`, and whether the second is
    `mirrored`. A near-duplicate of identical pictures is listed with each.
    """
    hashes = perceptual_hashes(faces.images, progress)
    flipped = perceptual_hashes(faces.images[:, :, ::-1], progress)
    groups = identical_groups(faces)
    found = (
        _confirmed(faces.images, groups, _close(hashes, other), mirrored)
        for other, mirrored in ((hashes, False), (flipped, True))
    )
    return pd.concat(found, ignore_index=True)


def _close(hashes: np.ndarray, others: np.ndarray, block: int = 256) -> pd.DataFrame:
    """Pairs first < second whose hashes differ in at most BITS bits."""
    pairs = []
    for start in range(0, len(hashes), block):
        bits = np.bitwise_count(hashes[start : start + block, None] ^ others[None, start:])
        first, second = np.triu(bits <= BITS, 1).nonzero()
        pairs.append(np.stack([first + start, second + start, bits[first, second]]))
    return pd.DataFrame(np.concatenate(pairs, axis=1).T, columns=["first", "second", "bits"])


def _confirmed(images, groups, pairs: pd.DataFrame, mirrored: bool) -> pd.DataFrame:
    """Keep the pairs whose pixels correlate and that are not identical."""
    pairs = pairs[groups[pairs["first"]] != groups[pairs["second"]]]
    one, other = images[pairs["first"]], images[pairs["second"]]
    other = other[:, :, ::-1] if mirrored else other
    pairs = pairs.assign(correlation=(_standardised(one) * _standardised(other)).mean(axis=1), mirrored=mirrored)
    return pairs[pairs["correlation"] >= CORRELATION]


def _standardised(images: np.ndarray) -> np.ndarray:
    flat = images.reshape(-1, IMAGE_SIZE * IMAGE_SIZE).astype(np.float32)
    flat -= flat.mean(axis=1, keepdims=True)
    return flat / np.maximum(flat.std(axis=1, keepdims=True), 1e-6)
