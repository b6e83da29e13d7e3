"""How many may work at a time. In: requests. Out: some at work, some waiting, the rest refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(RuntimeError):
    """More wait already than may wait."""


class Gate:
    """Let so many in at a time; so many more may wait in front.

    Examples
    --------
    >>> gate = Gate(1, waiting=0)
    >>> with gate.entered():
    ...     gate.inside
    1
    """

    def __init__(self, workers: int, queue_size: int):
        self._places = threading.Semaphore(workers)
        self._most = workers + queue_size
        self._count = threading.Lock()
        self.inside = 0

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Wait for a place, or raise `Busy` at once."""
        with self._count:
            if self.inside >= self._most:
                raise Busy
            self.inside += 1
        try:
            with self._places:
                yield
        finally:
            with self._count:
                self.inside -= 1
