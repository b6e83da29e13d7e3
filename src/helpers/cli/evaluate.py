"""``fer evaluate``: measure a model on anybody's labelled faces."""

from pathlib import Path

import click
import numpy as np
from tqdm import tqdm

from helpers.config import HOME
from helpers.datasets import load_faces
from helpers.evaluation.other_faces import SetReport, ask, measure_set
from helpers.faces import TASKS, DataError, Faces, find_task
from helpers.inference.recognizer import DEFAULT, HEADS, ExpressionRecognizer
from helpers.system import suppress_stderr, write_json, write_text


@click.command()
@click.argument("source")
@click.option("--model", default=DEFAULT, help="A shipped model, or a folder that `fer export` wrote.")
@click.option("--head", type=click.Choice(HEADS), default="both", help="Whose answer, of a model with two heads.")
@click.option("--task", type=click.Choice(list(TASKS)), help="What the faces are asked; by default what the model is.")
@click.option("--split", help="Only this split of the set, if it has any: Training, PublicTest, PrivateTest, Test.")
@click.option("--find", is_flag=True, help="Look for the face in each picture first, instead of taking its middle.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the report goes.  [default: build/evaluate/NAME]",
)
def evaluate(source, model, head, task, split, find, out) -> None:
    """Measure a model on SOURCE: labelled faces in any layout that `fer data` reads, or a table of labels.

    Read are class-named folders, tar and zip files, CSV tables with a picture and a label in each row, and CK+, JAFFE,
    KDEF, MMA, RAF-DB, AffectNet and ExpW as they are downloaded. Classes are known by synonyms.

    Writes report.html, metrics.json, classes.csv and faces.csv. No picture is copied.
    """
    recognizer = ExpressionRecognizer(model, threads=0, head=head)
    asked = find_task(task or recognizer.about["task"])
    faces = load_faces(source)
    if split:
        if split not in faces.split:
            raise DataError(f"{faces.name} has no {split}: there are {', '.join(np.unique(faces.split))}")
        faces = faces.in_split(split)
    faces, left = ask(asked, faces)
    if find:
        faces = _found(faces, Path(source), recognizer)
    y_prob = _predict(recognizer, faces)
    # The faces that it was chosen on have the shares of those that it learnt from.
    learnt = np.array(next(iter(recognizer.about["confusion"].values())), float).sum(axis=1)[None]
    if recognizer.classes != asked.classes:
        y_prob, learnt = (asked.sum_probabilities(one, recognizer.classes) for one in (y_prob, learnt))
        if missing := [name for name, share in zip(asked.classes, learnt[0], strict=True) if not share]:
            raise DataError(f"{model} cannot tell {', '.join(missing)}: it knows {', '.join(recognizer.classes)}")
    report = measure_set(faces, y_prob, learnt[0] / learnt.sum())
    which = f", head {head}" if "second" in recognizer.about else ""
    about = f"{faces.name}, task {asked.name}, model {recognizer.about['name']}{which}"
    _tell(report, about, left)
    click.echo(f"report: {_write(report, about, left, out or HOME / 'build' / 'evaluate' / faces.name)}")


def _predict(recognizer: ExpressionRecognizer, faces: Faces) -> np.ndarray:
    parts = np.array_split(np.arange(len(faces)), -(-len(faces) // 256))
    bar = tqdm(parts, f"reading {len(faces)} faces", unit="batch", leave=False)
    return np.concatenate([recognizer.predict_proba(faces.images[part]) for part in bar])


def _found(faces: Faces, source: Path, recognizer: ExpressionRecognizer) -> Faces:
    """Cut each face out anew, where the finder sees it; where it sees none, the picture's middle stays."""
    from helpers.datasets.trees import open_tree
    from helpers.faces.pictures import read_picture, to_grey

    if faces.attributes is None or "file" not in faces.attributes:
        raise DataError(f"{faces.name} has no picture files to look into: leave --find out")
    images, unseen = np.array(faces.images), 0
    with open_tree(source) as tree:
        for number, name in enumerate(tqdm(faces.attributes["file"], "looking for faces", leave=False)):
            grey = to_grey(read_picture(tree.read(name)))
            cut = recognizer.cut_out(grey, recognizer.find(grey)[:1], name).crops
            if len(cut):
                images[number] = cut[0]
            unseen += not len(cut)
    click.echo(f"no face was found in {unseen} of {len(images)} pictures: their middle is taken")
    return faces.replace(images=images)


def _tell(report: SetReport, about: str, left: dict[str, int]) -> None:
    said = report.metrics
    click.echo(f"\n{about}: {said['faces']} faces")
    for word, count in left.items():
        click.echo(f"left out: {count} {word}, which the task does not ask")
    for name in ("accuracy", "balanced_accuracy"):
        low, high = said[f"{name}_interval"]
        click.echo(f"{name.replace('_', ' '):<20}{said[name]:7.1%}   ({low:.1%} to {high:.1%})")
    click.echo(f"{'calibration error':<20}{said['expected_calibration_error']:7.3f}")
    if "smile_auc" in said:
        click.echo(f"{'smile AUC':<20}{said['smile_auc']:7.3f}")
    click.echo("\n" + report.classes.to_string(float_format="{:.2f}".format))
    click.echo("\n" + report.priors.to_string(float_format="{:.3f}".format))


def _write(report: SetReport, about: str, left: dict[str, int], folder: Path) -> Path:
    with suppress_stderr():
        from helpers.figures.set_report import page

    folder.mkdir(parents=True, exist_ok=True)
    write_json(folder / "metrics.json", {"about": about, "left out": left} | report.metrics)
    report.classes.to_csv(folder / "classes.csv")
    report.faces.to_csv(folder / "faces.csv", index=False, float_format="%.5f")
    write_text(folder / "report.html", page(report, about, left))
    return folder / "report.html"
