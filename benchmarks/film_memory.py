"""Whether memory grows with a film.

    python benchmarks/film_memory.py [--frames 10000] [--record]

Writes a film in which a drawn face goes to and fro, reads it as ``fer predict film.mp4 --csv --out FOLDER`` does, and
prints how much memory the process holds at a tenth of the film and at its end. Exits with an error if that is more than
GROWTH. A record goes to results/benchmarks/film_memory.csv.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import click
import numpy as np
import pandas as pd
from tqdm import tqdm

from helpers.config import RESULTS
from helpers.inference.films import write_film
from webapp.samples import FOLDER

GROWTH = 8  # megabytes
SIZE = 360, 640


def moving_face(frames: int):
    """Frames in which a face goes to and fro."""
    from PIL import Image

    face = np.asarray(Image.open(FOLDER / "happy.png"))
    for step in range(frames):
        scene = np.full(SIZE, 120, np.uint8)
        left = abs(3 * step % 640 - 320)
        scene[20 : 20 + len(face), left : left + len(face)] = face
        yield np.repeat(scene[..., None], 3, axis=2)


def megabytes(process: int) -> float:
    """What a process holds now: Linux only."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


@click.command()
@click.option("--frames", default=10_000, show_default=True)
@click.option("--record", is_flag=True, help="Keep the table in results/benchmarks/.")
def main(frames, record):
    """Draw, read, measure."""
    with tempfile.TemporaryDirectory() as place:
        film = Path(place) / "film.mp4"
        with write_film(film, 25) as writer:
            for pixels in tqdm(moving_face(frames), "drawn", frames, leave=False):
                writer.write(pixels)
        command = [sys.executable, "-m", "helpers", "predict", film, "--csv", "--out", Path(place) / "out"]
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        held, rows = {}, 0
        process.stdout.readline()  # the names of the columns
        for row in tqdm(process.stdout, "read", frames, leave=False):
            rows += 1
            if (number := int(row.split(",")[1])) in (frames // 10, frames - 100):
                held[number] = megabytes(process.pid)
        seconds = time.perf_counter() - begun
        process.wait()
    early, late = held.values()
    table = pd.DataFrame(
        {"rows": rows, "seconds": seconds, "MB at a tenth": early, "MB at the end": late},
        index=pd.Index([frames], name="frames"),
    ).round(1)
    click.echo(table.to_string())
    if record:
        table.to_csv(RESULTS / "benchmarks" / "film_memory.csv")
    sys.exit(process.returncode != 0 or late - early > GROWTH)


if __name__ == "__main__":
    main()
