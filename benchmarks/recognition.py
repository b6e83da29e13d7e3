"""Recognition end to end, ours and the PyPI package ``fer``'s, on the same pictures.

    python benchmarks/recognition.py [--annotated SCENES] [--frames 300]

Each runs in a process of its own and says how long it takes from nothing to the first result, how many pictures of 640
x 480 it reads in a second and how well it finds their faces, the same for the frames of a film, its memory, and where
FER-2013 is found, how much of PublicTest it classifies correctly and how fast. Each reads pictures in the way that it
offers for many, with all the threads that it uses by itself; both take turns three times, and medians are given. The
film goes slowly across each tenth picture, twenty frames long, and cuts to the next.

The pictures are rendered people in front of noise, or photographs: whatever `load_scenes` reads. Found boxes and faces
are paired one to one where they overlap by half (intersection over union). Faces of which less than 75 % is in the
picture, as the attribute ``frac_inside`` has it, count neither way. The package is fetched into build/, its own face
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

from helpers.config import HOME, RESULTS, TEST, VALIDATION
from helpers.datasets import Scenes, load_faces, load_scenes
from helpers.evaluation.detection import detection_metrics, match_boxes
from helpers.faces import EXPRESSIONS, Box

RECORD = RESULTS / "benchmarks" / "recognition.csv"
PACKAGE = HOME / "build" / "fer_package"
WIDTH, HEIGHT = 640, 480
INSIDE = 0.75
REPEATS = 3


def rendered_scenes(count: int) -> Scenes:
    """One or two people in front of noise in each picture."""
    from helpers.rendering import render, sample_face

    pictures, boxes = [], []
    for number in range(count):
        chance = np.random.default_rng([7, number])
        noise = chance.integers(60, 200, (12, 16)).astype(np.uint8)
        scene = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        boxes.append([])
        for left in (0, WIDTH // 2)[: chance.integers(1, 3)]:
            side = int(chance.integers(100, 310))
            face = sample_face(chance, EXPRESSIONS.classes[chance.integers(7)], None)
            x = left + int(chance.integers(0, WIDTH // 2 - side))
            y = int(chance.integers(0, HEIGHT - side))
            scene[y : y + side, x : x + side] = render(face, side, True)
            boxes[-1].append((x, y, side, side))
        pictures.append(scene)
    return Scenes(pictures, boxes, ["PrivateTest"] * count, name="rendered")


def frames(scenes: Scenes):
    """Put each picture into the middle of a frame, as large as it fits; edges are drawn out.

    Gives the frame, its boxes, and whether each shows enough of its face to count.
    """
    known = {} if scenes.attributes is None else scenes.attributes
    whole = np.asarray(known.get("frac_inside", np.ones(len(scenes.boxes)))) >= INSIDE
    for number in range(len(scenes)):
        photo = scenes.picture(number)
        times = min(WIDTH / photo.shape[1], HEIGHT / photo.shape[0])
        large = cv2.resize(photo, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
        left, top = (WIDTH - large.shape[1]) // 2, (HEIGHT - large.shape[0]) // 2
        right, bottom = WIDTH - large.shape[1] - left, HEIGHT - large.shape[0] - top
        frame = cv2.copyMakeBorder(large, top, bottom, left, right, cv2.BORDER_REPLICATE)
        here = scenes.picture_of == number
        yield frame, scenes.boxes[here] * times + (left, top, 0, 0), whole[here]


def film(shots: list):
    """Move across each tenth picture, nearer or farther, and cut to the next; faces move along."""
    for number, (frame, boxes, whole) in enumerate(shots[::10]):
        chance = np.random.default_rng([11, number])
        speed, nearer = chance.normal(0, 1.5, 2), chance.uniform(-0.004, 0.004)
        for step in range(20):
            scale = 1 + nearer * step
            shift = np.array([WIDTH, HEIGHT]) / 2 * (1 - scale) + speed * step
            matrix = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
            moved = cv2.warpAffine(frame, matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE)
            yield moved, boxes * scale + (*shift, 0, 0), whole


def ours():
    from helpers.inference import ExpressionRecognizer
    from helpers.inference.films import RATE, Frame

    recognizer = ExpressionRecognizer()
    labels_only = ExpressionRecognizer(head="first")  # FER-2013's labels are what its splits are measured by

    def boxes_of(read):
        return ([face.box for face in faces] for faces in read)

    def film_of(pictures):
        return (Frame(number, number / RATE, pixels) for number, pixels in enumerate(pictures))

    return (
        lambda pictures: boxes_of(recognizer.recognize_many(pictures)),
        lambda pictures: boxes_of(faces for _, faces in recognizer.tracking().follow(film_of(pictures))),
        lambda faces: labels_only.predict_proba(faces).argmax(1),
    )


def theirs():
    sys.path.insert(0, str(PACKAGE))
    from fer.fer import FER

    reader = FER()

    def find(frames):
        return ([Box(*one["box"]) for one in reader.detect_emotions(frame[..., ::-1])] for frame in frames)

    def classify(faces):
        large = np.stack([cv2.resize(face, (64, 64)) for face in faces]).astype(np.float32)
        parts = np.array_split((large / 255 - 0.5) * 2, max(1, len(large) // 64))
        return np.concatenate([np.asarray(reader._classify_emotions(p)) for p in parts]).argmax(1)

    return find, find, classify


def searched(find, shots, what: str) -> dict:
    """Time a search through frames, and measure which faces it finds."""
    right = there = found = count = 0
    made, shots = 0.0, list(shots)
    begun = time.perf_counter()
    for (_, boxes, whole), seen in zip(shots, find(frame for frame, _, _ in shots), strict=True):
        looked = time.perf_counter()
        pairs = match_boxes(boxes, seen)
        right += sum(whole[face] for face, _ in pairs)
        there += whole.sum()
        found += len(seen) - sum(not whole[face] for face, _ in pairs)
        count += 1
        made += time.perf_counter() - looked
    seconds = time.perf_counter() - begun - made
    metrics = detection_metrics(int(right), int(there), int(found))
    said = {f"{what} a second": count / seconds, f"{what}: faces": int(there)}
    return said | {f"{what}: {name}": value for name, value in metrics.items()}


def work(which: str, annotated: Path | None, count: int) -> dict:
    begun = time.perf_counter()
    find, track, classify = {"ours": ours, "fer": theirs}[which]()
    from skimage import data

    next(iter(find([data.astronaut()])))
    said = {"first result, s": time.perf_counter() - begun}
    scenes = load_scenes(annotated) if annotated else rendered_scenes(count)
    shots = list(frames(scenes.take(range(0, len(scenes), max(1, len(scenes) // count))[:count])))
    said |= searched(find, shots, "pictures")
    said |= searched(track, film(shots), "film frames")
    said["memory, MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    faces = load_faces()
    if faces.name != "rendered":
        # Ours is measured on the test set by `fer report` alone; the package's is quoted among the published.
        for split in (VALIDATION, TEST) if which == "fer" else (VALIDATION,):
            part = faces.in_split(split)
            pictures = np.asarray(part.images)
            start = time.perf_counter()
            correct = (classify(pictures) == part.labels).mean()
            said["cropped faces a second"] = len(pictures) / (time.perf_counter() - start)
            said[f"{split}, %"] = 100 * correct
    return said


def fetch() -> None:
    """Put the package, and the old setuptools it leans on, where nothing else sees them."""
    if not (PACKAGE / "fer").exists():
        command = ["-m", "pip", "install", "-q", "--no-deps", "--target", PACKAGE, "fer==25.10.3", "setuptools<81"]
        if subprocess.run([sys.executable, *command]).returncode:
            raise click.ClickException(f"the package fer could not be fetched into {PACKAGE}: is there a network?")


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
    runs = {"fer": [], "ours": []}
    for which in list(runs) * REPEATS:
        command = [sys.executable, __file__, "--worker", which, "--frames", str(frames)]
        command += ["--annotated", str(annotated)] if annotated else []
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            raise click.ClickException(f"{which} failed:\n{done.stderr[-2000:]}")
        runs[which].append(json.loads(done.stdout.splitlines()[-1]))
    table = pd.DataFrame({which: pd.DataFrame(said).median() for which, said in runs.items()})
    table = table.reindex(runs["fer"][0])
    table["ours / fer"] = table["ours"] / table["fer"]
    click.echo(table.round(3).to_string())
    if record:
        RECORD.parent.mkdir(parents=True, exist_ok=True)
        table.round(3).to_csv(RECORD)


if __name__ == "__main__":
    main()
