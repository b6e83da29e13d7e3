"""Work ahead in threads, and classify the faces of several pictures at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import NamedTuple

import numpy as np

from helpers.faces.boxes import Box
from helpers.faces.pictures import BadPicture


class Found(NamedTuple):
    """The faces of a picture before they are classified: boxes, crops (uint8, n x 48 x 48), and numbers in a film."""

    boxes: list[Box]
    crops: np.ndarray
    tracks: Sequence[int | None]


def work_ahead(function: Callable, items: Iterable, most: int, workers: int) -> Iterator[tuple[object, Future]]:
    """Apply a function to each item in threads; give items and futures in order, at most `most` of them begun.

    Items are taken from where they come from by the caller's thread, when there is room for them.

    Examples
    --------
    >>> [future.result() for _, future in work_ahead(abs, [-1, 2, -3], most=2, workers=2)]
    [1, 2, 3]
    """
    items, begun = iter(items), deque()
    pool = ThreadPoolExecutor(workers)
    try:
        while True:
            begun.extend((item, pool.submit(function, item)) for item in islice(items, most - len(begun)))
            if not begun:
                return
            yield begun.popleft()
    finally:
        pool.shutdown(cancel_futures=True)


def classify(
    located: Iterable[tuple[object, Future]], predict_proba: Callable[[np.ndarray], np.ndarray], batch: int
) -> Iterator[tuple[object, Found | BadPicture, np.ndarray]]:
    """Give each item with its faces and their probabilities, computed for about `batch` faces at a time.

    `located` are items with futures of their `Found`; where one raised `BadPicture`, that takes its place.
    """
    group, faces = [], 0
    for item, future in located:
        found = future.exception() or future.result()
        if isinstance(found, Found):
            faces += len(found.crops)
        elif not isinstance(found, BadPicture):
            raise found
        group.append((item, found))
        if faces >= batch or len(group) >= batch:
            yield from _classified(group, predict_proba)
            group, faces = [], 0
    if group:
        yield from _classified(group, predict_proba)


def _classified(group: list[tuple], predict_proba: Callable) -> Iterator[tuple]:
    crops = [found.crops for _, found in group if isinstance(found, Found)]
    y_prob = predict_proba(np.concatenate(crops)) if crops else []
    done = 0
    for item, found in group:
        count = len(found.crops) if isinstance(found, Found) else 0
        yield item, found, y_prob[done : done + count]
        done += count
