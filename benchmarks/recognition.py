"""Recognition end to end, ours and the PyPI package ``fer``'s, on the same pictures.

    python benchmarks/recognition.py [--annotated FOLDER] [--frames 300]

Each runs in a process of its own and says how long it takes from nothing to the first result, how
many pictures of 640 x 480 it reads in a second, how many faces it finds and how many it makes up,
the same for the frames of a film, its memory, and where FER-2013 is found, how much of PrivateTest
it reads rightly and how fast. The film goes slowly across each tenth picture, twenty frames long,
and cuts to the next.

The pictures are rendered people in front of noise, or photographs: a folder with pictures and
``annotations.json``, {picture: {"faces": [{"box": [left, top, right, bottom], "frac_inside": 1}]}}.
A face counts as found if a box covers it by 35 % (intersection over union); faces of which less
than 75 % is in the picture count neither way. The package is fetched into build/, its own face
finder (Haar) and its defaults are used.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

import click
import cv2
import numpy as np
import pandas as pd

from helpers.config import EXPRESSIONS, HOME, RESULTS

RECORD = RESULTS / "benchmarks" / "recognition.csv"
PACKAGE = HOME / "build" / "fer_package"
WIDTH, HEIGHT = 640, 480


def rendered_scenes(count: int):
    """People of known places and sizes in front of noise."""
    from helpers.rendering import render, sample_face

    for number in range(count):
        chance = np.random.default_rng([7, number])
        noise = chance.integers(60, 200, (12, 16)).astype(np.uint8)
        scene = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        known = []
        for left in (0, WIDTH // 2)[: chance.integers(1, 3)]:
            side = int(chance.integers(100, 310))
            face = sample_face(chance, EXPRESSIONS[chance.integers(7)], None)
            x, y = (
                left + int(chance.integers(0, 320 - side)),
                int(chance.integers(0, HEIGHT - side)),
            )
            scene[y : y + side, x : x + side] = render(face, side, True)
            known.append(([x, y, x + side, y + side], 1.0))
        yield cv2.cvtColor(scene, cv2.COLOR_GRAY2RGB), known


def annotated_scenes(folder: Path, count: int):
    """Photographs, enlarged to the height of a frame."""
    table = json.loads((folder / "annotations.json").read_text())
    inside = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.jpg")}
    for name in sorted(table)[:: max(1, len(table) // count)][:count]:
        path = next(path for key, path in inside.items() if key.endswith(name))
        photo = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        times = HEIGHT / photo.shape[0]
        large = cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        beside = (WIDTH - large.shape[1]) // 2
        frame = cv2.copyMakeBorder(
            large, 0, 0, beside, WIDTH - large.shape[1] - beside, cv2.BORDER_REPLICATE
        )
        shift = np.array([beside, 0, beside, 0])
        faces = table[name]["faces"]
        yield frame, [(np.array(f["box"]) * times + shift, f["frac_inside"]) for f in faces]


def film(scenes):
    """Move across each tenth scene, nearer or farther, and cut to the next; faces move along."""
    for number, (frame, known) in enumerate(scenes[::10]):
        chance = np.random.default_rng([11, number])
        speed, nearer = chance.normal(0, 1.5, 2), chance.uniform(-0.004, 0.004)
        for step in range(20):
            scale = 1 + nearer * step
            shift = np.array([WIDTH, HEIGHT]) / 2 * (1 - scale) + speed * step
            matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
            moved = cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            yield moved, [(np.array(box) * scale + np.tile(shift, 2), part) for box, part in known]


def overlap(one, other) -> float:
    width, height = (max(0, min(one[i + 2], other[i + 2]) - max(one[i], other[i])) for i in (0, 1))
    area = [(b[2] - b[0]) * (b[3] - b[1]) for b in (one, other)]
    return width * height / (sum(area) - width * height)


def ours():
    from helpers.inference import ExpressionRecognizer

    recognizer = ExpressionRecognizer()
    follower = recognizer.tracking()
    return (
        lambda frame: [face.box for face in recognizer(frame)],
        lambda frame: [face.box for face in follower(frame)],
        lambda faces: recognizer.scores(faces).argmax(1),
    )


def theirs():
    sys.path.insert(0, str(PACKAGE))
    from fer.fer import FER

    reader = FER()

    def find(frame):
        return [one["box"] for one in reader.detect_emotions(frame[..., ::-1])]

    def name(faces):
        large = np.stack([cv2.resize(face, (64, 64)) for face in faces]).astype(np.float32)
        parts = np.array_split((large / 255 - 0.5) * 2, max(1, len(large) // 64))
        return np.concatenate([np.asarray(reader._classify_emotions(p)) for p in parts]).argmax(1)

    return find, find, name


def searched(find, scenes, what: str) -> dict:
    """Time a search through scenes, and count which faces it finds."""
    true = false = there = frames = seconds = 0
    for frame, known in scenes:
        start = time.perf_counter()
        boxes = find(frame)
        seconds += time.perf_counter() - start
        frames += 1
        corners = [(x, y, x + w, y + h) for x, y, w, h in boxes]
        whole = [box for box, inside in known if inside >= 0.75]
        there += len(whole)
        true += sum(any(overlap(box, one) > 0.35 for one in corners) for box in whole)
        false += sum(all(overlap(box, one) <= 0.35 for box, _ in known) for one in corners)
    return {
        f"{what} a second": frames / seconds,
        f"{what}: faces": there,
        f"{what}: found": true,
        f"{what}: made up": false,
    }


def work(which: str, annotated: Path | None, count: int) -> dict:
    begun = time.perf_counter()
    find, follow, name = {"ours": ours, "fer": theirs}[which]()
    from skimage import data

    find(data.astronaut())
    said = {"first result, s": time.perf_counter() - begun}
    scenes = list(annotated_scenes(annotated, count) if annotated else rendered_scenes(count))
    said |= searched(find, scenes, "pictures")
    said |= searched(follow, film(scenes), "film frames")
    said["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    from helpers.datasets import load_faces

    faces = load_faces()
    if faces.name != "rendered":
        part = faces.in_split("PrivateTest")
        pictures = np.asarray(part.images)
        start = time.perf_counter()
        right = (name(pictures) == part.labels).mean()
        said["cropped faces a second"] = len(pictures) / (time.perf_counter() - start)
        said["PrivateTest, %"] = 100 * right
    return said


def fetch() -> None:
    """Put the package, and the old setuptools it leans on, where nothing else sees them."""
    if not (PACKAGE / "fer").exists():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--target"]
        subprocess.run([*command, str(PACKAGE), "fer==25.10.3", "setuptools<81"], check=True)


@click.command()
@click.option("--annotated", type=click.Path(exists=True, path_type=Path), help="Photographs.")
@click.option("--frames", default=300, show_default=True, help="How many pictures.")
@click.option("--record", is_flag=True, help="Keep the table in results/benchmarks/.")
@click.option("--worker", type=click.Choice(["ours", "fer"]), hidden=True)
def main(annotated, frames, record, worker):
    """Measure our recognition beside the package fer's."""
    if worker:
        click.echo(json.dumps(work(worker, annotated, frames)))
        return
    fetch()
    rows = {}
    for which in ("fer", "ours"):
        command = [sys.executable, __file__, "--worker", which, "--frames", str(frames)]
        command += ["--annotated", str(annotated)] if annotated else []
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise click.ClickException(f"{which} failed:\n{done.stderr[-2000:]}")
        rows[which] = json.loads(done.stdout.splitlines()[-1])
    table = pd.DataFrame(rows)
    table["ours / fer"] = table["ours"] / table["fer"]
    click.echo(table.round(2).to_string())
    if record:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        table.round(2).to_csv(RECORD)


if __name__ == "__main__":
    main()
