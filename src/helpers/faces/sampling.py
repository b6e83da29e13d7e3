"""Drawing a fair part of a whole. In: which group each item belongs to. Out: positions to keep."""

import numpy as np


def stratified(groups: np.ndarray, size: int, seed: int = 0) -> np.ndarray:
    """Choose `size` positions at random, so that every group keeps its share.

    `groups` (int, shape (n,)) gives the group of each item; the positions, at most n, ascend. If there are enough of
    them, no group is left out. The same seed chooses the same.
    """
    random = np.random.default_rng(seed)
    members = [random.permutation(np.flatnonzero(groups == one)) for one in np.unique(groups)]
    shares = proportional(np.array([len(one) for one in members], int), size)
    chosen = [one[:share] for one, share in zip(members, shares, strict=True)]
    return np.sort(np.concatenate([np.empty(0, np.intp), *chosen]))


def proportional(sizes: np.ndarray, total: int) -> np.ndarray:
    """Share out `total` in proportion to `sizes`, in whole numbers that sum up exactly.

    Examples
    --------
    >>> proportional(np.array([70, 29, 1]), 10)
    array([7, 2, 1])
    """
    if not total:
        return np.zeros(len(sizes), int)
    exact = sizes * total / sizes.sum()
    least = 1 if total >= len(sizes) else 0
    shares = np.maximum(np.floor(exact), least).astype(int)
    while shares.sum() != total:  # give (or take back) one at a time, where it is most deserved
        step = 1 if shares.sum() < total else -1
        possible = shares < sizes if step > 0 else shares > least
        owed = np.where(possible, step * (exact - shares), -np.inf)
        shares[owed.argmax()] += step
    return shares
