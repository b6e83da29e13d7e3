"""A trained detector as files that other programs read. In: a recorded run. Out: a folder with its card."""

from pathlib import Path
from tempfile import TemporaryDirectory

import keras

from helpers.config import EVAL_SPLITS, RESULTS, SHIPPED
from helpers.evaluation.found_faces import THRESHOLD, FindingRun
from helpers.export import formats
from helpers.faces.detection_maps import CHANNELS, MULTIPLE, STRIDE
from helpers.models.detector import face_detector
from helpers.system import suppress_stderr, write_json, write_text
from helpers.training.finding import trained_detector

#: LiteRT's interpreters want to know the size of a picture.
LITERT_SIDE = 320


def export_detector(run: FindingRun, name: str | None = None, models: Path = SHIPPED, results: Path = RESULTS) -> Path:
    """Write a detector as Keras, ONNX and LiteRT files, with all that it takes to use it, and its card."""
    model = formats.rounded(trained_detector(run, results))
    fixed = face_detector(**run.config["experiment"]["options"], size=LITERT_SIDE)
    fixed.set_weights(model.get_weights())
    target = models / (name or run.experiment)
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=".export-") as place:  # all or nothing
        folder = Path(place) / target.name
        folder.mkdir()
        with suppress_stderr():
            formats.write_any_size(model, fixed, folder)
        about = describe(run, target.name, model, {path.name: path.stat().st_size for path in folder.iterdir()})
        write_json(folder / "model.json", about)
        write_text(folder / "README.md", card(about, run))
        if target.exists():
            target.rename(Path(place) / "old")
        folder.rename(target)
    return target


def describe(run: FindingRun, name: str, model: keras.Model, files: dict[str, int]) -> dict:
    """Say all that a program needs to know of the detector: what ``model.json`` holds."""
    return {
        "name": name,
        "task": "finding",
        "question": "Where are the faces?",
        "experiment": run.experiment,
        "seed": run.seed,
        "parameters": int(model.count_params()),
        "input": f"1 x h x w x 1, float32, grey from 0 to 255; h and w are multiples of {MULTIPLE}",
        "output": f"1 x h/{STRIDE} x w/{STRIDE} x {len(CHANNELS)}: {', '.join(CHANNELS)}",
        "threshold": THRESHOLD,
        "files": files,
        "measured": {split: run.result(split).as_dict() for split in EVAL_SPLITS if split in run.metrics["pictures"]},
        "reported": run.metrics.get("reported", []),
    }


def card(about: dict, run: FindingRun) -> str:
    """Write what a user should know before they rely on it."""
    rows = []
    for split, said in about["measured"].items():
        interval = " to ".join(f"{value:.3f}" for value in said["f1_interval"])
        numbers = (said["precision"], said["recall"], said["f1"], said["average_precision"])
        told = " | ".join("–" if value is None else f"{value:.3f}" for value in numbers)
        rows.append(f"| {split} | {said['pictures']} | {said['faces']} | {told} | {interval} |")
    files = "\n".join(f"- `{name}`: {size // 1000} kB" for name, size in about["files"].items())
    data, table = run.config["data"], "\n".join(rows)
    return f"""# Card of the model {about["name"]}

Finds faces in grey pictures: an anchor-free network of {about["parameters"]:,} parameters, experiment
{about["experiment"]}, seed {about["seed"]}. `helpers.inference.detector.FaceDetector` runs it.

- Input: {about["input"]}.
- Output: {about["output"]}. `helpers.faces.detection_maps.decode` turns it into boxes.
- Scores are calibrated on PublicTest; boxes from {about["threshold"]} on are faces.

{files}

## How good it is

Looked at once with the longer side at 320 pixels, on pictures that it was not trained on; a pair overlaps by half (IoU
0.5) or more, one to one, and faces of which less than half shows count neither way. The last column
holds 95 % of what comes out when pictures are drawn again.

| split | pictures | faces | precision | recall | F1 | average precision | F1, 95 % |
|---|---|---|---|---|---|---|---|
{table}

Trained on {data["photographs"]} photographs with faces, {data["crops"]} single faces and {data["backgrounds"]} pictures
without a face ({data["name"]}), composed anew for each step.

## What it is not for

It says where a face is, not whose. News photographs of the 2000s are most of what it saw: expect more misses on faces
that are dark, small (below 12 pixels), covered or seen from the side. Do not use it to watch people.
"""
