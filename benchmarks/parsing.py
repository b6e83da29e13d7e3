"""How fast is FER-2013's table read? In: a table, real or made up. Out: times side by side.

    python benchmarks/parsing.py [fer2013.csv]

Without a file, the table that lies under ``data/raw/`` or that ``FER_DATA`` names is taken, or
else one of the same size (35,887 rows, about 300 MB) is made up of random pixels. The loop that
most notebooks use, ``np.array(pixels.split(), dtype="uint8")`` a row, is timed on every tenth row
and multiplied. The two take turns, so that both meet the same machine; processor time is printed
beside the time on the clock, for a machine that has other things to do.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np

from helpers import config
from helpers.datasets import load_faces
from helpers.datasets.fer2013_csv import read_csv
from helpers.datasets.sources import find_sources, resolve_source

ROUNDS = 5
EVERY = 10
ROWS = 35_887


@click.command(help=__doc__)
@click.argument("table", required=False, type=click.Path(exists=True, path_type=Path))
def main(table: Path | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if table is None:
            table = find_table() or make_table(folder / "synthetic.csv")
        size = table.stat().st_size / 1e6
        click.echo(f"{table.name}: {size:.0f} MB; best of {ROUNDS} rounds, in seconds\n")
        table.read_bytes()  # so that neither has to wait for the disk
        loops, ours = [], []
        for _ in range(ROUNDS):
            loops.append(time_loop(table))
            ours.append(time_ours(table))
        loop, our = np.min(loops, axis=0), np.min(ours, axis=0)
        click.echo("                       clock  processor")
        click.echo(
            f"the usual loop       {loop[0]:7.2f}    {loop[1]:7.2f}   (from 1 row in {EVERY})"
        )
        click.echo(f"helpers.datasets     {our[0]:7.2f}    {our[1]:7.2f}")
        click.echo(f"times faster         {loop[0] / our[0]:7.1f}    {loop[1] / our[1]:7.1f}\n")
        click.echo(f"peak memory          {peak_memory(table) / 1e6:7.0f} MB")
        config.PROCESSED = folder / "processed"
        first = time_load(table)
        again = min(time_load(table) for _ in range(ROUNDS))
        click.echo(f"load_faces, first    {first:7.2f} s  (reads, and keeps what it read)")
        click.echo(f"load_faces, again    {again:7.3f} s  (memory-mapped)")


def find_table() -> Path | None:
    place = resolve_source(None)
    sources = [] if place == "rendered" else find_sources(place)
    tables = [one.path for one in sources if one.layout == "csv" and one.member is None]
    return tables[0] if tables else None


def make_table(path: Path) -> Path:
    random = np.random.default_rng(0)
    with path.open("w") as file:
        file.write("emotion,pixels,Usage\n")
        for row in range(ROWS):
            # Most pixels have three digits, as in real faces.
            pixels = np.clip(random.normal(130, 60, 2304), 0, 255).astype(int).tolist()
            file.write(f"{row % 7},{' '.join(map(str, pixels))},Training\n")
    return path


def time_loop(table: Path) -> np.ndarray:
    with table.open() as file:
        header = [column.strip() for column in next(file).split(",")]
        place = header.index("pixels")
        lines = [line for row, line in enumerate(file) if row % EVERY == 0]
        file.seek(0)
        rows = sum(1 for _ in file) - 1
    start = clocks()
    for line in lines:
        np.array(line.split(",")[place].split(), dtype="uint8")
    return (clocks() - start) * rows / len(lines)


def time_ours(table: Path) -> np.ndarray:
    start = clocks()
    with table.open("rb") as file:
        read_csv(file, table.name)
    return clocks() - start


def clocks() -> np.ndarray:
    return np.array([time.perf_counter(), time.process_time()])


def time_load(table: Path) -> float:
    start = time.perf_counter()
    faces = load_faces(table, progress=False)
    faces.images[-1].sum()
    return time.perf_counter() - start


def peak_memory(table: Path) -> int:
    """Return how many bytes a process needs at most to read the table, imports included."""
    program = (
        "import resource, sys; from helpers.datasets import load_faces;"
        "load_faces(sys.argv[1], cache=False, progress=False);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    command = [sys.executable, "-c", program, str(table)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return int(done.stdout) * (1 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    main()
