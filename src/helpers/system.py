"""What all rooms ask of the system: files written in one step, silence, work on several cores."""

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Give a name to write to, which takes the place of `path` when the block ends well.

    Whoever is interrupted leaves the old file or the new one, never half of it.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     target = Path(folder) / "note.txt"
    ...     with atomic_path(target) as part:
    ...         _ = part.write_text("all of it")
    ...     target.read_text()
    'all of it'
    """
    path = Path(path)
    # The ending stays: some writers choose their format by it.
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.part{path.suffix}")
    try:
        yield part
        os.replace(part, path)  # noqa: PTH105 - in one step, also on Windows
    finally:
        part.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file in one step; the folders above it are made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_path(path) as part:
        part.write_text(text, encoding="utf-8")


def write_json(path: Path, content: object) -> None:
    """Write plain values as JSON in one step."""
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_json(path: Path):
    """Read plain values that `write_json` wrote."""
    return json.loads(path.read_text(encoding="utf-8"))


def parallel_map(function: Callable, items: Iterable, jobs: int = 2, progress: Callable | None = None) -> list:
    """Apply a function to each item, in `jobs` processes, and give the results in order.

    Function and items must be picklable; there are never more processes than cores, and one means this process.
    `progress` is called with each result as it comes.
    """
    from joblib import Parallel, delayed  # in the study only

    workers = Parallel(n_jobs=min(jobs, os.cpu_count() or 1), return_as="generator")
    results = []
    for result in workers(delayed(function)(item) for item in items):
        results.append(result)
        if progress:
            progress(result)
    return results


@contextmanager
def suppress_stderr() -> Iterator[None]:
    """Hold back what native code writes to the error stream; show it if an error is raised.

    TensorFlow says at every start which processor and graphics card it found, past all of Python's ways to silence it.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    screen = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except BaseException:
            held.seek(0)
            os.write(screen, held.read())
            raise
        finally:
            os.dup2(screen, 2)
            os.close(screen)
