"""How many requests work at a time. In: requests. Out: some work, some wait, others are refused."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Busy(RuntimeError):
    """The queue is full."""


class ConcurrencyLimiter:
    """Let `workers` requests work at a time; `queue_size` more may wait; `in_flight` work or wait now.

    Examples
    --------
    >>> limiter = ConcurrencyLimiter(1, queue_size=0)
    >>> with limiter.slot():
    ...     limiter.in_flight
    1
    """

    def __init__(self, workers: int, queue_size: int):
        self._workers = threading.Semaphore(workers)
        self._most = workers + queue_size
        self._lock = threading.Lock()
        self.in_flight = 0

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Wait for a worker, or raise `Busy` at once."""
        with self._lock:
            if self.in_flight >= self._most:
                raise Busy
            self.in_flight += 1
        try:
            with self._workers:
                yield
        finally:
            with self._lock:
                self.in_flight -= 1
