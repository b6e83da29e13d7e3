"""Workers: draw a large set in two processes.

Comes in: which faces. Goes out: their pictures, labels, votes and truth, in order.

Each worker is a fresh Python that reads what to do from its command line, prints a line for each
face and leaves the result in a file. Unlike :mod:`multiprocessing` this never runs the caller's
own script a second time, so it is safe in scripts, notebooks and tests alike.
"""

import os
import pickle
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import cv2
from tqdm import tqdm

WORKERS = 2
START = "import sys; from helpers.rendering.workers import main; main(sys.argv[1:])"


def draw_in_parallel(seed: int, counts: tuple[int, ...], progress: bool):
    """Draw all faces; on an interruption the workers end and nothing is left behind."""
    total = sum(counts)
    workers = min(WORKERS, os.cpu_count() or 1)
    edges = [round(total * k / workers) for k in range(workers + 1)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    running = []
    bar = tqdm(total=total, desc="Drawing faces", unit="face", disable=not progress)
    with bar, tempfile.TemporaryDirectory() as folder:
        try:
            for k in range(workers):
                target = Path(folder) / f"{k}.pickle"
                task = [str(n) for n in (seed, edges[k], edges[k + 1], *counts)]
                command = [sys.executable, "-c", START, str(target), *task]
                process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment)
                reader = threading.Thread(target=_count, args=(process.stdout, bar))
                reader.start()
                running.append((process, reader, target))
            parts = [_collect(*worker) for worker in running]
        finally:
            for process, reader, _ in running:
                process.kill()
                process.wait()
                reader.join()
                process.stdout.close()
    return tuple([row for part in parts for row in part[field]] for field in range(4))


def _count(output, bar):
    for _ in output:
        bar.update()


def _collect(process, reader, target: Path):
    code = process.wait()
    reader.join()
    if code != 0:
        raise RuntimeError(
            f"a process that draws faces ended with code {code}; see its message above"
        )
    return pickle.loads(target.read_bytes())


def main(arguments: list[str]) -> None:
    """Draw a range of faces and leave them in a file."""
    from helpers.rendering.catalogue import draw_rows

    cv2.setNumThreads(1)
    target, *task = arguments
    seed, start, stop, *counts = map(int, task)
    rows = draw_rows(seed, tuple(counts), start, stop, step=lambda: print(flush=True))
    Path(target).write_bytes(pickle.dumps(rows))
